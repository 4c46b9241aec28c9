//! Listing payments in pages.

use kernel::{Caller, NotAllowed, Page, PageSize, PortError};

use crate::{
    Paying, PaymentSnapshot,
    ports::{PaymentCursor, PaymentFilter},
};

/// Which page of which payments.
#[derive(Debug, Clone)]
pub struct ListPayments {
    /// Which payments. A customer who names nobody means their own; staff then mean everybody's.
    pub filter: PaymentFilter,
    /// Where the page before ended.
    pub after: Option<PaymentCursor>,
    /// How many.
    pub size: PageSize,
}

/// Why nothing is listed.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// A customer asks for somebody else's payments.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] PortError),
}

kernel::classify!(ListError { pass NotAllowed, Store; });

impl Paying {
    /// Lists payments, newest first.
    ///
    /// # Errors
    /// The caller names somebody else without being staff; the store failed.
    pub async fn list(
        &self,
        caller: &Caller,
        mut input: ListPayments,
    ) -> Result<Page<PaymentSnapshot, PaymentCursor>, ListError> {
        input.filter.customer_id = caller.subject(input.filter.customer_id)?;
        Ok(self.payments.list(&input.filter, input.after, input.size).await?)
    }
}
