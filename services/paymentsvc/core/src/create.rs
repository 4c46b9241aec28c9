//! Making a payment.

use kernel::{Caller, Change, IdempotencyKey, InvalidInput, PortError};

use crate::{
    Answer, Ask, Card, Paying, Payment, PaymentDraft, PaymentFields, PaymentId,
    ports::{CallError, RecordError, Work},
    run::RunError,
};

/// Why no payment was made.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// The request is wrong.
    #[error(transparent)]
    Invalid(#[from] InvalidInput),
    /// There is no such token, or somebody else made it.
    #[error("there is no such payment method")]
    NoSuchMethod,
    /// It names an order, and the caller is no checkout.
    #[error("a payment of an order is made by its checkout: call CheckoutOrder, or leave order_id empty")]
    OfOrder,
    /// It was asked for, and has no good answer.
    #[error(transparent)]
    Run(#[from] RunError),
}

kernel::classify!(CreateError {
    pass Invalid, Run;
    NoSuchMethod => NotFound "PAYMENT_METHOD_NOT_FOUND";
    OfOrder => WrongState "PAYMENT_BELONGS_TO_ORDER";
});

impl From<PortError> for CreateError {
    fn from(error: PortError) -> Self {
        CreateError::Run(error.into())
    }
}

impl From<CallError> for CreateError {
    fn from(error: CallError) -> Self {
        CreateError::Run(error.into())
    }
}

impl Paying {
    /// Makes a payment: records it, then has it authorized, and captured if it is automatic.
    ///
    /// # Errors
    /// See [`CreateError`]. A refused card leaves a payment that is DECLINED.
    pub async fn create(
        &self,
        caller: &Caller,
        input: PaymentFields,
        key: Option<IdempotencyKey>,
    ) -> Result<Change<Answer>, CreateError> {
        let draft = PaymentDraft::try_new(input)?;
        // The order would not know of it: nobody could take the money or let go of it.
        if draft.is_of_order() && !matches!(caller, Caller::Service { .. }) {
            return Err(CreateError::OfOrder);
        }
        loop {
            // Hardly any call has a key that was used: it is looked up when something is in the way.
            let Some(card) = self.card_of(&draft).await? else {
                return self.meet(key.as_ref()).await?.ok_or(CreateError::NoSuchMethod);
            };
            let ask = Ask::new(self.next_operation(), caller.clone(), key.clone(), self.clock.now());
            let id = PaymentId::new(self.ids.next());
            let (payment, operation) = Payment::begin(id, draft.clone(), card, ask);
            match self.payments.insert(&payment, &operation, self.held_until()).await {
                Ok(()) => return Ok(Change::Done(self.run(Work { operation, payment }).await?)),
                Err(RecordError::KeyTaken | RecordError::NotAdmitted) => {}
                Err(RecordError::Store(error)) => return Err(error.into()),
            }
            if let Some(met) = self.meet(key.as_ref()).await? {
                return Ok(met);
            }
        }
    }

    /// What is known of the card that pays, if it is the customer's own or everybody's.
    async fn card_of(&self, draft: &PaymentDraft) -> Result<Option<Card>, PortError> {
        let token = draft.payment_method();
        if let Some(known) = self.provider.well_known(token) {
            return Ok(Some(Card {
                brand: known.brand,
                last4: known.last4,
            }));
        }
        let method = self.methods.find(token).await?;
        Ok(method
            .filter(|method| method.customer_id == draft.customer_id())
            .map(|method| method.card))
    }
}
