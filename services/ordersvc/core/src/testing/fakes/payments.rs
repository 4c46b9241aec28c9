use std::{
    collections::{BTreeMap, VecDeque},
    sync::Mutex,
};

use async_trait::async_trait;
use kernel::{Money, PortError};
use tokio::sync::watch;
use uuid::Uuid;

use super::{Away, crossing, lock};
use crate::{
    OrderId, PaymentId, PaymentStatus, PaymentSummary, StepKey,
    ports::{Authorization, PaymentError, Payments},
};

/// What goes wrong with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It never arrives.
    LostRequest,
    /// It is done, and the answer does not come back.
    LostReply,
    /// It is recorded; the provider says nothing until it is asked for again, or payments
    /// [find out](InMemoryPayments::resolve).
    Undecided,
    /// Nobody hears of it, and it arrives after all when [`InMemoryPayments::deliver_late`] says so.
    Late,
}

/// Where a request is held up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gate {
    /// Nowhere.
    Open,
    /// On its way there: nothing is done yet.
    Requests,
    /// On its way back: it is done, and nobody knows.
    Answers,
}

/// Money held or taken for an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charge {
    /// Which payment.
    pub id: PaymentId,
    /// For which order.
    pub order_id: OrderId,
    /// Where it is.
    pub status: PaymentStatus,
    /// What was held.
    pub amount: Money,
    /// What was taken.
    pub captured: i64,
    /// What was given back.
    pub refunded: i64,
    reserved: i64,
    payment_method: String,
    pending: Option<Asked>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    Authorize,
    Capture,
    Void,
    Refund,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Request {
    Authorize(Authorization),
    Of(Asked, PaymentId),
}

type Outcome = Result<PaymentId, Refused>;

#[derive(Debug, Clone, PartialEq, Eq)]
struct Refused {
    reason: &'static str,
    payment: Option<PaymentId>,
}

#[derive(Debug)]
struct Operation {
    request: Request,
    payment: Option<PaymentId>,
    outcome: Option<Outcome>,
}

#[derive(Default)]
struct State {
    charges: BTreeMap<PaymentId, Charge>,
    operations: BTreeMap<String, Operation>,
    faults: VecDeque<Option<Fault>>,
    late: VecDeque<(String, Request)>,
    misuse: Vec<String>,
    asked: usize,
}

/// Payments that behave as `payment.v1` does, its sandbox behind it: what a payment method does is in its
/// name, what goes wrong on the way is injected.
pub struct InMemoryPayments {
    state: Mutex<State>,
    gate: watch::Sender<(Gate, usize)>,
}

impl Default for InMemoryPayments {
    fn default() -> Self {
        Self {
            state: Mutex::default(),
            gate: watch::Sender::new((Gate::Open, 0)),
        }
    }
}

impl InMemoryPayments {
    /// Holds up every request but the next so many, or lets all go on.
    pub fn hold(&self, at: Gate, but: usize) {
        let from = lock(&self.state).asked + but;
        self.gate.send_replace((at, from));
    }

    async fn pass(&self, gate: Gate, number: usize) {
        crossing().await;
        // The sender lives as long as we do.
        let _ = self
            .gate
            .subscribe()
            .wait_for(|(closed, from)| *closed != gate || number < *from)
            .await;
    }

    /// What goes wrong with the next requests, one after the other; `None` is a request that goes well.
    pub fn inject(&self, faults: impl IntoIterator<Item = Option<Fault>>) {
        lock(&self.state).faults.extend(faults);
    }

    /// Forgets what was to go wrong.
    pub fn heal(&self) {
        lock(&self.state).faults.clear();
    }

    /// Delivers the oldest request that is late; false when there is none.
    pub fn deliver_late(&self) -> bool {
        let mut state = lock(&self.state);
        let Some((key, request)) = state.late.pop_front() else {
            return false;
        };
        state.handle(&key, request, false);
        true
    }

    /// Payments find out what the provider has not said, as they do by themselves.
    pub fn resolve(&self) {
        let mut state = lock(&self.state);
        let undecided = state
            .operations
            .iter()
            .filter(|(_, operation)| operation.outcome.is_none());
        let keys: Vec<String> = undecided.map(|(key, _)| key.clone()).collect();
        for key in keys {
            state.decide(&key);
        }
    }

    /// Every charge, declined ones too.
    pub fn charges(&self) -> Vec<Charge> {
        lock(&self.state).charges.values().cloned().collect()
    }

    /// How many requests were sent, those too that never arrived.
    pub fn asked(&self) -> usize {
        lock(&self.state).asked
    }

