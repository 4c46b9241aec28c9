//! Driving a checkout: ask payments for what is to be done next, write down what they say, and go on until
//! nothing is left or an answer is missing.
//!
//! Any number may drive one checkout at once: each request has a key of its own, each answer is written down
//! under the version it was read at, and whoever comes late finds nothing to do. So the lease saves work and
//! correctness does not rest on it.

use std::time::Duration;

use kernel::{Caller, Change, Classify, ErrorKind, PortError};
use time::OffsetDateTime;

use crate::{
    Ask, CheckoutState, Order, Ordering, PaymentId, Step, StepKey, backoff,
    change::ATTEMPTS,
    ports::{Authorization, Due, PaymentError, WriteError},
};

/// What a step came to.
#[derive(Debug)]
enum Heard {
    Authorized(PaymentId),
    AuthorizationRefused { reason: String, payment: Option<PaymentId> },
    Captured,
    CaptureRefused,
    Released,
    RefundRefused,
    TimeIsUp,
}

/// How far a checkout was driven.
#[derive(Debug)]
pub(crate) struct Driven {
    /// The order as it was left.
    pub(crate) order: Order,
    /// What an answer is missing for, and when it is asked for again.
    pub(crate) put_off: Option<PutOff>,
}

/// An answer is missing.
#[derive(Debug)]
pub struct PutOff {
    /// When it is asked for again.
    pub until: OffsetDateTime,
    /// Why it is missing.
    pub error: PortError,
}

/// What was written down.
enum Written {
    /// By us: go on from here.
    Here(Order),
    /// Somebody else went on, and goes on.
    Elsewhere(Order),
}

/// Why the money is not back though nothing failed.
#[derive(Debug, thiserror::Error)]
enum Unsettled {
    #[error("the payment was not voided: {0}")]
    NotVoided(String),
    #[error("not all of the money is back")]
    NotAllBack,
    #[error("the order has no payment that could be captured")]
    NoPayment,
}

impl Classify for Unsettled {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Unavailable
    }
    fn reason(&self) -> &str {
        "PAYMENT_UNSETTLED"
    }
}

impl Ordering {
    /// Goes on with what there is to be done for an order just kept, beside the call.
    pub(crate) fn go_on(&self, order: &Order) {
        if order.work().is_none_or(|work| work.step == Step::Expire) {
            return;
        }
        let (ordering, order) = (self.clone(), order.clone());
        self.needs.background.spawn(Box::pin(async move {
            let driven = ordering.drive(order).await?;
            driven.put_off.map_or(Ok(()), |put_off| Err(put_off.error))
        }));
    }

    /// Does what is to be done, as far as it goes now.
    pub(crate) async fn drive(&self, mut order: Order) -> Result<Driven, PortError> {
        while let Some(due) = order.due() {
            let heard = match self.perform(&order, due).await {
                Ok(heard) => heard,
                Err(error) => return self.put_off(order, due, error).await,
            };
            match self.write_down(order, due, &heard).await? {
                Written::Here(next) => order = next,
                Written::Elsewhere(order) => return Ok(Driven { order, put_off: None }),
            }
            if order.work().is_some_and(|work| work.step == Step::Expire) {
                break;
            }
        }
        Ok(Driven { order, put_off: None })
    }

    /// Asks for the answer to one step. An error means that there is none yet.
    async fn perform(&self, order: &Order, due: Due) -> Result<Heard, PortError> {
        match due.step {
            Step::Authorize => self.authorize(order, due).await,
            Step::Capture => self.capture(order, due).await,
            Step::Release => self.release(order, due).await,
            Step::Expire => Ok(Heard::TimeIsUp),
        }
    }

    async fn authorize(&self, order: &Order, due: Due) -> Result<Heard, PortError> {
        let request = Authorization {
            order_id: order.id(),
            customer_id: order.customer_id(),
            amount: order.total(),
            payment_method: order.work().map(|work| work.payment_method.clone()).unwrap_or_default(),
        };
        match self.needs.payments.authorize(&key(due, Ask::Authorize), request).await {
            Ok(payment) => Ok(Heard::Authorized(payment)),
            Err(PaymentError::Refused { reason, payment_id }) => Ok(Heard::AuthorizationRefused {
                reason,
                payment: payment_id,
            }),
            Err(PaymentError::Unknown(error)) => Err(error),
        }
    }

    async fn capture(&self, order: &Order, due: Due) -> Result<Heard, PortError> {
        let payment = order
            .checkout()
            .payment_id
            .ok_or_else(|| PortError::new(Unsettled::NoPayment))?;
        match self.needs.payments.capture(&key(due, Ask::Capture), payment).await {
            Ok(()) => Ok(Heard::Captured),
            Err(PaymentError::Refused { .. }) => Ok(Heard::CaptureRefused),
            Err(PaymentError::Unknown(error)) => Err(error),
        }
    }

