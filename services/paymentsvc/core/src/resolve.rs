//! Finding out what became of a payment.

use kernel::{Caller, PortError};

use crate::{
    Operation, Paying, Payment, PaymentId, PaymentPending, PaymentSnapshot,
    get::visible,
    ports::{Outcome, Work},
};

/// Why a payment is not brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum ResolveError {
    /// There is none.
    #[error("there is no such payment")]
    NotFound,
    /// The provider has not answered.
    #[error(transparent)]
    Pending(#[from] PaymentPending),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] PortError),
}

kernel::classify!(ResolveError {
    pass Pending, Store;
    NotFound => NotFound "PAYMENT_NOT_FOUND";
});

impl Paying {
    /// Settles everything that is undecided of a payment, whoever works on it: settling twice changes nothing. What
    /// the provider does not know of was never asked for, and is asked for now.
    ///
    /// # Errors
    /// There is no such payment; the provider has not answered; the store failed.
    pub async fn resolve(&self, caller: &Caller, id: PaymentId) -> Result<PaymentSnapshot, ResolveError> {
        loop {
            let payment = visible(caller, self.payments.find(id).await?).ok_or(ResolveError::NotFound)?;
            let pending = self.payments.pending(id).await?;
            if pending.is_empty() {
                return Ok(payment.into_snapshot());
            }
            for operation in pending {
                let outcome = self.outcome_of(operation.clone(), payment.clone()).await;
                let outcome = outcome.map_err(|source| PaymentPending::new(id, source))?;
                self.settle(operation.id, outcome, None).await?;
            }
        }
    }

    async fn outcome_of(&self, operation: Operation, payment: Payment) -> Result<Outcome, PortError> {
        match self.provider.find(operation.id).await? {
            Some(outcome) => Ok(outcome),
            None => self.ask(&Work { operation, payment }).await,
        }
    }
}
