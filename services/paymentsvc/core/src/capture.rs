//! Taking the money that is held.

use kernel::{Caller, Change, IdempotencyKey};

use crate::{Answer, ChangeError, Paying, PaymentId};

/// Which payment to capture, and how much of it.
#[derive(Debug, Clone, Copy)]
pub struct CapturePayment {
    /// Which payment.
    pub id: PaymentId,
    /// How much; 0 means all that is held.
    pub amount_minor: i64,
}

impl Paying {
    /// Captures a payment, once; what is left over is released.
    ///
    /// # Errors
    /// See [`ChangeError`].
    pub async fn capture(
        &self,
        caller: &Caller,
        input: CapturePayment,
        key: Option<IdempotencyKey>,
    ) -> Result<Change<Answer>, ChangeError> {
        self.change(caller, input.id, key, |payment, ask| {
            payment.capture(input.amount_minor, ask).map(Some)
        })
        .await
    }
}
