//! Showing one payment.

use kernel::{Caller, PortError};

use crate::{Paying, Payment, PaymentId, PaymentSnapshot};

/// Why a payment is not shown.
#[derive(Debug, thiserror::Error)]
pub enum GetError {
    /// There is none, or it is another customer's.
    #[error("there is no such payment")]
    NotFound,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] PortError),
}

kernel::classify!(GetError { pass Store; NotFound => NotFound "PAYMENT_NOT_FOUND"; });

/// The payment, if this caller may know of it.
pub(crate) fn visible(caller: &Caller, payment: Option<Payment>) -> Option<Payment> {
    payment.filter(|payment| caller.may_act_for(payment.snapshot().customer_id))
}

impl Paying {
    /// The payment.
    ///
    /// # Errors
    /// There is none that the caller may know of; the store failed.
    pub async fn get(&self, caller: &Caller, id: PaymentId) -> Result<PaymentSnapshot, GetError> {
        let payment = visible(caller, self.payments.find(id).await?);
        payment.map(Payment::into_snapshot).ok_or(GetError::NotFound)
    }
}
