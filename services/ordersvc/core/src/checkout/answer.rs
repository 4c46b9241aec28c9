//! What the caller of a checkout is answered, and when.

use std::{pin::pin, time::Duration};

use futures::{
    channel::oneshot,
    future::{Either, select},
};
use kernel::{Change, IdempotencyKey, Kept, PageSize};

use super::CheckoutError;
use crate::{
    CheckoutFailed, CheckoutState, Order, OrderId, OrderSnapshot, Ordering, Status,
    change::replay,
    ports::{WatchScope, WriteError},
};

/// How long before the caller's time is over an order that is CONFIRMED is answered as it is.
const MARGIN: Duration = Duration::from_millis(250);

/// The attempt that a call waits for.
pub(super) struct Attempt {
    order: OrderId,
    number: u32,
    key: Option<IdempotencyKey>,
    is_joined: bool,
}

/// What an order tells about an attempt.
enum Told {
    Paid,
    /// Paid for sure, and the money not yet taken.
    Confirmed,
    Failed(CheckoutFailed),
    Running,
    /// Another attempt has begun since.
    Over,
}

impl Attempt {
    /// One that this call started.
    pub(super) fn started(order: &Order, key: Option<IdempotencyKey>) -> Self {
        Self {
            order: order.id(),
            number: order.checkout().attempt,
            key,
            is_joined: false,
        }
    }

    /// One that an earlier call with the same key started.
    pub(super) fn joined(order: &Order, key: IdempotencyKey) -> Self {
        Self {
            is_joined: true,
            ..Self::started(order, Some(key))
        }
    }

    fn told_by(&self, order: &OrderSnapshot) -> Told {
        let checkout = &order.checkout;
        if checkout.attempt != self.number {
            return Told::Over;
        }
        let failed = |reason: &str| {
            Told::Failed(CheckoutFailed {
                order_id: self.order,
                attempt: self.number,
                payment_id: checkout.payment_id,
                reason: reason.to_owned(),
            })
        };
        match (checkout.state, order.status) {
            (CheckoutState::Failed, _) => failed(&checkout.failure_reason),
            (CheckoutState::NeedsAttention, Status::Cancelled) if !checkout.failure_reason.is_empty() => {
                failed(&checkout.failure_reason)
            }
            (_, Status::Cancelled) => failed("ORDER_CANCELLED"),
            (CheckoutState::Running | CheckoutState::NeedsAttention, Status::Confirmed) => Told::Confirmed,
            (CheckoutState::Running | CheckoutState::NeedsAttention, _) => Told::Running,
            _ => Told::Paid,
        }
    }
}

impl Ordering {
    /// Waits for the end of an attempt. `driven` tells when whoever drives it here is done with it.
    pub(super) async fn answer(
        &self,
        attempt: Attempt,
        driven: Option<oneshot::Receiver<Order>>,
        answer_within: Option<Duration>,
    ) -> Result<Change<Order>, CheckoutError> {
        let mut time_is_up = pin!(async {
            match answer_within {
                Some(within) => self.needs.background.pause(within - MARGIN.min(within / 4)).await,
                None => std::future::pending().await,
            }
        });
        let mut is_late = false;
        if let Some(driven) = driven {
            match select(driven, time_is_up.as_mut()).await {
                Either::Left((Ok(order), _)) => {
                    if let Some(answer) = self.answered(&attempt, order, is_late).await? {
                        return Ok(answer);
                    }
                }
                Either::Left((Err(oneshot::Canceled), _)) => {}
                Either::Right(_) => is_late = true,
            }
        }
        // Watched first and read then, so that nothing happens in between unseen.
        let mut watch = self.needs.events.watch(WatchScope::Order(attempt.order), None).await?;
        loop {
            let order = self
                .needs
                .orders
                .find(attempt.order)
                .await?
                .ok_or(CheckoutError::NotFound)?;
            if let Some(answer) = self.answered(&attempt, order, is_late).await? {
                return Ok(answer);
            }
            if is_late {
                watch.next().await?;
                continue;
            }
            let happened = pin!(watch.next());
            match select(happened, time_is_up.as_mut()).await {
                Either::Left((watched, _)) => {
                    watched?;
                }
                Either::Right(_) => is_late = true,
            }
        }
    }

    /// The answer, if the order has one by now.
    async fn answered(
        &self,
        attempt: &Attempt,
        order: Order,
        is_late: bool,
    ) -> Result<Option<Change<Order>>, CheckoutError> {
        let told = attempt.told_by(order.snapshot());
        match told {
            Told::Running => return Ok(None),
            Told::Confirmed => return Ok(is_late.then_some(Change::Done(order))),
            // Nothing has happened to it since, so this is what is kept, and need not be read.
            Told::Paid
                if !attempt.is_joined
                    && (order.status(), order.checkout().state) == (Status::Confirmed, CheckoutState::Paid) =>
            {
                return Ok(Some(Change::Done(order)));
            }
            Told::Paid | Told::Failed(_) | Told::Over => {}
        }
        // The outcome was kept under the key when the attempt ended; the order may have gone on since.
        if let Some(key) = &attempt.key
            && let Some(kept) = self.needs.orders.find_kept(key).await?
        {
            match kept {
                kept if attempt.is_joined => return replay(kept).map(Some),
                Kept::Answer(order) => return Ok(Some(Change::Done(order))),
                Kept::Refusal(_) => {}
            }
        }
        match told {
            Told::Failed(failed) => Err(failed.into()),
            Told::Over => Err(self.ended(attempt).await?),
            Told::Paid | Told::Confirmed | Told::Running => Ok(Some(Change::Done(order))),
        }
    }

    /// How an attempt ended that another one follows: only what failed is tried again.
    async fn ended(&self, attempt: &Attempt) -> Result<CheckoutError, CheckoutError> {
        let page = self
            .needs
            .events
            .history(attempt.order, None, PageSize::DEFAULT)
            .await?;
        let last = page
            .items
            .iter()
            .map(|recorded| attempt.told_by(recorded.event.order()));
        match last.into_iter().find(|told| !matches!(told, Told::Over)) {
            Some(Told::Failed(failed)) => Ok(failed.into()),
            _ => Ok(WriteError::Stale.into()),
        }
    }
}
