//! Driving a checkout: ask payments for what is to be done next, write down what they say, and go on until
//! nothing is left or an answer is missing.
//!
//! Any number may drive one checkout at once: each request has a key of its own, each answer is written down
//! under the version it was read at, and whoever comes late finds nothing to do. So the lease saves work and
//! correctness does not rest on it.

use std::time::Duration;

use kernel::{Caller, Change, PortError, backoff};
use time::OffsetDateTime;

use self::ask::Heard;
use crate::{
    Order, Ordering, Step,
    change::ATTEMPTS,
    ports::{Due, WriteError},
};

mod ask;

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

    /// Writes down what a step came to. Who loses a race reads again; the answer is dropped when the order no
    /// longer waits for it.
    async fn write_down(&self, mut order: Order, due: Due, heard: &Heard) -> Result<Written, PortError> {
        for _ in 0..ATTEMPTS {
            self.apply(&mut order, due.attempt, heard);
            if order.version() == order.kept_version() {
                // Of an attempt that failed before there is nothing to tell, only to be done with it.
                if order.work().is_some() || self.needs.checkouts.finish(&due).await? {
                    return Ok(Written::Elsewhere(order.as_kept()));
                }
            } else {
                match self.save(&itself(), order.clone(), None).await {
                    Ok(Change::Done(kept) | Change::Replayed(kept)) => return Ok(Written::Here(kept)),
                    Err(WriteError::Stale) => {}
                    Err(error) => return Err(PortError::new(error)),
                }
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
    async fn put_off(&self, order: Order, due: Due, error: PortError) -> Result<Driven, PortError> {
        let now = self.now();
        let age = Duration::try_from(now - due.since).unwrap_or_default();
        let until = now + backoff::pause(due.order_id.as_uuid(), due.tries, age);
        let order = if age >= self.policy.attention_after {
            self.call_attention(order, due).await?
        } else {
            order
        };
        self.needs.checkouts.postpone(&due, until).await?;
        let put_off = Some(PutOff { until, error });
        Ok(Driven { order, put_off })
    }

    /// Tells once that a person should look. Who loses a race leaves it to the next try.
    async fn call_attention(&self, order: Order, due: Due) -> Result<Order, PortError> {
        let mut stuck = order.clone();
        stuck.needs_attention(due.attempt, self.now());
        if stuck.version() == order.version() {
            return Ok(order);
        }
        match self.save(&itself(), stuck, None).await {
            Ok(Change::Done(kept) | Change::Replayed(kept)) => Ok(kept),
            Err(WriteError::Stale) => Ok(order),
            Err(error) => Err(PortError::new(error)),
        }
    }
}

/// Who goes on with checkouts.
fn itself() -> Caller {
    Caller::service("ordersvc", [])
}
