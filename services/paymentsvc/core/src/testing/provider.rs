use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use kernel::{Classify, ErrorKind, Money, Page, PageSize, PortError};
use tokio::sync::watch;

use crate::{
    CardDetails, OperationId, OperationKind,
    ports::{Charge, ChargeId, ChargeRequest, Outcome, Provider, ProviderCard, ProviderError, RefusalReason},
};

/// The provider, or the way to it, is away.
#[derive(Debug, thiserror::Error)]
#[error("the provider is away")]
pub struct Away;

impl Classify for Away {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Unavailable
    }
    fn reason(&self) -> &str {
        "PROVIDER_UNAVAILABLE"
    }
}

/// What goes wrong with one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The question never arrives.
    Unasked,
    /// It is done, and the answer never arrives.
    Unanswered,
    /// It is refused, for good.
    Refused(RefusalReason),
}

/// A provider in memory, which behaves as the sandbox does: by the name of the card. What goes wrong beside that is
/// told beforehand, call by call.
#[derive(Debug)]
pub struct FakeProvider {
    state: Mutex<State>,
    open: watch::Sender<bool>,
}

#[derive(Debug, Default)]
struct State {
    charges: BTreeMap<String, Booked>,
    answers: HashMap<OperationId, Answered>,
    faults: VecDeque<Fault>,
    away: bool,
    asked: Vec<(OperationKind, OperationId)>,
    cards: usize,
}

#[derive(Debug)]
struct Booked {
    charge: Charge,
    card: String,
}

#[derive(Debug, Clone)]
struct Answered {
    question: String,
    outcome: Outcome,
}

impl Default for FakeProvider {
    fn default() -> Self {
        Self {
            state: Mutex::default(),
            open: watch::channel(true).0,
        }
    }
}

impl FakeProvider {
    /// Comes or goes.
    pub fn set_away(&self, away: bool) {
        self.state().away = away;
    }

    /// What goes wrong with the next calls, one each.
    pub fn fail(&self, faults: impl IntoIterator<Item = Fault>) {
        self.state().faults.extend(faults);
    }

    /// Lets calls through, or has them wait.
    pub fn set_open(&self, open: bool) {
        self.open.send_replace(open);
    }

    /// What was asked for, in order, whatever became of it.
    pub fn asked(&self) -> Vec<(OperationKind, OperationId)> {
        self.state().asked.clone()
    }

    /// What is on the books.
    pub fn charges(&self) -> Vec<Charge> {
        self.state()
            .charges
            .values()
            .map(|booked| booked.charge.clone())
            .collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn answer(
        &self,
        kind: OperationKind,
        key: OperationId,
        question: String,
        act: impl FnOnce(&mut State) -> Outcome + Send,
    ) -> Result<ChargeId, ProviderError> {
        self.state().asked.push((kind, key));
        let mut open = self.open.subscribe();
        // The sender lives as long as this fake.
        let _ = open.wait_for(|open| *open).await;
        let mut state = self.state();
        let fault = state.faults.pop_front();
        if state.away || fault == Some(Fault::Unasked) {
            return Err(ProviderError::Unknown(PortError::new(Away)));
        }
        let mut dropped = fault == Some(Fault::Unanswered);
        let answered = match state.answers.get(&key) {
            Some(answered) => answered.clone(),
            None => {
                let outcome = match fault {
                    Some(Fault::Refused(reason)) => Outcome::Refused(reason),
                    _ => act(&mut state),
                };
                dropped |= question.ends_with("pm_card_lost_reply");
                let answered = Answered {
                    question: question.clone(),
                    outcome,
                };
                state.answers.insert(key, answered.clone());
                answered
            }
        };
        assert_eq!(answered.question, question, "{key} was used for something else");
        match answered.outcome {
            _ if dropped => Err(ProviderError::Unknown(PortError::new(Away))),
            Outcome::Done(charge) => Ok(charge),
            Outcome::Refused(reason) => Err(ProviderError::Refused(reason)),
        }
    }
}

impl State {
    fn authorize(&mut self, request: &ChargeRequest) -> Outcome {
        let refused = match request.card.as_str() {
            "pm_card_declined" => Some(RefusalReason::CardDeclined),
            "pm_card_insufficient_funds" => Some(RefusalReason::InsufficientFunds),
            "pm_card_expired" => Some(RefusalReason::ExpiredCard),
            "pm_card_incorrect_cvc" => Some(RefusalReason::IncorrectCvc),
            "pm_card_processing_error" => Some(RefusalReason::ProcessingError),
            _ => None,
        };
        let id = ChargeId::new(format!("ch_{:08}", self.charges.len() + 1));
        let nothing = Money::zero(request.amount.currency());
        let booked = Booked {
            charge: Charge {
                id: id.clone(),
                reference: request.payment_id.to_string(),
                authorized: if refused.is_some() { nothing } else { request.amount },
                captured: nothing,
                refunded: nothing,
                voided: false,
            },
            card: request.card.clone(),
        };
        self.charges.insert(id.as_str().to_owned(), booked);
        refused.map_or(Outcome::Done(id), Outcome::Refused)
    }

