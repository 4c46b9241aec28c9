//! Moving a paid order on.

use kernel::{Caller, Change, Etag, IdempotencyKey, InvalidInput, Violation};

use crate::{ChangeError, Order, OrderId, Ordering, Status, change::Target};

/// Which order to move on, and to where.
#[derive(Debug, Clone)]
pub struct UpdateOrderStatus {
    /// Which order.
    pub id: OrderId,
    /// SHIPPED or DELIVERED.
    pub status: Status,
    /// The version the caller looked at.
    pub etag: Option<Etag>,
}

impl Ordering {
    /// Moves a paid order to SHIPPED, then to DELIVERED.
    ///
    /// # Errors
    /// See [`ChangeError`].
    pub async fn update_status(
        &self,
        caller: &Caller,
        input: UpdateOrderStatus,
        key: Option<IdempotencyKey>,
    ) -> Result<Change<Order>, ChangeError> {
        let target = Target {
            caller,
            id: input.id,
            etag: input.etag,
            key,
        };
        match input.status {
            Status::Shipped => self.change(target, |order| Ok(order.ship(self.now())?)).await,
            Status::Delivered => self.change(target, |order| Ok(order.deliver(self.now())?)).await,
            Status::Pending | Status::Confirmed | Status::Cancelled => {
                let expected = Violation::new("status", "must be SHIPPED or DELIVERED");
                Err(InvalidInput(vec![expected]).into())
            }
        }
    }
}
