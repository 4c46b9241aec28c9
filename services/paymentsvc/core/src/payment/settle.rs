use kernel::{Classify, ErrorKind, Kept, Refusal};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{CaptureMethod, Payment, PaymentId, PaymentSnapshot, Refund, Status};
use crate::{
    Movement, Operation, OperationId, OperationKind, OperationStatus, Transfer,
    event::{EventKind, PaymentEvent},
    ports::{ChargeId, Outcome, RefusalReason},
};

/// What became of an operation, with everything needed to settle it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settling {
    /// Which operation.
    pub operation_id: OperationId,
    /// What became of it at the provider.
    pub outcome: Outcome,
    /// When it is settled.
    pub now: OffsetDateTime,
    /// Identities of what comes of it.
    pub ids: SettleIds,
}

/// Identities of what settling may bring into being.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SettleIds {
    /// Of the event.
    pub event: Uuid,
    /// Of the transfers.
    pub transfers: [Uuid; 2],
    /// Of the operation that follows by itself.
    pub next: OperationId,
}

/// What comes of settling an operation, to be kept with the payment and the operation, all or nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlement {
    /// The movements of money.
    pub transfers: Vec<Transfer>,
    /// What is told to others.
    pub event: Option<PaymentEvent>,
    /// What follows by itself. Who settles holds it, to go on with it at once.
    pub next: Option<Operation>,
    /// What the call that asked is answered; none while what follows has taken over its key.
    pub answer: Option<Kept<Answer>>,
}

/// What a call that asked for an operation is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The payment as it was right after.
    pub payment: PaymentSnapshot,
    /// The refund, if one was asked for.
    pub refund: Option<Refund>,
}

/// The provider said no to what a call asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the provider refused: {}", reason.explanation())]
pub struct ProviderRefused {
    /// Why.
    pub reason: RefusalReason,
    /// The payment, which is kept.
    pub payment_id: PaymentId,
    /// The refund, if one was asked for; it is kept as failed.
    pub refund_id: Option<OperationId>,
}

impl Classify for ProviderRefused {
    fn kind(&self) -> ErrorKind {
        ErrorKind::WrongState
    }
    fn reason(&self) -> &str {
        self.reason.as_str()
    }
    fn metadata(&self) -> Vec<(String, String)> {
        let payment = ("payment_id".to_owned(), self.payment_id.to_string());
        let refund = self.refund_id.map(|id| ("refund_id".to_owned(), id.to_string()));
        std::iter::once(payment).chain(refund).collect()
    }
}

impl Payment {
    /// Settles a pending operation of this payment, and both change; `None` when it was settled before, and then
    /// nothing does.
    pub fn settle(&mut self, operation: &mut Operation, settling: &Settling) -> Option<Settlement> {
        if operation.status != OperationStatus::Pending {
            return None;
        }
        let (status, failure) = match &settling.outcome {
            Outcome::Done(_) => (OperationStatus::Succeeded, None),
            Outcome::Refused(reason) => (OperationStatus::Refused, Some(*reason)),
        };
        operation.status = status;
        operation.failure = failure;
        operation.updated_at = settling.now;
        self.touch(settling.now);
        self.decided(operation);
        let (movements, event) = match &settling.outcome {
            Outcome::Done(charge) => self.done(operation, charge),
            Outcome::Refused(reason) => (Vec::new(), self.refused(operation, *reason)),
        };
        let next = self.follow_up(operation, settling);
        let transfers = movements
            .into_iter()
            .zip(settling.ids.transfers)
            .map(|((movement, minor), id)| Transfer {
                id,
                payment_id: self.state.id,
                operation_id: operation.id,
                movement,
                amount: self.state.money(minor),
                created_at: settling.now,
            })
            .collect();
        Some(Settlement {
            transfers,
            event: event.map(|kind| PaymentEvent {
                id: settling.ids.event,
                actor: operation.actor.clone(),
                kind,
                payment: self.state.clone(),
                refund_id: (operation.kind == OperationKind::Refund).then_some(operation.id),
            }),
            answer: self.answer_to(operation),
            next,
        })
    }

