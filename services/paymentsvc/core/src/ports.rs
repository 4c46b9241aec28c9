//! What payments need of the world. The comments are contracts: `testing::contract` holds every adapter to them.

mod payments;
mod provider;

use async_trait::async_trait;
use kernel::{PortError, UserId};
use time::OffsetDateTime;

pub use payments::{
    Backlog, Call, CallError, PaymentCursor, PaymentFilter, Payments, RecordError, Settled, Taken, TransferCursor, Work,
};
pub use provider::{Charge, ChargeId, ChargeRequest, Outcome, Provider, ProviderCard, ProviderError, RefusalReason};

use crate::{Card, CardNumber};

/// A card that somebody pays with: what is kept of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentMethod {
    /// What stands for it in requests: `pm_…`.
    pub token: String,
    /// Who made it, and alone may pay with it.
    pub customer_id: UserId,
    /// What stands for it at the provider.
    pub provider_token: String,
    /// What may be known of it.
    pub card: Card,
    /// The same for the same number, and tells nothing of it.
    pub fingerprint: String,
    /// When it was made.
    pub created_at: OffsetDateTime,
}

/// The cards that people pay with. MUST answer an error that classifies as UNAVAILABLE when the store is away.
#[async_trait]
pub trait PaymentMethods: Send + Sync {
    /// Keeps a card.
    async fn insert(&self, method: &PaymentMethod) -> Result<(), PortError>;

    /// The card of this token, whoever made it.
    async fn find(&self, token: &str) -> Result<Option<PaymentMethod>, PortError>;
}

/// What tells whether two cards have the same number, without the number.
pub trait Fingerprints: Send + Sync {
    /// MUST be the same for the same number as long as the key is, and MUST tell nothing of the number to whoever
    /// does not have the key.
    fn of(&self, number: &CardNumber) -> String;
}