    /// Lets go of the money, or gives it back. What is unknown is found out first: an authorization by asking
    /// for it again, a capture by the refusal to void.
    async fn release(&self, order: &Order, due: Due) -> Result<Heard, PortError> {
        let payments = &self.needs.payments;
        let payment = match order.checkout().payment_id {
            Some(payment) => payment,
            None => match self.authorize(order, due).await? {
                Heard::Authorized(payment) => payment,
                _ => return Ok(Heard::Released),
            },
        };
        match payments.void(&key(due, Ask::Void), payment).await {
            Ok(()) => return Ok(Heard::Released),
            Err(PaymentError::Refused { reason, .. }) if reason == PaymentError::CAPTURED => {}
            Err(PaymentError::Refused { reason, .. }) => return Err(PortError::new(Unsettled::NotVoided(reason))),
            Err(PaymentError::Unknown(error)) => return Err(error),
        }
        match payments.refund(&key(due, Ask::Refund), payment).await {
            Ok(()) => {}
            Err(PaymentError::Refused { .. }) => return Ok(Heard::RefundRefused),
            Err(PaymentError::Unknown(error)) => return Err(error),
        }
        // Staff may have a refund of their own on its way, which this one could not include.
        match payments.find(payment).await? {
            Some(summary) if summary.is_all_back() => Ok(Heard::Released),
            _ => Err(PortError::new(Unsettled::NotAllBack)),
        }
    }

    /// Writes down what a step came to. Who loses a race reads again; the answer is dropped when the order no
    /// longer waits for it.
    async fn write_down(&self, mut order: Order, due: Due, heard: &Heard) -> Result<Written, PortError> {
        for _ in 0..ATTEMPTS {
            self.apply(&mut order, due.attempt, heard);
            if order.version() == order.kept_version() {
                // Of an attempt that failed before there is nothing to tell, only to be done with it.
                if order.work().is_none() {
                    self.needs.checkouts.finish(&due).await?;
                }
                return Ok(Written::Elsewhere(order.as_kept()));
            }
            match self.save(&itself(), order.clone(), None).await {
                Ok(Change::Done(kept) | Change::Replayed(kept)) => return Ok(Written::Here(kept)),
                Err(WriteError::Stale) => {}
                Err(error) => return Err(PortError::new(error)),
            }
            match self.needs.orders.find(due.order_id).await? {
                Some(now) if now.due().is_some_and(|other| other.is_same_work(&due)) => order = now,
                Some(now) => return Ok(Written::Elsewhere(now)),
                None => return Ok(Written::Elsewhere(order.as_kept())),
            }
        }
        Err(PortError::new(WriteError::Stale))
    }

    fn apply(&self, order: &mut Order, attempt: u32, heard: &Heard) {
        let now = self.now();
        match heard {
            Heard::Authorized(payment) => order.authorized(attempt, *payment, now),
            Heard::AuthorizationRefused { reason, payment } => {
                let expires_at = now + self.policy.failed_expires_after;
                order.authorization_refused(attempt, reason, *payment, expires_at, now);
            }
            Heard::Captured => order.captured(attempt, now),
            Heard::CaptureRefused => order.capture_refused(attempt, now),
            Heard::Released => order.released(attempt, now),
            Heard::RefundRefused => order.refund_refused(attempt, now),
            Heard::TimeIsUp => order.expire(now),
        }
    }

    /// Asks again later; after a day somebody should look, and it is still asked.
    async fn put_off(&self, mut order: Order, due: Due, error: PortError) -> Result<Driven, PortError> {
        let now = self.now();
        let age = Duration::try_from(now - due.since).unwrap_or_default();
        let until = now + backoff::pause(due.order_id.as_uuid(), due.tries, age);
        let is_known = order.checkout().state == CheckoutState::NeedsAttention;
        if age >= self.policy.attention_after && !is_known {
            order.needs_attention(due.attempt, now);
            if order.version() != order.kept_version() {
                match self.save(&itself(), order.clone(), None).await {
                    Ok(Change::Done(kept) | Change::Replayed(kept)) => order = kept,
                    Err(WriteError::Stale) => order = order.as_kept(),
                    Err(error) => return Err(PortError::new(error)),
                }
            }
        }
        self.needs.checkouts.postpone(&due, until).await?;
        let put_off = Some(PutOff { until, error });
        Ok(Driven { order, put_off })
    }
}

/// Who goes on with checkouts.
fn itself() -> Caller {
    Caller::service("ordersvc", [])
}

fn key(due: Due, ask: Ask) -> StepKey {
    StepKey::new(due.order_id, due.attempt, ask)
}
