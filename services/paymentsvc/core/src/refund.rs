//! Giving money back.

use kernel::{Caller, Change, IdempotencyKey, InvalidInput};

use crate::{Answer, ChangeError, Paying, PaymentId, payment::checked_text};

const REASON: usize = 500;

/// What to give back of which payment, and why.
#[derive(Debug, Clone)]
pub struct RefundPayment {
    /// Which payment.
    pub id: PaymentId,
    /// How much; 0 means all that is left.
    pub amount_minor: i64,
    /// Why; may be empty.
    pub reason: String,
}

impl Paying {
    /// Refunds a payment. What is asked for is reserved before the provider is asked, and given back if it refuses.
    ///
    /// # Errors
    /// See [`ChangeError`].
    pub async fn refund(
        &self,
        caller: &Caller,
        input: RefundPayment,
        key: Option<IdempotencyKey>,
    ) -> Result<Change<Answer>, ChangeError> {
        let mut found = Vec::new();
        let reason = checked_text("reason", &input.reason, REASON, &mut found);
        InvalidInput::unless_empty(found)?;
        self.change(caller, input.id, key, |payment, ask| {
            payment.refund(input.amount_minor, reason.clone(), ask)
        })
        .await
    }
}
