//! Listing the ledger in pages.

use kernel::{Page, PageSize, PortError};

use crate::{Paying, PaymentId, Transfer, ports::TransferCursor};

/// Which page of the ledger.
#[derive(Debug, Clone, Copy)]
pub struct ListLedger {
    /// Only of this payment.
    pub payment_id: Option<PaymentId>,
    /// Where the page before ended.
    pub after: Option<TransferCursor>,
    /// How many movements.
    pub size: PageSize,
}

impl Paying {
    /// Lists the movements of money, newest first.
    ///
    /// # Errors
    /// The store failed.
    pub async fn list_ledger(&self, input: ListLedger) -> Result<Page<Transfer, TransferCursor>, PortError> {
        self.payments
            .list_transfers(input.payment_id, input.after, input.size)
            .await
    }
}
