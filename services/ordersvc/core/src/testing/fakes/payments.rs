use std::{collections::VecDeque, sync::Mutex};

use async_trait::async_trait;
use kernel::PortError;
use tokio::sync::watch;

pub use self::charge::Charge;
use self::{
    books::{Books, Request},
    charge::{Asked, Refused},
};
use super::{Away, crossing, lock};
use crate::{
    PaymentId, PaymentSummary, StepKey,
    ports::{Authorization, PaymentError, Payments},
};

mod books;
mod charge;

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

#[derive(Default)]
struct State {
    books: Books,
    faults: VecDeque<Option<Fault>>,
    late: VecDeque<(String, Request)>,
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
        state.books.handle(&key, request, false);
        true
    }

    /// Payments find out what the provider has not said, as they do by themselves.
    pub fn resolve(&self) {
        lock(&self.state).books.resolve();
    }

    /// Every charge, declined ones too.
    pub fn charges(&self) -> Vec<Charge> {
        lock(&self.state).books.charges.values().cloned().collect()
    }

    /// How many requests were sent, those too that never arrived.
    pub fn asked(&self) -> usize {
        lock(&self.state).asked
    }

    /// Requests that break the contract of payments: one key for two requests.
    pub fn misuse(&self) -> Vec<String> {
        lock(&self.state).books.misuse.clone()
    }

    /// Staff give money back by hand: so much of it, if so much is there. False when it is not.
    pub fn refund_by_staff(&self, payment: PaymentId, amount: i64) -> bool {
        let begun = self.begin_refund_by_staff(payment, amount);
        self.end_refunds_by_staff();
        begun
    }

    /// The same, and the provider has not said that it did.
    pub fn begin_refund_by_staff(&self, payment: PaymentId, amount: i64) -> bool {
        match lock(&self.state).books.charges.get_mut(&payment) {
            Some(charge) if amount <= charge.left() => {
                charge.reserved += amount;
                true
            }
            _ => false,
        }
    }

    /// The provider gives back what staff asked it to.
    pub fn end_refunds_by_staff(&self) {
        for charge in lock(&self.state).books.charges.values_mut() {
            let reserved = std::mem::take(&mut charge.reserved);
            if reserved > 0 {
                charge.give_back(reserved);
            }
        }
    }

    /// The provider does not give back what staff asked it to.
    pub fn refuse_refunds_by_staff(&self) {
        for charge in lock(&self.state).books.charges.values_mut() {
            charge.reserved = 0;
        }
    }

    /// The provider lets go from now on of what it refused to let go of.
    pub fn relent(&self) {
        for charge in lock(&self.state).books.charges.values_mut() {
            charge.is_stubborn = false;
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
                None => state.books.handle(key.as_str(), request, false),
                Some(Fault::Undecided) => state.books.handle(key.as_str(), request, true),
                Some(Fault::LostRequest) => None,
                Some(Fault::LostReply) => {
                    state.books.handle(key.as_str(), request, false);
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
        Ok(state.books.charges.get(&payment).map(Charge::summary))
    }
}
