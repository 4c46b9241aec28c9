//! Paying for an order.

use std::time::Duration;

use futures::channel::oneshot;
use kernel::{Caller, Change, Etag, EtagMismatch, IdempotencyKey, KeyReused, PortError};

use self::answer::Attempt;
use crate::{
    CheckoutFailed, Order, OrderId, Ordering, StartKey, StartRefused,
    change::{ATTEMPTS, replay},
    drive::Driven,
    get::visible,
    ports::{WatchFailed, WriteError},
};

mod answer;

/// Which order to pay for, and with what.
#[derive(Debug, Clone)]
pub struct CheckoutOrder {
    /// Which order.
    pub id: OrderId,
    /// What to pay with; not needed when there is nothing to pay.
    pub payment_method: String,
    /// The version the caller looked at.
    pub etag: Option<Etag>,
}

/// Why an order is not paid for.
#[derive(Debug, thiserror::Error)]
pub enum CheckoutError {
    /// There is none, or it is another customer's.
    #[error("there is no such order")]
    NotFound,
    /// It has changed since the caller read it.
    #[error(transparent)]
    Etag(#[from] EtagMismatch),
    /// No attempt was started.
    #[error(transparent)]
    Start(#[from] StartRefused),
    /// The attempt failed.
    #[error(transparent)]
    Failed(#[from] CheckoutFailed),
    /// It could not be kept.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The order could not be followed; the checkout goes on.
    #[error(transparent)]
    Watch(#[from] WatchFailed),
    /// The order could not be read; the checkout goes on.
    #[error(transparent)]
    Store(#[from] PortError),
}

kernel::classify!(CheckoutError {
    pass Etag, Start, Failed, Write, Watch, Store;
    NotFound => NotFound "ORDER_NOT_FOUND";
});

impl Ordering {
    /// Pays for an order: answers when it is PAID, when the attempt failed, or, when it is CONFIRMED, shortly
    /// before `answer_within` is over. Dropping the future stops the waiting and not the checkout.
    ///
    /// A call with the key of the call that started the attempt joins it, wherever that one runs.
    ///
    /// # Errors
    /// See [`CheckoutError`].
    pub async fn checkout(
        &self,
        caller: &Caller,
        input: CheckoutOrder,
        key: Option<IdempotencyKey>,
        answer_within: Option<Duration>,
    ) -> Result<Change<Order>, CheckoutError> {
        for _ in 0..ATTEMPTS {
            let found = self.needs.orders.find_for_change(input.id, key.as_ref()).await?;
            if let Some(kept) = found.kept {
                return replay(kept);
            }
            let mut order = visible(caller, found.order).ok_or(CheckoutError::NotFound)?;
            if let Some(key) = &key
                && let Some(started_by) = order.work().and_then(|work| work.started_by.as_ref())
                && started_by.is_named_as(key)
            {
                if started_by.fingerprint != key.fingerprint {
                    return Err(WriteError::from(KeyReused).into());
                }
                let attempt = Attempt::joined(&order, key.clone());
                return self.answer(attempt, None, answer_within).await;
            }
            Etag::check(input.etag.as_ref(), order.version())?;
            let started_by = key.as_ref().map(StartKey::from);
            if let Err(refused) = order.start_checkout(&input.payment_method, started_by, self.now()) {
                return self.refuse(key, refused.into()).await;
            }
            match self.save(caller, order, None).await {
                Ok(Change::Done(order) | Change::Replayed(order)) => {
                    let attempt = Attempt::started(&order, key);
                    return self.answer(attempt, Some(self.driven(order)), answer_within).await;
                }
                Err(WriteError::Stale) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(WriteError::Stale.into())
    }

    /// Drives the checkout beside the call, and tells the call.
    fn driven(&self, order: Order) -> oneshot::Receiver<Order> {
        let (tell, told) = oneshot::channel();
        let ordering = self.clone();
        self.needs.background.spawn(Box::pin(async move {
            let Driven { order, put_off } = ordering.drive(order).await?;
            // Nobody may be listening any more.
            let _ = tell.send(order);
            put_off.map_or(Ok(()), |put_off| Err(put_off.error))
        }));
        told
    }
}
