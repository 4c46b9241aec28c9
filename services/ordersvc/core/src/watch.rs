//! Following orders as they change.

use kernel::{Caller, NotAllowed, UserId};

use crate::{
    GetError, OrderId, Ordering,
    ports::{Position, Watch, WatchFailed, WatchScope},
};

/// Why nothing can be watched.
#[derive(Debug, thiserror::Error)]
pub enum WatchError {
    /// A customer asks for somebody else's orders.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// There is no such order, or it is another customer's.
    #[error(transparent)]
    Order(#[from] GetError),
    /// The log cannot be followed from there.
    #[error(transparent)]
    Log(#[from] WatchFailed),
}

kernel::classify!(WatchError { pass NotAllowed, Order, Log; });

impl Ordering {
    /// What a watch may see; its tokens are bound to it.
    ///
    /// # Errors
    /// The caller names somebody else without being staff; there is no such order of that customer.
    pub async fn watch_scope(
        &self,
        caller: &Caller,
        customer_id: Option<UserId>,
        order_id: Option<OrderId>,
    ) -> Result<WatchScope, WatchError> {
        let customer = caller.subject(customer_id)?;
        match (order_id, customer) {
            (Some(id), _) => {
                let order = self.get(caller, id).await?;
                if customer.is_some_and(|customer| customer != order.customer_id()) {
                    return Err(GetError::NotFound.into());
                }
                Ok(WatchScope::Order(id))
            }
            (None, Some(customer)) => Ok(WatchScope::Customer(customer)),
            (None, None) => Ok(WatchScope::All),
        }
    }

    /// Follows orders as they change, from right after a position or from now on.
    ///
    /// # Errors
    /// The position is of another epoch or no longer kept; the store failed.
    pub async fn watch(&self, scope: WatchScope, from: Option<Position>) -> Result<Box<dyn Watch>, WatchError> {
        Ok(self.needs.events.watch(scope, from).await?)
    }
}
