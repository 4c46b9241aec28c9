//! Listing orders in pages.

use kernel::{Caller, NotAllowed, Page, PageSize, PortError};

use crate::{
    Order, Ordering,
    ports::{OrderCursor, OrderFilter},
};

/// Which page of which orders.
#[derive(Debug, Clone)]
pub struct ListOrders {
    /// Which orders. A customer who names nobody means their own; staff then mean everybody's.
    pub filter: OrderFilter,
    /// Where the page before ended.
    pub after: Option<OrderCursor>,
    /// How many.
    pub size: PageSize,
}

/// Why nothing is listed.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// A customer asks for somebody else's orders.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] PortError),
}

kernel::classify!(ListError { pass NotAllowed, Store; });

impl Ordering {
    /// Lists orders, newest first.
    ///
    /// # Errors
    /// The caller names somebody else without being staff; the store failed.
    pub async fn list(&self, caller: &Caller, mut input: ListOrders) -> Result<Page<Order, OrderCursor>, ListError> {
        input.filter.customer_id = caller.subject(input.filter.customer_id)?;
        Ok(self.needs.orders.list(&input.filter, input.after, input.size).await?)
    }
}
