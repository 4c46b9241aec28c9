//! The provider `sandbox`: the process sandbox-psp, called as any provider would be. Whatever is not a clear answer
//! is [`ProviderError::Unknown`]: the same key tells later what became of it.

mod call;
mod cards;
mod messages;

use async_trait::async_trait;
use http::{Method, StatusCode};
use kernel::{Money, Page, PageSize, PortError};
use payment_core::{
    CardDetails, OperationId,
    ports::{Charge, ChargeId, ChargeRequest, Outcome, Provider, ProviderCard, ProviderError, RefusalReason},
};

pub use call::BadUrl;
use call::{Call, CallError, Peer, Reply};
use messages::{Amount, Booked, Card, CardToken, NewCharge, Nothing, OperationTold, Problem, Tokenized, Told};

/// A sandbox-psp somewhere.
#[derive(Debug)]
pub struct SandboxProvider {
    peer: Peer,
}

/// What is asked for; decides what a refusal that names no reason of its own means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Authorize,
    Capture,
    Void,
    Refund,
}

impl SandboxProvider {
    /// Calls the one at this address: `http://sandbox-psp:8090`. Connects when it is first needed.
    ///
    /// # Errors
    /// It is no such address.
    pub fn try_new(url: &str) -> Result<Self, BadUrl> {
        Ok(Self {
            peer: Peer::try_new(url)?,
        })
    }

    /// Asks for something to be done under a key.
    async fn ask(&self, kind: Kind, key: OperationId, path: String, body: String) -> Result<ChargeId, ProviderError> {
        let (name, before, after) = match kind {
            Kind::Authorize => ("authorize", "provider.authorize.before", "provider.authorize.after"),
            Kind::Capture => ("capture", "provider.capture.before", "provider.capture.after"),
            Kind::Void => ("void", "provider.void.before", "provider.void.after"),
            Kind::Refund => ("refund", "provider.refund.before", "provider.refund.after"),
        };
        failpoint::hit(before);
        let call = Call {
            name,
            method: Method::POST,
            path,
            key: Some(key),
            body,
        };
        let reply = self.peer.call(call).await.map_err(unknown)?;
        failpoint::hit(after);
        match outcome(kind, &reply).map_err(unknown)? {
            Outcome::Done(charge) => Ok(charge),
            Outcome::Refused(reason) => Err(ProviderError::Refused(reason)),
        }
    }

    async fn look(&self, name: &'static str, path: String) -> Result<Reply, CallError> {
        let call = Call {
            name,
            method: Method::GET,
            path,
            key: None,
            body: String::new(),
        };
        self.peer.call(call).await
    }

    async fn operation(&self, key: OperationId) -> Result<Option<Outcome>, CallError> {
        let reply = self.look("find", format!("/v1/operations/{key}")).await?;
        match reply.status {
            StatusCode::OK => {}
            // Anything else on the way may answer 404 too.
            StatusCode::NOT_FOUND if reply.problem().as_deref() == Some("not_found") => return Ok(None),
            _ => return Err(reply.misunderstood()),
        }
        let told: OperationTold<'_> = reply.read()?;
        let kind = match told.operation.as_str() {
            "authorize" => Kind::Authorize,
            "capture" => Kind::Capture,
            "void" => Kind::Void,
            "refund" => Kind::Refund,
            _ => return Err(reply.misunderstood()),
        };
        let answered = Reply {
            status: StatusCode::from_u16(told.status).map_err(|_| reply.misunderstood())?,
            body: told.body.get().to_owned().into(),
        };
        outcome(kind, &answered).map(Some)
    }

    /// Somebody else may have released it, in the provider's console; what is held too long lapses.
    async fn is_released(&self, charge: &ChargeId) -> Result<bool, ProviderError> {
        let reply = self
            .look("show", format!("/v1/charges/{charge}"))
            .await
            .map_err(unknown)?;
        if reply.status != StatusCode::OK {
            return Err(unknown(reply.misunderstood()));
        }
        let booked: Booked = reply.read().map_err(unknown)?;
        let shown = booked.charge().ok_or_else(|| unknown(reply.misunderstood()))?;
        Ok(shown.voided)
    }

    async fn charges(&self, after: Option<&str>, size: PageSize) -> Result<Page<Charge, String>, CallError> {
        let mut path = format!("/v1/charges?limit={}", size.get());
        if let Some(after) = after {
            path.push_str("&after=");
            path.push_str(after);
        }
        let reply = self.look("list_charges", path).await?;
        if reply.status != StatusCode::OK {
            return Err(reply.misunderstood());
        }
        let Told { charges, next } = reply.read()?;
        let items = charges.iter().map(Booked::charge).collect::<Option<_>>();
        Ok(Page {
            items: items.ok_or_else(|| reply.misunderstood())?,
            next,
        })
    }

    async fn token(&self, card: &CardDetails) -> Result<CardToken, CallError> {
        let body = messages::text(&Card {
            number: card.number.expose(),
            exp_month: card.expiry.month(),
            exp_year: card.expiry.year(),
            cvc: card.cvc.expose(),
        })?;
        let call = Call {
            name: "tokenize",
            method: Method::POST,
            path: "/v1/payment_methods".to_owned(),
            key: None,
            body,
        };
        let reply = self.peer.call(call).await?;
        match reply.status {
            StatusCode::OK => {
                let Tokenized { id, brand, last4 } = reply.read()?;
                Ok(CardToken::Made(ProviderCard {
                    token: id,
                    brand,
                    last4,
                }))
            }
            StatusCode::BAD_REQUEST if reply.problem().as_deref() == Some("invalid_number") => Ok(CardToken::NoCard),
            _ => Err(reply.misunderstood()),
        }
    }
}

