//! Giving an order up.

use kernel::{Caller, Change, Etag, IdempotencyKey};

use crate::{ChangeError, Order, OrderId, Ordering, change::Target};

/// Which order to give up, and why.
#[derive(Debug, Clone)]
pub struct CancelOrder {
    /// Which order.
    pub id: OrderId,
    /// Why; may be empty.
    pub reason: String,
    /// The version the caller looked at.
    pub etag: Option<Etag>,
}

impl Ordering {
    /// Cancels an order; what was paid goes back. Cancelling again succeeds, and nothing happens.
    ///
    /// # Errors
    /// See [`ChangeError`].
    pub async fn cancel(
        &self,
        caller: &Caller,
        input: CancelOrder,
        key: Option<IdempotencyKey>,
    ) -> Result<Change<Order>, ChangeError> {
        let target = Target {
            caller,
            id: input.id,
            etag: input.etag,
            key,
        };
        self.change(target, |order| {
            Ok(order.cancel(&input.reason, caller.sees_everyone(), self.now())?)
        })
        .await
    }
}