    /// What a call that asked for this operation is answered; `None` while it, or what followed it by itself, is
    /// undecided.
    pub fn answer_to(&self, operation: &Operation) -> Option<Kept<Answer>> {
        match operation.status {
            OperationStatus::Pending => None,
            OperationStatus::Refused => {
                let refused = ProviderRefused {
                    reason: operation.failure?,
                    payment_id: self.state.id,
                    refund_id: (operation.kind == OperationKind::Refund).then_some(operation.id),
                };
                Refusal::of(&refused).map(Kept::Refusal)
            }
            OperationStatus::Succeeded if operation.kind == OperationKind::Authorize && self.captures_itself() => None,
            OperationStatus::Succeeded => Some(Kept::Answer(Answer {
                payment: self.state.clone(),
                refund: self
                    .state
                    .refunds
                    .iter()
                    .find(|refund| refund.id == operation.id)
                    .cloned(),
            })),
        }
    }

    /// Authorized, and its capture follows by itself.
    fn captures_itself(&self) -> bool {
        self.state.capture_method == CaptureMethod::Automatic && self.state.pending == Some(OperationKind::Capture)
    }

    /// It is no longer undecided.
    fn decided(&mut self, operation: &Operation) {
        if operation.kind != OperationKind::Refund {
            self.state.pending = None;
        }
        if let Some(refund) = self.state.refunds.iter_mut().find(|refund| refund.id == operation.id) {
            refund.status = operation.status;
            refund.failure = operation.failure;
        }
    }

    fn done(&mut self, operation: &Operation, charge: &ChargeId) -> (Vec<(Movement, i64)>, Option<EventKind>) {
        let amount = operation.amount.minor();
        let held = self.state.authorized_minor;
        match operation.kind {
            OperationKind::Authorize => {
                self.charge = Some(charge.clone());
                self.state.authorized_minor = amount;
                self.state.status = Status::RequiresCapture;
                (vec![(Movement::Hold, amount)], Some(EventKind::Authorized))
            }
            OperationKind::Capture => {
                self.state.captured_minor = amount;
                self.state.status = Status::Captured;
                self.state.failure = None;
                let movements = vec![(Movement::Release, held), (Movement::Capture, amount)];
                (movements, Some(EventKind::Captured))
            }
            OperationKind::Void => {
                self.state.status = Status::Voided;
                (vec![(Movement::Release, held)], Some(EventKind::Voided))
            }
            OperationKind::Refund => {
                self.state.refunded_minor += amount;
                self.state.status = if self.state.refunded_minor == self.state.captured_minor {
                    Status::Refunded
                } else {
                    Status::PartiallyRefunded
                };
                (vec![(Movement::Refund, amount)], Some(EventKind::Refunded))
            }
        }
    }

    fn refused(&mut self, operation: &Operation, reason: RefusalReason) -> Option<EventKind> {
        match operation.kind {
            OperationKind::Authorize => {
                self.state.status = Status::Declined;
                self.state.failure = Some(reason);
                Some(EventKind::Declined)
            }
            OperationKind::Capture => {
                self.state.failure = Some(reason);
                None
            }
            OperationKind::Void | OperationKind::Refund => None,
        }
    }

    /// An automatic payment is captured once it is authorized, and released when that is refused.
    fn follow_up(&mut self, settled: &Operation, settling: &Settling) -> Option<Operation> {
        if self.state.capture_method != CaptureMethod::Automatic {
            return None;
        }
        let kind = match (settled.kind, settled.status) {
            (OperationKind::Authorize, OperationStatus::Succeeded) => OperationKind::Capture,
            (OperationKind::Capture, OperationStatus::Refused) => OperationKind::Void,
            _ => return None,
        };
        self.state.pending = Some(kind);
        Some(Operation {
            id: settling.ids.next,
            kind,
            status: OperationStatus::Pending,
            failure: None,
            // Whoever asked for the payment waits for its capture; nobody waits for the release.
            key: settled.key.clone().filter(|_| kind == OperationKind::Capture),
            tries: 0,
            created_at: settling.now,
            updated_at: settling.now,
            ..settled.clone()
        })
    }
}
