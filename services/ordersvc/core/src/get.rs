//! Reading one order.

use kernel::{Caller, PortError};

use crate::{Order, OrderId, Ordering};

/// Why no order is shown.
#[derive(Debug, thiserror::Error)]
pub enum GetError {
    /// There is none, or it is another customer's.
    #[error("there is no such order")]
    NotFound,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] PortError),
}

kernel::classify!(GetError { pass Store; NotFound => NotFound "ORDER_NOT_FOUND"; });

impl Ordering {
    /// Shows an order, archived or not, to whom it belongs and to staff.
    ///
    /// # Errors
    /// There is none that the caller may see; the store failed.
    pub async fn get(&self, caller: &Caller, id: OrderId) -> Result<Order, GetError> {
        visible(caller, self.needs.orders.find(id).await?).ok_or(GetError::NotFound)
    }
}

/// Another customer's order is as good as none.
pub(crate) fn visible(caller: &Caller, order: Option<Order>) -> Option<Order> {
    order.filter(|order| caller.may_act_for(order.customer_id()))
}
