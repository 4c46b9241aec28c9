use std::fmt;

use async_trait::async_trait;
use kernel::{Money, Page, PageSize, PortError};

use crate::{CardDetails, OperationId, PaymentId};

/// Who moves the money.
///
/// An operation is asked for under a key. Asking again under the same key MUST never move money a second time and
/// MUST tell what became of it the first time, whenever that was. Every call MUST end within 3 s; what has not been
/// answered by then is [`ProviderError::Unknown`]. No answer MAY carry a card number or a CVC, and neither may be
/// kept, logged or traced.
#[async_trait]
pub trait Provider: Send + Sync {
    /// Hands a card over and answers what stands for it from then on.
    ///
    /// A card that is none is [`RefusalReason::InvalidCardNumber`]. Handing it over again does no harm.
    async fn tokenize(&self, card: &CardDetails) -> Result<ProviderCard, ProviderError>;

    /// The card behind a token that the provider gives to everybody, for trying things out; none in production.
    fn well_known(&self, token: &str) -> Option<ProviderCard>;

    /// Holds money of a card. Nothing is taken.
    async fn authorize(&self, key: OperationId, request: &ChargeRequest) -> Result<ChargeId, ProviderError>;

    /// Takes what is held, in part or whole, and releases the rest. Once a charge.
    async fn capture(&self, key: OperationId, charge: &ChargeId, amount: Money) -> Result<(), ProviderError>;

    /// Releases what is held. Of a charge that was released before, by whomever, it MUST succeed.
    async fn void(&self, key: OperationId, charge: &ChargeId) -> Result<(), ProviderError>;

    /// Gives back of what was taken.
    async fn refund(&self, key: OperationId, charge: &ChargeId, amount: Money) -> Result<(), ProviderError>;

    /// What became of the operation that was asked for under this key; `None` when it is not known there, so that
    /// nothing became of it yet. Moves no money.
    async fn find(&self, key: OperationId) -> Result<Option<Outcome>, PortError>;

    /// A page of the books, oldest first, from right after the place where the page before ended.
    ///
    /// MUST neither skip nor repeat a charge, however many are added.
    async fn list_charges(&self, after: Option<&str>, size: PageSize) -> Result<Page<Charge, String>, PortError>;
}

/// Why the provider did not do it.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// It said no, for good: asking again under the same key says no again.
    #[error("the provider refused: {0}")]
    Refused(RefusalReason),
    /// It may or may not have been done: ask again under the same key.
    #[error("the provider has not answered")]
    Unknown(#[source] PortError),
}

/// Why the provider said no. The names are part of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RefusalReason {
    /// The number is no card's.
    InvalidCardNumber,
    /// The bank does not want to.
    CardDeclined,
    /// There is not enough money.
    InsufficientFunds,
    /// The card is no longer good.
    ExpiredCard,
    /// The check value is another one.
    IncorrectCvc,
    /// More than the provider takes at once.
    AmountTooLarge,
    /// Something at the provider failed, and nothing was done.
    ProcessingError,
    /// What is held cannot be taken.
    CaptureRefused,
    /// What is held cannot be released.
    VoidRefused,
    /// What was taken cannot be given back.
    RefundRefused,
}

impl RefusalReason {
    /// Every reason.
    pub const ALL: [RefusalReason; 10] = [
        RefusalReason::InvalidCardNumber,
        RefusalReason::CardDeclined,
        RefusalReason::InsufficientFunds,
        RefusalReason::ExpiredCard,
        RefusalReason::IncorrectCvc,
        RefusalReason::AmountTooLarge,
        RefusalReason::ProcessingError,
        RefusalReason::CaptureRefused,
        RefusalReason::VoidRefused,
        RefusalReason::RefundRefused,
    ];

    /// The reason as callers see it.
    pub const fn as_str(self) -> &'static str {
        match self {
            RefusalReason::InvalidCardNumber => "INVALID_CARD_NUMBER",
            RefusalReason::CardDeclined => "CARD_DECLINED",
            RefusalReason::InsufficientFunds => "INSUFFICIENT_FUNDS",
            RefusalReason::ExpiredCard => "EXPIRED_CARD",
            RefusalReason::IncorrectCvc => "INCORRECT_CVC",
            RefusalReason::AmountTooLarge => "AMOUNT_TOO_LARGE",
            RefusalReason::ProcessingError => "PROCESSING_ERROR",
            RefusalReason::CaptureRefused => "CAPTURE_REFUSED",
            RefusalReason::VoidRefused => "VOID_REFUSED",
            RefusalReason::RefundRefused => "REFUND_REFUSED",
        }
    }

    /// In words, for people.
    pub const fn explanation(self) -> &'static str {
        match self {
            RefusalReason::InvalidCardNumber => "the number is no card's",
            RefusalReason::CardDeclined => "the card was declined",
            RefusalReason::InsufficientFunds => "there is not enough money",
            RefusalReason::ExpiredCard => "the card has expired",
            RefusalReason::IncorrectCvc => "the check value is wrong",
            RefusalReason::AmountTooLarge => "the amount is too large",
            RefusalReason::ProcessingError => "the card could not be processed",
            RefusalReason::CaptureRefused => "the money cannot be taken",
            RefusalReason::VoidRefused => "the money cannot be released",
            RefusalReason::RefundRefused => "the money cannot be given back",
        }
    }

    /// The reason of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == name)
    }
}

impl fmt::Display for RefusalReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What stands for a card at the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderCard {
    /// The provider's token: of use to nobody but us.
    pub token: String,
    /// Lower case: `visa`; `unknown` when the number does not tell.
    pub brand: String,
    /// The last four digits of the number.
    pub last4: String,
}

/// What to hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChargeRequest {
    /// Which payment asks: kept at the provider as the reference of the charge.
    pub payment_id: PaymentId,
    /// How much; more than nothing.
    pub amount: Money,
    /// [`ProviderCard::token`].
    pub card: String,
}

/// The provider's own id of a charge.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChargeId(String);

impl ChargeId {
    /// Takes an id that the provider gave.
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// As the provider gave it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ChargeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What became of an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was done, to this charge.
    Done(ChargeId),
    /// It was refused, and nothing moved.
    Refused(RefusalReason),
}

/// A charge on the books of the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charge {
    /// The provider's own id.
    pub id: ChargeId,
    /// Which payment asked for it; as it is at the provider, so it may be none of ours.
    pub reference: String,
    /// What is held, or was before it was taken or released. Nothing when the card was refused.
    pub authorized: Money,
    /// What was taken.
    pub captured: Money,
    /// What was given back.
    pub refunded: Money,
    /// It was released.
    pub voided: bool,
}