#[async_trait]
impl Provider for SandboxProvider {
    async fn tokenize(&self, card: &CardDetails) -> Result<ProviderCard, ProviderError> {
        match self.token(card).await.map_err(unknown)? {
            CardToken::Made(card) => Ok(card),
            CardToken::NoCard => Err(ProviderError::Refused(RefusalReason::InvalidCardNumber)),
        }
    }

    fn well_known(&self, token: &str) -> Option<ProviderCard> {
        cards::well_known(token)
    }

    async fn authorize(&self, key: OperationId, request: &ChargeRequest) -> Result<ChargeId, ProviderError> {
        let body = messages::text(&NewCharge {
            amount: request.amount.minor(),
            currency: request.amount.currency().as_str(),
            payment_method: &request.card,
            reference: &request.payment_id.to_string(),
        });
        let path = "/v1/charges".to_owned();
        self.ask(Kind::Authorize, key, path, body.map_err(unknown)?).await
    }

    async fn capture(&self, key: OperationId, charge: &ChargeId, amount: Money) -> Result<(), ProviderError> {
        let body = Amount::text(amount).map_err(unknown)?;
        let path = format!("/v1/charges/{charge}/capture");
        self.ask(Kind::Capture, key, path, body).await.map(drop)
    }

    async fn void(&self, key: OperationId, charge: &ChargeId) -> Result<(), ProviderError> {
        let body = messages::text(&Nothing {}).map_err(unknown)?;
        let path = format!("/v1/charges/{charge}/void");
        match self.ask(Kind::Void, key, path, body).await {
            Err(ProviderError::Refused(RefusalReason::VoidRefused)) if self.is_released(charge).await? => Ok(()),
            answered => answered.map(drop),
        }
    }

    async fn refund(&self, key: OperationId, charge: &ChargeId, amount: Money) -> Result<(), ProviderError> {
        let body = Amount::text(amount).map_err(unknown)?;
        let path = format!("/v1/charges/{charge}/refunds");
        self.ask(Kind::Refund, key, path, body).await.map(drop)
    }

    async fn find(&self, key: OperationId) -> Result<Option<Outcome>, PortError> {
        self.operation(key).await.map_err(PortError::new)
    }

    async fn list_charges(&self, after: Option<&str>, size: PageSize) -> Result<Page<Charge, String>, PortError> {
        self.charges(after, size).await.map_err(PortError::new)
    }
}

fn unknown(error: CallError) -> ProviderError {
    ProviderError::Unknown(PortError::new(error))
}

/// What an answer says of an operation. One that says neither yes nor no for good says nothing.
fn outcome(kind: Kind, reply: &Reply) -> Result<Outcome, CallError> {
    if reply.status == StatusCode::OK {
        let Booked { id, .. } = reply.read()?;
        return Ok(Outcome::Done(ChargeId::new(id)));
    }
    let problem = reply.problem();
    match refusal(kind, reply.status, problem.as_deref().unwrap_or_default()) {
        Some(reason) => Ok(Outcome::Refused(reason)),
        None => Err(reply.misunderstood()),
    }
}

fn refusal(kind: Kind, status: StatusCode, code: &str) -> Option<RefusalReason> {
    let reason = match (status, code) {
        (StatusCode::PAYMENT_REQUIRED, "card_declined") => RefusalReason::CardDeclined,
        (StatusCode::PAYMENT_REQUIRED, "insufficient_funds") => RefusalReason::InsufficientFunds,
        (StatusCode::PAYMENT_REQUIRED, "expired_card") => RefusalReason::ExpiredCard,
        (StatusCode::PAYMENT_REQUIRED, "incorrect_cvc") => RefusalReason::IncorrectCvc,
        (StatusCode::PAYMENT_REQUIRED, "amount_too_large") => RefusalReason::AmountTooLarge,
        (StatusCode::PAYMENT_REQUIRED, "processing_error") => RefusalReason::ProcessingError,
        (StatusCode::PAYMENT_REQUIRED, "capture_refused") => RefusalReason::CaptureRefused,
        (StatusCode::PAYMENT_REQUIRED, "refund_refused") => RefusalReason::RefundRefused,
        (StatusCode::CONFLICT, "wrong_state") => match kind {
            Kind::Authorize => return None,
            Kind::Capture => RefusalReason::CaptureRefused,
            Kind::Void => RefusalReason::VoidRefused,
            Kind::Refund => RefusalReason::RefundRefused,
        },
        // A card that it does not know, however often it is asked.
        (StatusCode::BAD_REQUEST, "invalid_request") if kind == Kind::Authorize => RefusalReason::ProcessingError,
        _ => return None,
    };
    Some(reason)
}

impl Reply {
    /// The code of the error in it, if there is one.
    fn problem(&self) -> Option<String> {
        let problem: Problem = self.read().ok()?;
        Some(problem.error.code)
    }
}
