//! Taking an order out of the lists.

use kernel::{Caller, Change, Etag, IdempotencyKey};

use crate::{ChangeError, Order, OrderId, Ordering, change::Target};

/// Which order to archive.
#[derive(Debug, Clone)]
pub struct DeleteOrder {
    /// Which order.
    pub id: OrderId,
    /// The version the caller looked at.
    pub etag: Option<Etag>,
}

impl Ordering {
    /// Archives an order; a PENDING one is cancelled first. Deleting again succeeds, and nothing happens.
    ///
    /// # Errors
    /// See [`ChangeError`].
    pub async fn delete(
        &self,
        caller: &Caller,
        input: DeleteOrder,
        key: Option<IdempotencyKey>,
    ) -> Result<Change<Order>, ChangeError> {
        let target = Target {
            caller,
            id: input.id,
            etag: input.etag,
            key,
        };
        self.change(target, |order| Ok(order.delete(caller.sees_everyone(), self.now())?))
            .await
    }
}
