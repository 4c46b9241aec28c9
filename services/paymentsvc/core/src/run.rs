//! What every call that asks the provider has in common: meet what its key met before, record, ask, settle, answer.

mod error;

use kernel::{Caller, Change, Classify, ErrorKind, IdempotencyKey, Kept, PortError, Refusal};

pub use self::error::{ChangeError, InFlight, PaymentPending, RunError};

use crate::{
    Answer, Ask, LEASE, NotPossible, Operation, OperationId, OperationKind, Paying, Payment, PaymentId, SettleIds,
    Settling,
    get::visible,
    ports::{Call, CallError, ChargeId, ChargeRequest, Outcome, ProviderError, RecordError, Settled, Taken, Work},
};

/// How often a call decides again when others are faster.
const ATTEMPTS: usize = 10;

/// What came of deciding once.
enum Attempt {
    Answered(Box<Answer>),
    /// The key was used, or somebody was faster; or else this.
    InTheWay(Option<ChangeError>),
}

impl Paying {
    /// Records the operation that `decide` finds right for the payment, and sees it through; none is an answer too.
    pub(crate) async fn change(
        &self,
        caller: &Caller,
        id: PaymentId,
        key: Option<IdempotencyKey>,
        decide: impl Fn(&Payment, Ask) -> Result<Option<Operation>, NotPossible> + Send + Sync,
    ) -> Result<Change<Answer>, ChangeError> {
        for _ in 0..ATTEMPTS {
            // Hardly any call has a key that was used: it is looked up when something is in the way.
            let otherwise = match self.change_now(caller, id, key.as_ref(), &decide).await? {
                Attempt::Answered(answer) => return Ok(Change::Done(*answer)),
                Attempt::InTheWay(otherwise) => otherwise,
            };
            if let Some(met) = self.meet(key.as_ref()).await? {
                return Ok(met);
            }
            if let Some(error) = otherwise {
                return Err(error);
            }
        }
        Err(NotPossible::Undecided.into())
    }

    /// The same, once, as if the key was not used before.
    async fn change_now(
        &self,
        caller: &Caller,
        id: PaymentId,
        key: Option<&IdempotencyKey>,
        decide: impl Fn(&Payment, Ask) -> Result<Option<Operation>, NotPossible> + Send + Sync,
    ) -> Result<Attempt, ChangeError> {
        let Some(mut payment) = visible(caller, self.payments.find(id).await?) else {
            return Ok(Attempt::InTheWay(Some(ChangeError::NotFound)));
        };
        let ask = Ask::new(self.next_operation(), caller.clone(), key.cloned(), self.clock.now());
        let answer = match decide(&payment, ask) {
            Ok(Some(operation)) => match self.payments.record(&operation, self.held_until()).await {
                Ok(()) => {
                    payment.note(&operation);
                    let answer = self.run(Work { operation, payment }).await?;
                    return Ok(Attempt::Answered(Box::new(answer)));
                }
                Err(RecordError::NotAdmitted | RecordError::KeyTaken) => return Ok(Attempt::InTheWay(None)),
                Err(RecordError::Store(error)) => return Err(error.into()),
            },
            Ok(None) => Kept::Answer(Answer {
                payment: payment.into_snapshot(),
                refund: None,
            }),
            Err(error) => match Refusal::of(&error) {
                Some(refusal) => Kept::Refusal(refusal),
                None => return Ok(Attempt::InTheWay(Some(error.into()))),
            },
        };
        if !self.keep(key, &answer).await? {
            return Ok(Attempt::InTheWay(None));
        }
        match answer {
            Kept::Answer(answer) => Ok(Attempt::Answered(Box::new(answer))),
            Kept::Refusal(refusal) => Err(RunError::Refused(refusal).into()),
        }
    }

    /// What a call meets that came before under its key: an answer, or an operation to see through.
    pub(crate) async fn meet(&self, key: Option<&IdempotencyKey>) -> Result<Option<Change<Answer>>, RunError> {
        let Some(key) = key else { return Ok(None) };
        for _ in 0..ATTEMPTS {
            let work = match self.payments.find_call(key).await? {
                None => return Ok(None),
                Some(Call::Kept(kept)) => return replay(*kept).map(Some),
                Some(Call::Recorded(work)) => work,
            };
            if let Some(kept) = work.payment.answer_to(&work.operation) {
                return replay(kept).map(Some);
            }
            let now = self.clock.now();
            match self.payments.take(work.operation.id, now, now + LEASE).await? {
                Taken::Held(work) => return Ok(Some(Change::Done(self.run(*work).await?))),
                Taken::Busy => break,
                Taken::Settled => {}
            }
        }
        Err(RunError::InFlight(InFlight))
    }

