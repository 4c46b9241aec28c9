//! How far paying for an order has come: what callers see of it ([`Checkout`]), and what is to be done next
//! ([`Work`]), which is kept beside it and shown to nobody.

use std::fmt;

use kernel::IdempotencyKey;
use time::OffsetDateTime;

pub use self::payment::{PaymentStatus, PaymentSummary};
use super::OrderId;

mod payment;
pub(crate) mod plan;

kernel::typed_id!(
    /// A payment, as `payment.v1` knows it.
    PaymentId
);

/// How far paying for an order has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum CheckoutState {
    /// Nobody has tried to pay.
    #[default]
    None,
    /// On its way. Until the order is CONFIRMED it may still fail.
    Running,
    /// The money has been taken, or there was nothing to take.
    Paid,
    /// Refused or given up, and nothing was taken.
    Failed,
    /// The order was cancelled and the money is on its way back.
    Refunding,
    /// All of the money has been given back.
    Refunded,
    /// A part of the money has been given back.
    PartiallyRefunded,
    /// One step has been without an answer for a day. It is still asked; a person should look.
    NeedsAttention,
}

impl CheckoutState {
    /// Every state, in the order of the contract.
    pub const ALL: [CheckoutState; 8] = [
        CheckoutState::None,
        CheckoutState::Running,
        CheckoutState::Paid,
        CheckoutState::Failed,
        CheckoutState::Refunding,
        CheckoutState::Refunded,
        CheckoutState::PartiallyRefunded,
        CheckoutState::NeedsAttention,
    ];

    /// The name in contracts and databases.
    pub const fn as_str(self) -> &'static str {
        match self {
            CheckoutState::None => "NONE",
            CheckoutState::Running => "RUNNING",
            CheckoutState::Paid => "PAID",
            CheckoutState::Failed => "FAILED",
            CheckoutState::Refunding => "REFUNDING",
            CheckoutState::Refunded => "REFUNDED",
            CheckoutState::PartiallyRefunded => "PARTIALLY_REFUNDED",
            CheckoutState::NeedsAttention => "NEEDS_ATTENTION",
        }
    }
}

impl fmt::Display for CheckoutState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Paying for an order, as callers see it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Checkout {
    /// How far it has come.
    pub state: CheckoutState,
    /// How often it was tried; 0 when nobody has.
    pub attempt: u32,
    /// The payment of the last attempt, once there is one.
    pub payment_id: Option<PaymentId>,
    /// Why the last attempt failed, or that the refund did; SCREAMING_SNAKE, empty when nothing did.
    pub failure_reason: String,
    /// When the order is cancelled if nobody pays.
    pub expires_at: Option<OffsetDateTime>,
}

/// What is to be done next for a checkout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// Have the money held.
    Authorize,
    /// Have the held money taken.
    Capture,
    /// Let go of what is held, or give back what was taken.
    Release,
    /// Cancel the order that nobody paid.
    Expire,
}

impl Step {
    /// Every step.
    pub const ALL: [Step; 4] = [Step::Authorize, Step::Capture, Step::Release, Step::Expire];

    /// The name in databases.
    pub const fn as_str(self) -> &'static str {
        match self {
            Step::Authorize => "AUTHORIZE",
            Step::Capture => "CAPTURE",
            Step::Release => "RELEASE",
            Step::Expire => "EXPIRE",
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What is to be done next, by whoever takes it up. Kept with the order; never part of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Work {
    /// What.
    pub step: Step,
    /// What to pay with; empty once it can no longer be needed.
    pub payment_method: String,
    /// When this step began.
    pub since: OffsetDateTime,
    /// Nobody takes it up before. Whoever does moves it on, which is their lease.
    pub due_at: OffsetDateTime,
    /// How often it was taken up.
    pub tries: u32,
    /// The key of the call that started the attempt, until its outcome is kept under it.
    pub started_by: Option<StartKey>,
}

/// The idempotency key of the call that started an attempt. A call with the same key joins the attempt.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct StartKey {
    /// Who called.
    pub caller: String,
    /// Full name of the method.
    pub method: String,
    /// What the caller sent.
    pub key: String,
    /// Keyed hash of the request.
    pub fingerprint: [u8; 32],
}

impl StartKey {
    /// Caller, method and key are the same; the request need not be.
    pub fn is_named_as(&self, other: &IdempotencyKey) -> bool {
        self.caller == other.caller && self.method == other.method && self.key == other.key
    }
}

impl From<&IdempotencyKey> for StartKey {
    fn from(key: &IdempotencyKey) -> Self {
        Self {
            caller: key.caller.clone(),
            method: key.method.to_owned(),
            key: key.key.clone(),
            fingerprint: key.fingerprint,
        }
    }
}

/// What is asked of payments on behalf of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ask {
    /// Hold the money.
    Authorize,
    /// Take the held money.
    Capture,
    /// Let go of the held money.
    Void,
    /// Give back the taken money.
    Refund,
}

/// The idempotency key of one request to payments: derived from order, attempt and what is asked, so that asking again after any crash asks for the same thing.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct StepKey(String);

impl StepKey {
    /// The key of this request.
    pub fn new(order: OrderId, attempt: u32, ask: Ask) -> Self {
        let ask = match ask {
            Ask::Authorize => "authorize",
            Ask::Capture => "capture",
            Ask::Void => "void",
            Ask::Refund => "refund",
        };
        Self(format!("{order}:{attempt}:{ask}"))
    }

    /// Another one for asking anew, when what this one asked for is answered for good and more is wanted: `place`
    /// tells how far things have come, so that whoever finds them there asks by the same key.
    #[must_use]
    pub fn anew(&self, place: impl fmt::Display) -> Self {
        Self(format!("{self}:{place}"))
    }

    /// As it travels.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for StepKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
