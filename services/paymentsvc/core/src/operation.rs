use std::{fmt, time::Duration};

use kernel::{IdempotencyKey, Money, backoff};
use time::OffsetDateTime;

use crate::{PaymentId, ports::RefusalReason};

kernel::typed_id!(
    /// Something that the provider was asked to do; also the key under which it is asked.
    OperationId
);

/// How long whoever took an operation has it to itself: longer than the provider may take to answer.
pub const LEASE: Duration = Duration::from_secs(4);

/// What the provider is asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OperationKind {
    /// To hold money.
    Authorize,
    /// To take what is held.
    Capture,
    /// To release what is held.
    Void,
    /// To give back what was taken.
    Refund,
}

impl OperationKind {
    /// Every kind.
    pub const ALL: [OperationKind; 4] = [
        OperationKind::Authorize,
        OperationKind::Capture,
        OperationKind::Void,
        OperationKind::Refund,
    ];

    /// The name in databases.
    pub const fn as_str(self) -> &'static str {
        match self {
            OperationKind::Authorize => "AUTHORIZE",
            OperationKind::Capture => "CAPTURE",
            OperationKind::Void => "VOID",
            OperationKind::Refund => "REFUND",
        }
    }
}

impl fmt::Display for OperationKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Where an operation is. Leaves [`OperationStatus::Pending`] once, and never comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OperationStatus {
    /// Recorded; what the provider did is not known.
    Pending,
    /// Done.
    Succeeded,
    /// Refused by the provider.
    Refused,
}

impl OperationStatus {
    /// Every status.
    pub const ALL: [OperationStatus; 3] = [
        OperationStatus::Pending,
        OperationStatus::Succeeded,
        OperationStatus::Refused,
    ];

    /// The name in databases.
    pub const fn as_str(self) -> &'static str {
        match self {
            OperationStatus::Pending => "PENDING",
            OperationStatus::Succeeded => "SUCCEEDED",
            OperationStatus::Refused => "REFUSED",
        }
    }
}

impl fmt::Display for OperationStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Something that the provider is asked to do. Recorded before it is asked, so that no crash loses it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// Identity, and the key under which the provider is asked.
    pub id: OperationId,
    /// Which payment it is about.
    pub payment_id: PaymentId,
    /// What is asked for.
    pub kind: OperationKind,
    /// How much of the payment it is about; more than nothing.
    pub amount: Money,
    /// Where it is.
    pub status: OperationStatus,
    /// Why it was refused, if it was.
    pub failure: Option<RefusalReason>,
    /// Why it was asked for; may be empty.
    pub reason: String,
    /// Who asked for it, as [`kernel::Caller`] displays it.
    pub actor: String,
    /// The key of the call that is answered with what becomes of it.
    pub key: Option<IdempotencyKey>,
    /// How often the provider was asked without an answer.
    pub tries: u32,
    /// When it was recorded.
    pub created_at: OffsetDateTime,
    /// When it was settled, or recorded.
    pub updated_at: OffsetDateTime,
}

impl Operation {
    /// When the provider is asked again that has not answered just now.
    pub fn next_try_at(&self, now: OffsetDateTime) -> OffsetDateTime {
        let age = Duration::try_from(now - self.created_at).unwrap_or_default();
        now + backoff::pause(self.id.as_uuid(), self.tries.saturating_sub(1), age)
    }
}