    /// Asks the provider for an operation that is held here, and for what follows by itself, until the call that
    /// asked has its answer and nothing is left to do.
    pub(crate) async fn run(&self, mut work: Work) -> Result<Answer, RunError> {
        let mut answer = None;
        loop {
            let payment_id = work.payment.id();
            let settled = match self.ask_and_settle(&work).await {
                Ok(settled) => settled,
                Err(source) => match answer {
                    Some(answer) => return told(answer),
                    None => return Err(PaymentPending::new(payment_id, source).into()),
                },
            };
            answer = answer.or(settled.answer);
            match (settled.next, answer) {
                (Some(operation), given) => {
                    answer = given;
                    work = Work {
                        operation,
                        payment: settled.payment,
                    };
                }
                (None, Some(answer)) => return told(answer),
                // Somebody else settled it and is at what follows.
                (None, None) => return Err(RunError::InFlight(InFlight)),
            }
        }
    }

    async fn ask_and_settle(&self, work: &Work) -> Result<Settled, PortError> {
        match self.ask(work).await {
            Ok(outcome) => self.settle(work.operation.id, outcome, Some(work)).await,
            Err(unknown) => {
                self.postpone(&work.operation).await;
                Err(unknown)
            }
        }
    }

    pub(crate) async fn settle(
        &self,
        operation_id: OperationId,
        outcome: Outcome,
        seen: Option<&Work>,
    ) -> Result<Settled, PortError> {
        let settling = Settling {
            operation_id,
            outcome,
            now: self.clock.now(),
            ids: SettleIds {
                event: self.ids.next(),
                transfers: [self.ids.next(), self.ids.next()],
                next: self.next_operation(),
            },
        };
        self.payments.settle(&settling, seen, self.held_until()).await
    }

    /// Lets go of an operation without an answer. If that fails too, it is let go of when the lease runs out.
    async fn postpone(&self, operation: &Operation) {
        let now = self.clock.now();
        let asked = Operation {
            tries: operation.tries.max(1),
            ..operation.clone()
        };
        let _ = self.payments.postpone(operation.id, asked.next_try_at(now)).await;
    }

    /// Asks the provider under the operation's own id: again, if it was asked before.
    pub(crate) async fn ask(&self, work: &Work) -> Result<Outcome, PortError> {
        let Work { operation, payment } = work;
        let key = operation.id;
        if operation.kind == OperationKind::Authorize {
            let request = ChargeRequest {
                payment_id: payment.id(),
                amount: operation.amount,
                card: self.provider_token(payment).await?,
            };
            return decided(self.provider.authorize(key, &request).await);
        }
        let charge = payment.charge().ok_or_else(|| PortError::new(Missing("charge")))?;
        let asked = match operation.kind {
            OperationKind::Void => self.provider.void(key, charge).await,
            OperationKind::Refund => self.provider.refund(key, charge, operation.amount).await,
            OperationKind::Capture | OperationKind::Authorize => {
                self.provider.capture(key, charge, operation.amount).await
            }
        };
        decided(asked.map(|()| charge.clone()))
    }

    /// The card of a payment that was recorded with it.
    async fn provider_token(&self, payment: &Payment) -> Result<String, PortError> {
        let token = payment.payment_method();
        if let Some(card) = self.provider.well_known(token) {
            return Ok(card.token);
        }
        let method = self.methods.find(token).await?;
        method
            .map(|method| method.provider_token)
            .ok_or_else(|| PortError::new(Missing("card")))
    }

    async fn keep(&self, key: Option<&IdempotencyKey>, answer: &Kept<Answer>) -> Result<bool, CallError> {
        match key {
            Some(key) => self.payments.keep(key, answer).await,
            None => Ok(true),
        }
    }

    pub(crate) fn held_until(&self) -> time::OffsetDateTime {
        self.clock.now() + LEASE
    }
}

/// What the kept rows of a payment must have, and do not: a bug of ours.
#[derive(Debug, thiserror::Error)]
#[error("a payment has no {0}")]
struct Missing(&'static str);

impl Classify for Missing {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Internal
    }
    fn reason(&self) -> &str {
        "INTERNAL"
    }
}

fn decided(asked: Result<ChargeId, ProviderError>) -> Result<Outcome, PortError> {
    match asked {
        Ok(charge) => Ok(Outcome::Done(charge)),
        Err(ProviderError::Refused(reason)) => Ok(Outcome::Refused(reason)),
        Err(ProviderError::Unknown(error)) => Err(error),
    }
}

fn told(kept: Kept<Answer>) -> Result<Answer, RunError> {
    match kept {
        Kept::Answer(answer) => Ok(answer),
        Kept::Refusal(refusal) => Err(RunError::Refused(refusal)),
    }
}

fn replay(kept: Kept<Answer>) -> Result<Change<Answer>, RunError> {
    match kept {
        Kept::Answer(answer) => Ok(Change::Replayed(answer)),
        Kept::Refusal(refusal) => Err(RunError::Replayed(refusal)),
    }
}
