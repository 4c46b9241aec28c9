use std::{pin::Pin, time::Duration};

use async_trait::async_trait;
use kernel::{Money, PortError, UserId};
use time::OffsetDateTime;

use crate::{CheckoutState, OrderId, PaymentId, PaymentSummary, Step, StepKey};

/// The payments of the installation.
///
/// Every request MUST be idempotent by its key: asked again it answers as before and does nothing twice.
/// [`PaymentError::Refused`] MUST mean that it was refused for good and had no effect; whatever else went
/// wrong, a refused token or a full queue too, is [`PaymentError::Unknown`]. An answer MUST come, or be
/// given up as unknown, well within a [lease](crate::CheckoutPolicy::lease).
#[async_trait]
pub trait Payments: Send + Sync {
    /// Has money held and not taken. Input that payments refuse as wrong is a refusal like a declined card.
    async fn authorize(&self, key: &StepKey, request: Authorization) -> Result<PaymentId, PaymentError>;

    /// Takes all that is held. Of a payment whose money is taken already it MUST succeed.
    async fn capture(&self, key: &StepKey, payment: PaymentId) -> Result<(), PaymentError>;

    /// Lets go of what is held. Of a payment that holds nothing and took nothing it MUST succeed; of one
    /// whose money is taken it MUST be refused with [`PaymentError::CAPTURED`]; while a capture is undecided
    /// it MUST be unknown. [`PaymentError::VOID_REFUSED`] MUST leave it as it was, so that another key may ask.
    async fn void(&self, key: &StepKey, payment: PaymentId) -> Result<(), PaymentError>;

    /// Gives back all of what was taken that is still there. Nothing being there MUST be a success.
    async fn refund(&self, key: &StepKey, payment: PaymentId) -> Result<(), PaymentError>;

    /// The payment as it is now.
    async fn find(&self, payment: PaymentId) -> Result<Option<PaymentSummary>, PortError>;
}

/// What to hold, for what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authorization {
    /// Which order it pays for.
    pub order_id: OrderId,
    /// Whose order it is.
    pub customer_id: UserId,
    /// How much; more than nothing.
    pub amount: Money,
    /// What to pay with.
    pub payment_method: String,
}

/// Why a request to payments was not answered with success.
#[derive(Debug, thiserror::Error)]
pub enum PaymentError {
    /// Refused for good.
    #[error("the payment was refused: {reason}")]
    Refused {
        /// SCREAMING_SNAKE, as payments said it.
        reason: String,
        /// The payment that was refused, if one was recorded.
        payment_id: Option<PaymentId>,
    },
    /// It may have happened or not; the same key tells.
    #[error("whether the payment was made is unknown")]
    Unknown(#[source] PortError),
}

impl PaymentError {
    /// Why a payment is not voided whose money is taken.
    pub const CAPTURED: &'static str = "PAYMENT_CAPTURED";
    /// The provider did not let go of what is held.
    pub const VOID_REFUSED: &'static str = "VOID_REFUSED";

    /// A void was refused by the provider; another one may be granted.
    pub fn is_void_refused(&self) -> bool {
        matches!(self, PaymentError::Refused { reason, .. } if reason == Self::VOID_REFUSED)
    }
}

/// The checkouts that have something to be done.
///
/// They are kept by [`Orders`](super::Orders), each with its order; this is how work is found and put off.
/// Who works without holding a lease does no harm, but asks in vain.
#[async_trait]
pub trait Checkouts: Send + Sync {
    /// Takes work that is due, the longest overdue first: moves it on by `lease` and counts the try.
    ///
    /// MUST give the same work to one only of those who ask at the same time, and MUST NOT wait for the
    /// others.
    async fn take_due(&self, now: OffsetDateTime, lease: Duration, limit: u32) -> Result<Vec<Due>, PortError>;

    /// Puts work off. MUST do nothing, and answer false, when the order has other work by now or none.
    async fn postpone(&self, due: &Due, until: OffsetDateTime) -> Result<bool, PortError>;

    /// Ends work of a checkout that is FAILED, of which there is nothing to tell. MUST do nothing, and answer false,
    /// when the order has other work by now or none, or its checkout is not FAILED.
    async fn finish(&self, due: &Due) -> Result<bool, PortError>;

    /// How many checkouts are unfinished, each kind once; one without any MAY be left out.
    async fn count_unfinished(&self) -> Result<Vec<(Unfinished, u64)>, PortError>;
}

/// What an unfinished checkout waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unfinished {
    /// Its steps.
    Running,
    /// The money to be back.
    Refunding,
    /// A person, to give back what the provider refused to.
    RefundFailed,
    /// A person, to look.
    NeedsAttention,
}

impl Unfinished {
    /// Every kind.
    pub const ALL: [Unfinished; 4] = [
        Unfinished::Running,
        Unfinished::Refunding,
        Unfinished::RefundFailed,
        Unfinished::NeedsAttention,
    ];

    /// The name in metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Unfinished::Running => "RUNNING",
            Unfinished::Refunding => "REFUNDING",
            Unfinished::RefundFailed => "REFUND_FAILED",
            Unfinished::NeedsAttention => "NEEDS_ATTENTION",
        }
    }

    /// What a checkout in this state waits for, with this reason why it or its refund failed; nothing when it is
    /// finished.
    pub const fn of(state: CheckoutState, failure_reason: &str) -> Option<Self> {
        match state {
            CheckoutState::Running => Some(Unfinished::Running),
            CheckoutState::Refunding if failure_reason.is_empty() => Some(Unfinished::Refunding),
            CheckoutState::Refunding => Some(Unfinished::RefundFailed),
            CheckoutState::NeedsAttention => Some(Unfinished::NeedsAttention),
            _ => None,
        }
    }
}

/// Work of a checkout. Order, attempt and step tell it from other work; the rest informs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Due {
    /// Which order.
    pub order_id: OrderId,
    /// Which attempt.
    pub attempt: u32,
    /// What is to be done.
    pub step: Step,
    /// How often it was taken up, this time included.
    pub tries: u32,
    /// When this step began.
    pub since: OffsetDateTime,
}

impl Due {
    /// The same step of the same attempt.
    pub fn is_same_work(&self, other: &Due) -> bool {
        (self.order_id, self.attempt, self.step) == (other.order_id, other.attempt, other.step)
    }
}

/// Work that runs beside a call.
pub type BackgroundWork = Pin<Box<dyn Future<Output = Result<(), PortError>> + Send>>;

/// What calls start and do not wait for, and waiting itself.
#[async_trait]
pub trait Background: Send + Sync {
    /// Runs the work to its end, whatever becomes of the call that asked. An error MUST be told to the
    /// operator: nobody else hears of it. Work that is lost with the process is taken up again by itself.
    fn spawn(&self, work: BackgroundWork);

    /// Waits so long.
    async fn pause(&self, duration: Duration);
}
