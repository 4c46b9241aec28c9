//! What happened to one order.

use kernel::{Caller, Page, PageSize};

use crate::{GetError, OrderId, Ordering, RecordedEvent};

/// Why no history is shown: for the same reasons as no order.
pub type HistoryError = GetError;

impl Ordering {
    /// The history of an order, newest first, to whom the order belongs and to staff.
    ///
    /// # Errors
    /// There is no order that the caller may see; the store failed.
    pub async fn history(
        &self,
        caller: &Caller,
        id: OrderId,
        before: Option<i64>,
        size: PageSize,
    ) -> Result<Page<RecordedEvent, i64>, HistoryError> {
        self.get(caller, id).await?;
        Ok(self.needs.events.history(id, before, size).await?)
    }
}
