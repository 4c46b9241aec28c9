use std::collections::BTreeMap;

use uuid::Uuid;

use super::charge::{Asked, Charge, Outcome, Refused};
use crate::{
    PaymentId, PaymentStatus,
    ports::{Authorization, PaymentError},
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Request {
    Authorize(Authorization),
    Of(Asked, PaymentId),
}

#[derive(Debug)]
struct Operation {
    request: Request,
    payment: Option<PaymentId>,
    outcome: Option<Outcome>,
}

/// Every payment and everything that was ever asked, by its key.
#[derive(Default)]
pub(super) struct Books {
    pub(super) charges: BTreeMap<PaymentId, Charge>,
    pub(super) misuse: Vec<String>,
    operations: BTreeMap<String, Operation>,
}

impl Books {
    /// What becomes of a request; nothing while it is undecided. The same key never acts twice.
    pub(super) fn handle(&mut self, key: &str, request: Request, is_undecided: bool) -> Option<Outcome> {
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
            (Asked::Refund, _) if charge.left() == 0 && charge.reserved > 0 => Some(None),
            (Asked::Refund, _) if charge.left() == 0 => done,
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
                self.charges.insert(id, Charge::processing(id, wanted));
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

    /// The provider answers whatever it has not answered.
    pub(super) fn resolve(&mut self) {
        let undecided = self
            .operations
            .iter()
            .filter(|(_, operation)| operation.outcome.is_none());
        let keys: Vec<String> = undecided.map(|(key, _)| key.clone()).collect();
        for key in keys {
            self.decide(&key);
        }
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
