use uuid::Uuid;

use crate::{OperationId, PaymentSnapshot};

/// What can happen to a payment that others want to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EventKind {
    /// The money is held.
    Authorized,
    /// The money was taken.
    Captured,
    /// The card was refused.
    Declined,
    /// What was held was released.
    Voided,
    /// Money was given back.
    Refunded,
}

impl EventKind {
    /// Every kind.
    pub const ALL: [EventKind; 5] = [
        EventKind::Authorized,
        EventKind::Captured,
        EventKind::Declined,
        EventKind::Voided,
        EventKind::Refunded,
    ];

    /// The name under which it is published.
    pub const fn as_str(self) -> &'static str {
        match self {
            EventKind::Authorized => "payment.authorized",
            EventKind::Captured => "payment.captured",
            EventKind::Declined => "payment.declined",
            EventKind::Voided => "payment.voided",
            EventKind::Refunded => "payment.refunded",
        }
    }
}

/// Something that happened to a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentEvent {
    /// Identity, for de-duplication.
    pub id: Uuid,
    /// Who caused it, as [`kernel::Caller`] displays it.
    pub actor: String,
    /// What happened.
    pub kind: EventKind,
    /// The payment as it was right after; its version is the event's, its `updated_at` the event's time.
    pub payment: PaymentSnapshot,
    /// Which refund it is about, if one.
    pub refund_id: Option<OperationId>,
}
