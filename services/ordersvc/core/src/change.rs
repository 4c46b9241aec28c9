//! What updating, cancelling and deleting have in common: read, decide, write, once.

use kernel::{Caller, Change, Etag, EtagMismatch, IdempotencyKey, InvalidInput, Kept, Refusal};

use crate::{
    CancelRefused, NotCancellable, NotDeletable, NotPending, Order, OrderId, Ordering, UpdateRefused,
    get::visible,
    ports::{OrderChange, WriteError},
};

/// How often a change is decided again when others are faster.
const ATTEMPTS: usize = 10;

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
    /// It is no longer free to change.
    #[error(transparent)]
    NotPending(#[from] NotPending),
    /// It is on its way or has arrived.
    #[error(transparent)]
    NotCancellable(#[from] NotCancellable),
    /// It is paid for and not yet delivered.
    #[error(transparent)]
    NotDeletable(#[from] NotDeletable),
    /// It could not be kept.
    #[error(transparent)]
    Write(#[from] WriteError),
}

impl From<UpdateRefused> for ChangeError {
    fn from(refused: UpdateRefused) -> Self {
        match refused {
            UpdateRefused::NotPending(error) => error.into(),
            UpdateRefused::Invalid(error) => error.into(),
        }
    }
}

impl From<CancelRefused> for ChangeError {
    fn from(refused: CancelRefused) -> Self {
        match refused {
            CancelRefused::NotCancellable(error) => error.into(),
            CancelRefused::Invalid(error) => error.into(),
        }
    }
}

kernel::classify!(ChangeError {
    pass Etag, Invalid, NotPending, NotCancellable, NotDeletable, Write;
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
            let found = self.orders.find_for_change(target.id, target.key.as_ref()).await?;
            if let Some(kept) = found.kept {
                return replay(kept);
            }
            let mut order = visible(target.caller, found.order).ok_or(ChangeError::NotFound)?;
            Etag::check(target.etag.as_ref(), order.version())?;
            if let Err(error) = decide(&mut order) {
                return self.refuse(target.key, error).await;
            }
            let events = self.recorded(target.caller, order.take_events());
            if events.is_empty() {
                return self.leave(target.key, order).await;
            }
            match self
                .orders
                .save(OrderChange { order, events }, target.key.clone())
                .await
            {
                Err(WriteError::Stale) => {}
                outcome => return Ok(outcome?),
            }
        }
        Err(WriteError::Stale.into())
    }

    /// Keeps a refusal that would be told again under the key.
    async fn refuse(&self, key: Option<IdempotencyKey>, error: ChangeError) -> Result<Change<Order>, ChangeError> {
        if let (Some(key), Some(refusal)) = (key, Refusal::of(&error))
            && let Some(earlier) = self.orders.keep(key, Kept::Refusal(refusal)).await?
        {
            return replay(earlier);
        }
        Err(error)
    }

    /// There was nothing left to do; the key remembers that too.
    async fn leave(&self, key: Option<IdempotencyKey>, order: Order) -> Result<Change<Order>, ChangeError> {
        if let Some(key) = key
            && let Some(earlier) = self.orders.keep(key, Kept::Answer(order.clone())).await?
        {
            return replay(earlier);
        }
        Ok(Change::Done(order))
    }
}

fn replay(kept: Kept<Order>) -> Result<Change<Order>, ChangeError> {
    match kept {
        Kept::Answer(order) => Ok(Change::Replayed(order)),
        Kept::Refusal(refusal) => Err(WriteError::Refused(refusal).into()),
    }
}
