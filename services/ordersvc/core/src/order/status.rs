use std::fmt;

/// Where an order is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// Placed, and free to change.
    Pending,
    /// Paid for, or nothing to pay.
    Confirmed,
    /// On its way.
    Shipped,
    /// Arrived.
    Delivered,
    /// Given up before it was shipped.
    Cancelled,
}

impl Status {
    /// Every status, in the order of the contract.
    pub const ALL: [Status; 5] = [
        Status::Pending,
        Status::Confirmed,
        Status::Shipped,
        Status::Delivered,
        Status::Cancelled,
    ];

    /// The only legal transitions.
    pub const fn may_become(self, next: Status) -> bool {
        matches!(
            (self, next),
            (Status::Pending, Status::Confirmed | Status::Cancelled)
                | (Status::Confirmed, Status::Shipped | Status::Cancelled)
                | (Status::Shipped, Status::Delivered)
        )
    }

    /// The name in contracts and databases.
    pub const fn as_str(self) -> &'static str {
        match self {
            Status::Pending => "PENDING",
            Status::Confirmed => "CONFIRMED",
            Status::Shipped => "SHIPPED",
            Status::Delivered => "DELIVERED",
            Status::Cancelled => "CANCELLED",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