    fn change(
        &mut self,
        id: &ChargeId,
        refusal: RefusalReason,
        refusing_card: &str,
        change: impl FnOnce(&mut Charge) -> bool,
    ) -> Outcome {
        let booked = self.charges.get_mut(id.as_str());
        let done = booked.is_some_and(|booked| booked.card != refusing_card && change(&mut booked.charge));
        if done {
            Outcome::Done(id.clone())
        } else {
            Outcome::Refused(refusal)
        }
    }
}

#[async_trait]
impl Provider for FakeProvider {
    async fn tokenize(&self, card: &CardDetails) -> Result<ProviderCard, ProviderError> {
        let mut state = self.state();
        let fault = state.faults.pop_front();
        if state.away || matches!(fault, Some(Fault::Unasked | Fault::Unanswered)) {
            return Err(ProviderError::Unknown(PortError::new(Away)));
        }
        if let Some(Fault::Refused(reason)) = fault {
            return Err(ProviderError::Refused(reason));
        }
        state.cards += 1;
        Ok(ProviderCard {
            token: format!("card_{}", state.cards),
            brand: "visa".to_owned(),
            last4: card.number.last4().to_owned(),
        })
    }

    fn well_known(&self, token: &str) -> Option<ProviderCard> {
        token.starts_with("pm_card_").then(|| ProviderCard {
            token: token.to_owned(),
            brand: "visa".to_owned(),
            last4: "4242".to_owned(),
        })
    }

    async fn authorize(&self, key: OperationId, request: &ChargeRequest) -> Result<ChargeId, ProviderError> {
        let question = format!(
            "authorize {} of {} with {}",
            request.amount.minor(),
            request.payment_id,
            request.card
        );
        self.answer(OperationKind::Authorize, key, question, |state| {
            state.authorize(request)
        })
        .await
    }

    async fn capture(&self, key: OperationId, charge: &ChargeId, amount: Money) -> Result<(), ProviderError> {
        let question = format!("capture {} of {charge}", amount.minor());
        let act = |state: &mut State| {
            let refusing = "pm_card_capture_refused";
            state.change(charge, RefusalReason::CaptureRefused, refusing, |booked| {
                let possible =
                    !booked.voided && booked.captured.minor() == 0 && amount.minor() <= booked.authorized.minor();
                if possible {
                    booked.captured = amount;
                }
                possible
            })
        };
        self.answer(OperationKind::Capture, key, question, act).await.map(drop)
    }

    async fn void(&self, key: OperationId, charge: &ChargeId) -> Result<(), ProviderError> {
        let act = |state: &mut State| {
            state.change(charge, RefusalReason::VoidRefused, "", |booked| {
                let possible = booked.captured.minor() == 0 && booked.authorized.minor() > 0;
                booked.voided |= possible;
                possible
            })
        };
        let question = format!("void {charge}");
        self.answer(OperationKind::Void, key, question, act).await.map(drop)
    }

    async fn refund(&self, key: OperationId, charge: &ChargeId, amount: Money) -> Result<(), ProviderError> {
        let question = format!("refund {} of {charge}", amount.minor());
        let act = |state: &mut State| {
            let refusing = "pm_card_refund_refused";
            state.change(charge, RefusalReason::RefundRefused, refusing, |booked| {
                let refunded = booked.refunded.checked_add(amount).unwrap_or(booked.captured);
                let possible = amount.minor() > 0 && refunded.minor() <= booked.captured.minor();
                if possible {
                    booked.refunded = refunded;
                }
                possible
            })
        };
        self.answer(OperationKind::Refund, key, question, act).await.map(drop)
    }

    async fn find(&self, key: OperationId) -> Result<Option<Outcome>, PortError> {
        let state = self.state();
        if state.away {
            return Err(PortError::new(Away));
        }
        Ok(state.answers.get(&key).map(|answered| answered.outcome.clone()))
    }

    async fn list_charges(&self, after: Option<&str>, size: PageSize) -> Result<Page<Charge, String>, PortError> {
        let state = self.state();
        if state.away {
            return Err(PortError::new(Away));
        }
        let charges = state
            .charges
            .iter()
            .filter(|(id, _)| after.is_none_or(|after| id.as_str() > after))
            .take(usize::from(size.get()) + 1)
            .map(|(_, booked)| booked.charge.clone())
            .collect();
        Ok(Page::of(charges, size, |charge: &Charge| charge.id.to_string()))
    }
}
