//! Listing all orders of one user, page by page, so that a long list holds neither memory nor a connection.

use kernel::{Caller, Page, PageSize, UserId};

use crate::{
    ListError, ListOrders, Order, Ordering,
    ports::{OrderCursor, OrderFilter},
};

/// Whose orders.
#[derive(Debug, Clone, Copy)]
pub struct ListUserOrders {
    /// Whose.
    pub user_id: UserId,
    /// Archived ones too.
    pub include_archived: bool,
}

impl Ordering {
    /// The part of a user's orders that follows `after`, newest first.
    ///
    /// # Errors
    /// The user is somebody else and the caller not staff; the store failed.
    pub async fn list_user_orders(
        &self,
        caller: &Caller,
        input: ListUserOrders,
        after: Option<OrderCursor>,
    ) -> Result<Page<Order, OrderCursor>, ListError> {
        let filter = OrderFilter {
            customer_id: Some(input.user_id),
            include_archived: input.include_archived,
            ..OrderFilter::default()
        };
        let size = PageSize::DEFAULT;
        self.list(caller, ListOrders { filter, after, size }).await
    }
}
