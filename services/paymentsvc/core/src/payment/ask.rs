use std::time::Duration;

use kernel::{Caller, Classify, ErrorKind, IdempotencyKey};
use time::OffsetDateTime;

use super::{Payment, PaymentSnapshot, Status};
use crate::{Operation, OperationId, OperationKind, OperationStatus};

/// How long to wait for what is undecided.
const RETRY_AFTER: Duration = Duration::from_millis(500);

/// Who asks for an operation, and when.
#[derive(Debug, Clone)]
pub struct Ask {
    pub(crate) id: OperationId,
    pub(crate) caller: Caller,
    pub(crate) key: Option<IdempotencyKey>,
    pub(crate) now: OffsetDateTime,
}

impl Ask {
    /// An operation of this identity, asked for by this caller under this key.
    pub const fn new(id: OperationId, caller: Caller, key: Option<IdempotencyKey>, now: OffsetDateTime) -> Self {
        Self { id, caller, key, now }
    }

    const fn is_of_service(&self) -> bool {
        matches!(self.caller, Caller::Service { .. })
    }

    pub(super) fn operation(
        self,
        state: &PaymentSnapshot,
        kind: OperationKind,
        amount_minor: i64,
        reason: String,
    ) -> Operation {
        Operation {
            id: self.id,
            payment_id: state.id,
            kind,
            amount: state.money(amount_minor),
            status: OperationStatus::Pending,
            failure: None,
            reason,
            actor: self.caller.to_string(),
            key: self.key,
            tries: 0,
            created_at: self.now,
            updated_at: self.now,
        }
    }
}

/// Why a payment does not take what it was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotPossible {
    /// Only the checkout of its order captures and voids it.
    #[error("the payment belongs to an order: only its checkout captures and voids it")]
    BelongsToOrder,
    /// The provider was asked for something else and has not answered.
    #[error("the provider has not answered what it was asked before: try again")]
    Undecided,
    /// The money was taken.
    #[error("the payment is captured")]
    Captured,
    /// It was released.
    #[error("the payment is voided")]
    Voided,
    /// The card was refused.
    #[error("the payment is declined")]
    Declined,
    /// Nothing was taken that could be given back.
    #[error("the payment is not captured")]
    NotCaptured,
    /// More than is held.
    #[error("at most {authorized_minor} can be captured")]
    CaptureTooLarge {
        /// What is held.
        authorized_minor: i64,
    },
    /// More than is left.
    #[error("at most {left_minor} is left to refund")]
    RefundTooLarge {
        /// What is left.
        left_minor: i64,
    },
    /// All was given back.
    #[error("nothing is left to refund")]
    NothingToRefund,
}

impl Classify for NotPossible {
    fn kind(&self) -> ErrorKind {
        match self {
            NotPossible::Undecided => ErrorKind::Conflict,
            _ => ErrorKind::WrongState,
        }
    }

    fn reason(&self) -> &str {
        match self {
            NotPossible::BelongsToOrder => "PAYMENT_BELONGS_TO_ORDER",
            NotPossible::Undecided => "PAYMENT_OPERATION_PENDING",
            NotPossible::Captured => "PAYMENT_CAPTURED",
            NotPossible::Voided => "PAYMENT_VOIDED",
            NotPossible::Declined => "PAYMENT_DECLINED",
            NotPossible::NotCaptured => "PAYMENT_NOT_CAPTURED",
            NotPossible::CaptureTooLarge { .. } => "CAPTURE_TOO_LARGE",
            NotPossible::RefundTooLarge { .. } => "REFUND_TOO_LARGE",
            NotPossible::NothingToRefund => "NOTHING_TO_REFUND",
        }
    }

    fn metadata(&self) -> Vec<(String, String)> {
        match self {
            NotPossible::CaptureTooLarge { authorized_minor } => {
                vec![("authorized_cents".to_owned(), authorized_minor.to_string())]
            }
            NotPossible::RefundTooLarge { left_minor } => vec![("left_cents".to_owned(), left_minor.to_string())],
            _ => Vec::new(),
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        matches!(self, NotPossible::Undecided).then_some(RETRY_AFTER)
    }
}

impl Payment {
    /// The operation that takes this much of what is held; 0 means all of it.
    ///
    /// # Errors
    /// It is not possible in this state.
    pub fn capture(&self, amount_minor: i64, ask: Ask) -> Result<Operation, NotPossible> {
        let state = &self.state;
        if state.order_id.is_some() && !ask.is_of_service() {
            return Err(NotPossible::BelongsToOrder);
        }
        match state.status {
            _ if state.pending.is_some() => Err(NotPossible::Undecided),
            Status::Processing => Err(NotPossible::Undecided),
            Status::Captured | Status::PartiallyRefunded | Status::Refunded => Err(NotPossible::Captured),
            Status::Voided => Err(NotPossible::Voided),
            Status::Declined => Err(NotPossible::Declined),
            Status::RequiresCapture if amount_minor > state.authorized_minor => Err(NotPossible::CaptureTooLarge {
                authorized_minor: state.authorized_minor,
            }),
            Status::RequiresCapture => {
                let amount = if amount_minor == 0 {
                    state.authorized_minor
                } else {
                    amount_minor
                };
                Ok(ask.operation(state, OperationKind::Capture, amount, String::new()))
            }
        }
    }

    /// The operation that releases what is held; none when nothing is held any more and nothing was taken.
    ///
    /// # Errors
    /// It is not possible in this state.
    pub fn void(&self, ask: Ask) -> Result<Option<Operation>, NotPossible> {
        let state = &self.state;
        if state.order_id.is_some() && !ask.is_of_service() {
            return Err(NotPossible::BelongsToOrder);
        }
        match state.status {
            _ if state.pending.is_some() => Err(NotPossible::Undecided),
            Status::Processing => Err(NotPossible::Undecided),
            Status::Captured | Status::PartiallyRefunded | Status::Refunded => Err(NotPossible::Captured),
            Status::Voided | Status::Declined => Ok(None),
            Status::RequiresCapture => {
                let held = state.authorized_minor;
                Ok(Some(ask.operation(state, OperationKind::Void, held, String::new())))
            }
        }
    }

    /// The operation that gives this much back; 0 means all that is left. None when a service asks for all that is
    /// left and nothing is: it wants the money back, and it is.
    ///
    /// # Errors
    /// It is not possible in this state.
    pub fn refund(&self, amount_minor: i64, reason: String, ask: Ask) -> Result<Option<Operation>, NotPossible> {
        let state = &self.state;
        match state.status {
            _ if state.pending.is_some() => return Err(NotPossible::Undecided),
            Status::Processing => return Err(NotPossible::Undecided),
            Status::RequiresCapture => return Err(NotPossible::NotCaptured),
            Status::Voided => return Err(NotPossible::Voided),
            Status::Declined => return Err(NotPossible::Declined),
            Status::Captured | Status::PartiallyRefunded | Status::Refunded => {}
        }
        let reserved = state.reserved_minor();
        let left = state.captured_minor - reserved;
        if amount_minor > left {
            return Err(NotPossible::RefundTooLarge { left_minor: left });
        }
        match (amount_minor, left) {
            (0, 0) if reserved > state.refunded_minor => Err(NotPossible::Undecided),
            (0, 0) if ask.is_of_service() => Ok(None),
            (0, 0) => Err(NotPossible::NothingToRefund),
            (0, all) => Ok(Some(ask.operation(state, OperationKind::Refund, all, reason))),
            (part, _) => Ok(Some(ask.operation(state, OperationKind::Refund, part, reason))),
        }
    }
}
