use std::fmt;

/// Where a payment is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// Recorded; the provider has not said yet whether it authorizes.
    Processing,
    /// The money is held and not taken.
    RequiresCapture,
    /// The money was taken.
    Captured,
    /// A part of what was taken was given back.
    PartiallyRefunded,
    /// All that was taken was given back.
    Refunded,
    /// Released; nothing was taken.
    Voided,
    /// The card was refused.
    Declined,
}

impl Status {
    /// Every status, in the order of the contract.
    pub const ALL: [Status; 7] = [
        Status::Processing,
        Status::RequiresCapture,
        Status::Captured,
        Status::PartiallyRefunded,
        Status::Refunded,
        Status::Voided,
        Status::Declined,
    ];

    /// The only legal transitions.
    pub const fn may_become(self, next: Status) -> bool {
        matches!(
            (self, next),
            (Status::Processing, Status::RequiresCapture | Status::Declined)
                | (Status::RequiresCapture, Status::Captured | Status::Voided)
                | (Status::Captured, Status::PartiallyRefunded | Status::Refunded)
                | (Status::PartiallyRefunded, Status::PartiallyRefunded | Status::Refunded)
        )
    }

    /// Money was taken, and some of it may have been given back.
    pub const fn is_captured(self) -> bool {
        matches!(self, Status::Captured | Status::PartiallyRefunded | Status::Refunded)
    }

    /// The name in contracts and databases.
    pub const fn as_str(self) -> &'static str {
        match self {
            Status::Processing => "PROCESSING",
            Status::RequiresCapture => "REQUIRES_CAPTURE",
            Status::Captured => "CAPTURED",
            Status::PartiallyRefunded => "PARTIALLY_REFUNDED",
            Status::Refunded => "REFUNDED",
            Status::Voided => "VOIDED",
            Status::Declined => "DECLINED",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
