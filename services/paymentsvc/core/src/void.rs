//! Releasing the money that is held.

use kernel::{Caller, Change, IdempotencyKey};

use crate::{Answer, ChangeError, Paying, PaymentId};

impl Paying {
    /// Voids a payment. Where nothing is held any more and nothing was taken it succeeds, and nothing happens.
    ///
    /// # Errors
    /// See [`ChangeError`].
    pub async fn void(
        &self,
        caller: &Caller,
        id: PaymentId,
        key: Option<IdempotencyKey>,
    ) -> Result<Change<Answer>, ChangeError> {
        self.change(caller, id, key, |payment, ask| payment.void(ask)).await
    }
}
