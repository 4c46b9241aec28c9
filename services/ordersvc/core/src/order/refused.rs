//! Why an order does not do what it is told to.

use std::time::Duration;

use kernel::{Classify, ErrorKind, InvalidInput};

use super::{OrderId, PaymentId, Status};

/// When a checkout that runs is worth looking at again.
const RUNNING_FOR: Duration = Duration::from_secs(1);
/// How often a checkout that needs attention is still asked about.
const ASKED_EVERY: Duration = Duration::from_mins(10);

/// A status change that the life of an order does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an order that is {from} cannot become {to}")]
pub struct Transition {
    /// What it is.
    pub from: Status,
    /// What was asked for.
    pub to: Status,
}

/// Only a pending order can be changed or paid for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the order is {0}: only a PENDING order can be changed or paid for")]
pub struct NotPending(pub Status);

/// Shipped and delivered orders are not cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the order is {0}: only a PENDING or CONFIRMED order can be cancelled")]
pub struct NotCancellable(pub Status);

/// Orders on their way are not deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the order is {0}: only a PENDING, CANCELLED or DELIVERED order can be deleted")]
pub struct NotDeletable(pub Status);

/// What is not paid for is not shipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the order is {0} and not paid for: it cannot be shipped")]
pub struct NotCaptured(pub Status);

/// A checkout is on its way. It ends soon, so this is never kept as the answer of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a checkout of the order is running: wait until it has ended")]
pub struct CheckoutRunning;

/// The outcome of a checkout is unknown for a day. It is still asked about, so this is never kept as the
/// answer of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the outcome of the checkout is unknown: only staff can cancel the order")]
pub struct CheckoutNeedsAttention;

/// An attempt to pay that failed; the reason says why, the decline of a card for instance.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the order was not paid for: {reason}")]
pub struct CheckoutFailed {
    /// Which order.
    pub order_id: OrderId,
    /// Which attempt.
    pub attempt: u32,
    /// The payment, if one came to be.
    pub payment_id: Option<PaymentId>,
    /// SCREAMING_SNAKE: `CARD_DECLINED`, `ORDER_CANCELLED`.
    pub reason: String,
}

macro_rules! wrong_state {
    ($error:ty, $reason:literal, $retry:expr, $metadata:expr) => {
        impl Classify for $error {
            fn kind(&self) -> ErrorKind {
                ErrorKind::WrongState
            }
            fn reason(&self) -> &str {
                $reason
            }
            fn metadata(&self) -> Vec<(String, String)> {
                let metadata: fn(&Self) -> Vec<(String, String)> = $metadata;
                metadata(self)
            }
            fn retry_after(&self) -> Option<Duration> {
                $retry
            }
        }
    };
}
wrong_state!(Transition, "ILLEGAL_TRANSITION", None, |error| told(error.from));
wrong_state!(NotPending, "ORDER_NOT_PENDING", None, |error| told(error.0));
wrong_state!(NotCancellable, "ORDER_NOT_CANCELLABLE", None, |error| told(error.0));
wrong_state!(NotDeletable, "ORDER_NOT_DELETABLE", None, |error| told(error.0));
wrong_state!(NotCaptured, "PAYMENT_NOT_CAPTURED", None, |error| told(error.0));
wrong_state!(CheckoutRunning, "CHECKOUT_RUNNING", Some(RUNNING_FOR), |_| Vec::new());
wrong_state!(
    CheckoutNeedsAttention,
    "CHECKOUT_NEEDS_ATTENTION",
    Some(ASKED_EVERY),
    |_| Vec::new()
);

fn told(status: Status) -> Vec<(String, String)> {
    vec![("status".to_owned(), status.to_string())]
}

impl Classify for CheckoutFailed {
    fn kind(&self) -> ErrorKind {
        ErrorKind::WrongState
    }
    fn reason(&self) -> &str {
        &self.reason
    }
    fn metadata(&self) -> Vec<(String, String)> {
        let payment = self.payment_id.map(|id| ("payment_id".to_owned(), id.to_string()));
        [
            ("order_id".to_owned(), self.order_id.to_string()),
            ("attempt".to_owned(), self.attempt.to_string()),
        ]
        .into_iter()
        .chain(payment)
        .collect()
    }
}

/// Why an order was not updated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UpdateRefused {
    /// It is no longer free to change.
    #[error(transparent)]
    NotPending(#[from] NotPending),
    /// It is being paid for as it is.
    #[error(transparent)]
    Running(#[from] CheckoutRunning),
    /// What was to be put in place is wrong.
    #[error(transparent)]
    Invalid(#[from] InvalidInput),
}

/// Why an order was not cancelled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CancelRefused {
    /// It is on its way or has arrived.
    #[error(transparent)]
    NotCancellable(#[from] NotCancellable),
    /// Whether it is paid for is unknown, and it is not staff who asks.
    #[error(transparent)]
    NeedsAttention(#[from] CheckoutNeedsAttention),
    /// The reason given is wrong.
    #[error(transparent)]
    Invalid(#[from] InvalidInput),
}

/// Why an order was not deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DeleteRefused {
    /// It is paid for and not yet delivered.
    #[error(transparent)]
    NotDeletable(#[from] NotDeletable),
    /// Whether it is paid for is unknown, and it is not staff who asks.
    #[error(transparent)]
    NeedsAttention(#[from] CheckoutNeedsAttention),
}

/// Why an order was not shipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ShipRefused {
    /// It has left already, or never will.
    #[error(transparent)]
    Transition(#[from] Transition),
    /// It is not paid for.
    #[error(transparent)]
    NotCaptured(#[from] NotCaptured),
}

/// Why no checkout was started.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StartRefused {
    /// It is paid for, or given up.
    #[error(transparent)]
    NotPending(#[from] NotPending),
    /// Another one is running.
    #[error(transparent)]
    Running(#[from] CheckoutRunning),
    /// The outcome of the one before is unknown.
    #[error(transparent)]
    NeedsAttention(#[from] CheckoutNeedsAttention),
    /// There is something to pay and nothing to pay with.
    #[error(transparent)]
    Invalid(#[from] InvalidInput),
}

kernel::classify!(UpdateRefused { pass NotPending, Running, Invalid; });
kernel::classify!(CancelRefused { pass NotCancellable, NeedsAttention, Invalid; });
kernel::classify!(DeleteRefused { pass NotDeletable, NeedsAttention; });
kernel::classify!(ShipRefused { pass Transition, NotCaptured; });
kernel::classify!(StartRefused { pass NotPending, Running, NeedsAttention, Invalid; });