    /// Requests that break the contract of payments: one key for two requests.
    pub fn misuse(&self) -> Vec<String> {
        lock(&self.state).misuse.clone()
    }

    /// Staff give money back by hand: so much of it, if so much is there. False when it is not.
    pub fn refund_by_staff(&self, payment: PaymentId, amount: i64) -> bool {
        let begun = self.begin_refund_by_staff(payment, amount);
        self.end_refunds_by_staff();
        begun
    }

    /// The same, and the provider has not said that it did.
    pub fn begin_refund_by_staff(&self, payment: PaymentId, amount: i64) -> bool {
        match lock(&self.state).charges.get_mut(&payment) {
            Some(charge) if amount <= charge.captured - charge.refunded - charge.reserved => {
                charge.reserved += amount;
                true
            }
            _ => false,
        }
    }

    /// The provider gives back what staff asked it to.
    pub fn end_refunds_by_staff(&self) {
        for charge in lock(&self.state).charges.values_mut() {
            let reserved = std::mem::take(&mut charge.reserved);
            if reserved > 0 {
                charge.give_back(reserved);
            }
        }
    }

    async fn ask(&self, key: &StepKey, request: Request) -> Result<PaymentId, PaymentError> {
        let number = {
            let mut state = lock(&self.state);
            state.asked += 1;
            state.asked - 1
        };
        self.pass(Gate::Requests, number).await;
        let outcome = {
            let mut state = lock(&self.state);
            match state.faults.pop_front().flatten() {
                None => state.handle(key.as_str(), request, false),
                Some(Fault::Undecided) => state.handle(key.as_str(), request, true),
                Some(Fault::LostRequest) => None,
                Some(Fault::LostReply) => {
                    state.handle(key.as_str(), request, false);
                    None
                }
                Some(Fault::Late) => {
                    state.late.push_back((key.to_string(), request));
                    None
                }
            }
        };
        self.pass(Gate::Answers, number).await;
        match outcome {
            Some(Ok(payment)) => Ok(payment),
            Some(Err(Refused { reason, payment })) => Err(PaymentError::Refused {
                reason: reason.to_owned(),
                payment_id: payment,
            }),
            None => Err(PaymentError::Unknown(PortError::new(Away))),
        }
    }
}

impl State {
    /// What becomes of a request; nothing while it is undecided. The same key never acts twice.
    fn handle(&mut self, key: &str, request: Request, is_undecided: bool) -> Option<Outcome> {
        if let Some(known) = self.operations.get(key) {
            if known.request != request {
                self.misuse
                    .push(format!("{key}: {:?}, then {request:?}", known.request));
            }
            if known.outcome.is_some() {
                return known.outcome.clone();
            }
        } else {
            let refused = self.refused_at_once(&request);
            match refused {
                Some(None) => return None,
                Some(Some(outcome)) => return self.record(key, request, Some(outcome)),
                None => {}
            }
            self.begin(key, request);
        }
        if is_undecided {
            return None;
        }
        self.decide(key)
    }

    /// What can be told without the provider; `Some(None)` is to be asked again, and leaves nothing behind.
    fn refused_at_once(&self, request: &Request) -> Option<Option<Outcome>> {
        let Request::Of(asked, id) = request else { return None };
        let no = |reason| {
            Some(Some(Err(Refused {
                reason,
                payment: Some(*id),
            })))
        };
        let Some(charge) = self.charges.get(id) else {
            return no("PAYMENT_NOT_FOUND");
        };
        let done = Some(Some(Ok(*id)));
        match (asked, charge.status) {
            _ if charge.pending.is_some() => Some(None),
            (_, PaymentStatus::Processing) => Some(None),
            (Asked::Capture | Asked::Void, PaymentStatus::RequiresCapture) => None,
            (Asked::Capture, PaymentStatus::Voided) => no("PAYMENT_VOIDED"),
            (Asked::Capture, PaymentStatus::Declined) => no("PAYMENT_DECLINED"),
            (Asked::Capture, _) => done,
            (Asked::Void, PaymentStatus::Voided | PaymentStatus::Declined) => done,
            (Asked::Void, _) => no(PaymentError::CAPTURED),
            (Asked::Refund, _) if charge.captured == charge.refunded + charge.reserved => done,
            (Asked::Refund | Asked::Authorize, _) => None,
        }
    }

    fn record(&mut self, key: &str, request: Request, outcome: Option<Outcome>) -> Option<Outcome> {
        let payment = match &request {
            Request::Of(_, id) => Some(*id),
            Request::Authorize(_) => None,
        };
        let operation = Operation {
            request,
            payment,
            outcome: outcome.clone(),
        };
        self.operations.insert(key.to_owned(), operation);
        outcome
    }

