//! What updating, cancelling, deleting and moving on have in common: read, decide, write, once.

use kernel::{Caller, Change, Classify, Etag, EtagMismatch, IdempotencyKey, InvalidInput, Kept, Refusal};

use crate::{
    CancelRefused, DeleteRefused, Order, OrderId, Ordering, ShipRefused, Transition, UpdateRefused, get::visible,
    ports::WriteError,
};

/// How often a change is decided again when others are faster.
pub(crate) const ATTEMPTS: usize = 10;

/// Why an order was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// There is none, or it is another customer's.
    #[error("there is no such order")]
    NotFound,
    /// It has changed since the caller read it.
    #[error(transparent)]
    Etag(#[from] EtagMismatch),
    /// The request is wrong.
    #[error(transparent)]
    Invalid(#[from] InvalidInput),
    /// It is not free to change.
    #[error(transparent)]
    Update(#[from] UpdateRefused),
    /// It is not to be given up.
    #[error(transparent)]
    Cancel(#[from] CancelRefused),
    /// It is not to be archived.
    #[error(transparent)]
    Delete(#[from] DeleteRefused),
    /// It is not to be shipped.
    #[error(transparent)]
    Ship(#[from] ShipRefused),
    /// It is not where it could move on from.
    #[error(transparent)]
    Transition(#[from] Transition),
    /// It could not be kept.
    #[error(transparent)]
    Write(#[from] WriteError),
}

kernel::classify!(ChangeError {
    pass Etag, Invalid, Update, Cancel, Delete, Ship, Transition, Write;
    NotFound => NotFound "ORDER_NOT_FOUND";
});

/// Which order a call changes, in which version, under which key.
pub(crate) struct Target<'a> {
    pub(crate) caller: &'a Caller,
    pub(crate) id: OrderId,
    pub(crate) etag: Option<Etag>,
    pub(crate) key: Option<IdempotencyKey>,
}

impl Ordering {
    /// Reads the order, lets `decide` change it and keeps it, unless the key has an answer already. Who loses
    /// a race decides again from the new state; with an etag, that is a mismatch.
    pub(crate) async fn change(
        &self,
        target: Target<'_>,
        decide: impl Fn(&mut Order) -> Result<(), ChangeError> + Send + Sync,
    ) -> Result<Change<Order>, ChangeError> {
        for _ in 0..ATTEMPTS {
            let found = self
                .needs
                .orders
                .find_for_change(target.id, target.key.as_ref())
                .await?;
            if let Some(kept) = found.kept {
                return replay(kept);
            }
            let mut order = visible(target.caller, found.order).ok_or(ChangeError::NotFound)?;
            Etag::check(target.etag.as_ref(), order.version())?;
            if let Err(error) = decide(&mut order) {
                return self.refuse(target.key, error).await;
            }
            if order.version() == order.kept_version() {
                return self.leave(target.key, order).await;
            }
            let has_new_work = order.has_new_checkout();
            match self.save(target.caller, order, target.key.clone()).await {
                Err(WriteError::Stale) => {}
                Ok(Change::Done(order)) => {
                    if has_new_work {
                        self.go_on(&order);
                    }
                    return Ok(Change::Done(order));
                }
                outcome => return Ok(outcome?),
            }
        }
        Err(WriteError::Stale.into())
    }

    /// Keeps a refusal that would be told again under the key.
    pub(crate) async fn refuse<E>(&self, key: Option<IdempotencyKey>, error: E) -> Result<Change<Order>, E>
    where
        E: Classify + From<WriteError> + Send,
    {
        if let (Some(key), Some(refusal)) = (key, Refusal::of(&error))
            && let Some(earlier) = self.needs.orders.keep(key, Kept::Refusal(refusal)).await?
        {
            return replay(earlier);
        }
        Err(error)
    }

    /// There was nothing left to do; the key remembers that too.
    async fn leave(&self, key: Option<IdempotencyKey>, order: Order) -> Result<Change<Order>, ChangeError> {
        if let Some(key) = key
            && let Some(earlier) = self.needs.orders.keep(key, Kept::Answer(order.clone())).await?
        {
            return replay(earlier);
        }
        Ok(Change::Done(order))
    }
}

pub(crate) fn replay<E: From<WriteError>>(kept: Kept<Order>) -> Result<Change<Order>, E> {
    match kept {
        Kept::Answer(order) => Ok(Change::Replayed(order)),
        Kept::Refusal(refusal) => Err(WriteError::Refused(refusal).into()),
    }
}
