//! Turning a card into a token that pays.

use kernel::{Caller, InvalidInput, NotAllowed, PortError, Violation};

use crate::{
    Card, CardDetails, CardInput, InvalidCard, Paying,
    ports::{PaymentMethod, ProviderError, RefusalReason},
};

/// Why a card has no token. Tells nothing of the card.
#[derive(Debug, thiserror::Error)]
pub enum TokenizeError {
    /// Nobody is signed in whose card it could be.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// It is no card, or no longer good.
    #[error(transparent)]
    Invalid(#[from] InvalidCard),
    /// The provider or the store failed; nothing is left behind that matters.
    #[error(transparent)]
    Port(#[from] PortError),
}

kernel::classify!(TokenizeError { pass NotAllowed, Invalid, Port; });

impl Paying {
    /// Makes a token of the caller's card. Of the card only the provider's token, the brand, the last four digits
    /// and the fingerprint are kept.
    ///
    /// # Errors
    /// See [`TokenizeError`].
    pub async fn tokenize(&self, caller: &Caller, card: &CardInput<'_>) -> Result<PaymentMethod, TokenizeError> {
        let customer_id = caller.user_id().ok_or(NotAllowed)?;
        let now = self.clock.now();
        let details = CardDetails::read(card, now)?;
        let known = self.provider.tokenize(&details).await.map_err(|error| match error {
            ProviderError::Refused(reason) => TokenizeError::Invalid(refused(reason)),
            ProviderError::Unknown(error) => TokenizeError::Port(error),
        })?;
        let method = PaymentMethod {
            token: format!("pm_{}", self.ids.next().as_simple()),
            customer_id,
            provider_token: known.token,
            card: Card {
                brand: known.brand,
                last4: known.last4,
            },
            fingerprint: self.fingerprints.of(&details.number),
            created_at: now,
        };
        self.methods.insert(&method).await?;
        Ok(method)
    }
}

fn refused(reason: RefusalReason) -> InvalidCard {
    let violation = |field: &str| InvalidInput(vec![Violation::new(field, reason.explanation())]);
    match reason {
        RefusalReason::ExpiredCard => InvalidCard::Other(violation("exp_year")),
        RefusalReason::IncorrectCvc => InvalidCard::Other(violation("cvc")),
        _ => InvalidCard::Number(violation("number")),
    }
}