    /// Recorded, before the provider is asked.
    fn begin(&mut self, key: &str, request: Request) {
        let (id, asked) = match &request {
            Request::Authorize(wanted) => {
                let number = u128::try_from(self.charges.len()).unwrap_or(u128::MAX);
                let id = PaymentId::new(Uuid::from_u128(0xfa_0000_0000 + number));
                let charge = Charge {
                    id,
                    order_id: wanted.order_id,
                    status: PaymentStatus::Processing,
                    amount: wanted.amount,
                    captured: 0,
                    refunded: 0,
                    reserved: 0,
                    payment_method: wanted.payment_method.clone(),
                    pending: None,
                };
                self.charges.insert(id, charge);
                (id, Asked::Authorize)
            }
            Request::Of(asked, id) => (*id, *asked),
        };
        if let Some(charge) = self.charges.get_mut(&id) {
            charge.pending = Some(asked);
        }
        let operation = Operation {
            request,
            payment: Some(id),
            outcome: None,
        };
        self.operations.insert(key.to_owned(), operation);
    }

    /// The provider answers.
    fn decide(&mut self, key: &str) -> Option<Outcome> {
        let operation = self.operations.get_mut(key)?;
        let charge = self.charges.get_mut(&operation.payment?)?;
        let outcome = charge.decided();
        operation.outcome = Some(outcome.clone());
        Some(outcome)
    }
}

impl Charge {
    /// Nothing is held, and nothing that was taken is still there.
    pub fn is_all_back(&self) -> bool {
        self.summary().is_all_back()
    }

    fn summary(&self) -> PaymentSummary {
        let currency = self.amount.currency();
        PaymentSummary {
            order_id: Some(self.order_id),
            status: self.status,
            captured: Money::new(self.captured, currency),
            refunded: Money::new(self.refunded, currency),
        }
    }

    fn decided(&mut self) -> Outcome {
        let asked = self.pending.take();
        let refusal = match (asked, self.payment_method.as_str()) {
            (Some(Asked::Authorize), "pm_card_declined") => Some("CARD_DECLINED"),
            (Some(Asked::Authorize), "pm_card_insufficient_funds") => Some("INSUFFICIENT_FUNDS"),
            (Some(Asked::Capture), "pm_card_capture_refused") => Some("CAPTURE_REFUSED"),
            (Some(Asked::Refund), "pm_card_refund_refused") => Some("REFUND_REFUSED"),
            _ => None,
        };
        if asked == Some(Asked::Authorize) {
            self.status = match refusal {
                Some(_) => PaymentStatus::Declined,
                None => PaymentStatus::RequiresCapture,
            };
        }
        if let Some(reason) = refusal {
            return Err(Refused {
                reason,
                payment: Some(self.id),
            });
        }
        match asked {
            Some(Asked::Capture) => {
                self.captured = self.amount.minor();
                self.status = PaymentStatus::Captured;
            }
            Some(Asked::Void) => self.status = PaymentStatus::Voided,
            Some(Asked::Refund) => self.give_back(self.captured - self.refunded - self.reserved),
            Some(Asked::Authorize) | None => {}
        }
        Ok(self.id)
    }

    fn give_back(&mut self, amount: i64) {
        self.refunded += amount;
        self.status = if self.refunded == self.captured {
            PaymentStatus::Refunded
        } else {
            PaymentStatus::PartiallyRefunded
        };
    }
}

#[async_trait]
impl Payments for InMemoryPayments {
    async fn authorize(&self, key: &StepKey, request: Authorization) -> Result<PaymentId, PaymentError> {
        self.ask(key, Request::Authorize(request)).await
    }

    async fn capture(&self, key: &StepKey, payment: PaymentId) -> Result<(), PaymentError> {
        self.ask(key, Request::Of(Asked::Capture, payment)).await.map(drop)
    }

    async fn void(&self, key: &StepKey, payment: PaymentId) -> Result<(), PaymentError> {
        self.ask(key, Request::Of(Asked::Void, payment)).await.map(drop)
    }

    async fn refund(&self, key: &StepKey, payment: PaymentId) -> Result<(), PaymentError> {
        self.ask(key, Request::Of(Asked::Refund, payment)).await.map(drop)
    }

    async fn find(&self, payment: PaymentId) -> Result<Option<PaymentSummary>, PortError> {
        crossing().await;
        let state = lock(&self.state);
        Ok(state.charges.get(&payment).map(Charge::summary))
    }
}
