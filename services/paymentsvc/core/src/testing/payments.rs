use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use kernel::{IdempotencyKey, Kept, KeyReused, Page, PageSize, PortError};
use time::OffsetDateTime;

use super::Away;
use crate::{
    Answer, Operation, OperationId, OperationKind, OperationStatus, Payment, PaymentEvent, PaymentId, PaymentSnapshot,
    Settling, Transfer,
    ports::{
        Backlog, Call, CallError, PaymentCursor, PaymentFilter, Payments, RecordError, Settled, Taken, TransferCursor,
        Work,
    },
};

/// Payments in memory.
#[derive(Debug, Default)]
pub struct InMemoryPayments(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    payments: BTreeMap<PaymentId, Payment>,
    operations: BTreeMap<OperationId, Row>,
    transfers: Vec<Transfer>,
    events: Vec<PaymentEvent>,
    keys: HashMap<(String, &'static str, String), KeyRow>,
    away: bool,
    failing_settlements: usize,
}

#[derive(Debug)]
struct Row {
    operation: Operation,
    due_at: OffsetDateTime,
    held_until: OffsetDateTime,
}

#[derive(Debug)]
struct KeyRow {
    fingerprint: [u8; 32],
    /// None while the operation is undecided.
    answer: Option<Kept<Answer>>,
}

impl InMemoryPayments {
    /// Comes or goes.
    pub fn set_away(&self, away: bool) {
        self.lock().away = away;
    }

    /// Fails to settle so many times, as if the store went away between asking and settling.
    pub fn fail_settlements(&self, times: usize) {
        self.lock().failing_settlements = times;
    }

    /// Forgets every answer, as happens to them after a day.
    pub fn forget_answers(&self) {
        self.lock().keys.clear();
    }

    /// The ledger, oldest first.
    pub fn transfers(&self) -> Vec<Transfer> {
        self.lock().transfers.clone()
    }

    /// What happened, oldest first.
    pub fn events(&self) -> Vec<PaymentEvent> {
        self.lock().events.clone()
    }

    /// The operations, oldest first.
    pub fn operations(&self) -> Vec<Operation> {
        self.lock()
            .operations
            .values()
            .map(|row| row.operation.clone())
            .collect()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn state(&self) -> Result<MutexGuard<'_, State>, PortError> {
        let state = self.lock();
        if state.away {
            Err(PortError::new(Away))
        } else {
            Ok(state)
        }
    }
}

fn row_of(key: &IdempotencyKey) -> (String, &'static str, String) {
    (key.caller.clone(), key.method, key.key.clone())
}

impl State {
    fn is_key_taken(&self, key: Option<&IdempotencyKey>) -> bool {
        key.is_some_and(|key| self.keys.contains_key(&row_of(key)) || self.operation_under(key).is_some())
    }

    /// The last operation of a call.
    fn operation_under(&self, key: &IdempotencyKey) -> Option<&Operation> {
        self.operations
            .values()
            .map(|row| &row.operation)
            .filter(|operation| operation.key.as_ref().is_some_and(|own| row_of(own) == row_of(key)))
            .max_by_key(|operation| operation.kind == OperationKind::Capture)
    }

    fn add(&mut self, operation: &Operation, held_until: OffsetDateTime) {
        if let Some(key) = &operation.key {
            self.keys.entry(row_of(key)).or_insert(KeyRow {
                fingerprint: key.fingerprint,
                answer: None,
            });
        }
        let row = Row {
            operation: operation.clone(),
            due_at: operation.created_at,
            held_until,
        };
        self.operations.insert(operation.id, row);
    }

    fn work(&self, operation: &Operation) -> Option<Work> {
        let payment = self.payments.get(&operation.payment_id)?.clone();
        Some(Work {
            operation: operation.clone(),
            payment,
        })
    }

    fn hold(&mut self, id: OperationId, until: OffsetDateTime) -> Option<Work> {
        let row = self.operations.get_mut(&id)?;
        row.held_until = until;
        row.operation.tries += 1;
        let operation = row.operation.clone();
        self.work(&operation)
    }
}

#[async_trait]
impl Payments for InMemoryPayments {
    async fn find_call(&self, key: &IdempotencyKey) -> Result<Option<Call>, CallError> {
        let state = self.state()?;
        let kept = state.keys.get(&row_of(key));
        let operation = state.operation_under(key);
        let recorded = operation.and_then(|operation| operation.key.as_ref());
        let known = kept
            .map(|row| row.fingerprint)
            .or(recorded.map(|recorded| recorded.fingerprint));
        if known.is_some_and(|fingerprint| fingerprint != key.fingerprint) {
            return Err(KeyReused.into());
        }
        if let Some(answer) = kept.and_then(|row| row.answer.clone()) {
            return Ok(Some(Call::Kept(Box::new(answer))));
        }
        let work = operation.and_then(|operation| state.work(operation));
        Ok(work.map(|work| Call::Recorded(Box::new(work))))
    }

    async fn insert(
        &self,
        payment: &Payment,
        operation: &Operation,
        held_until: OffsetDateTime,
    ) -> Result<(), RecordError> {
        let mut state = self.state()?;
        if state.is_key_taken(operation.key.as_ref()) {
            return Err(RecordError::KeyTaken);
        }
        state.payments.insert(payment.id(), payment.clone());
        state.add(operation, held_until);
        Ok(())
    }

    async fn record(&self, operation: &Operation, held_until: OffsetDateTime) -> Result<(), RecordError> {
        let mut state = self.state()?;
        if state.is_key_taken(operation.key.as_ref()) {
            return Err(RecordError::KeyTaken);
        }
        match state.payments.get_mut(&operation.payment_id) {
            Some(payment) if payment.admits(operation) => payment.note(operation),
            _ => return Err(RecordError::NotAdmitted),
        }
        state.add(operation, held_until);
        Ok(())
    }

    async fn settle(
        &self,
        settling: &Settling,
        _seen: Option<&Work>,
        held_until: OffsetDateTime,
    ) -> Result<Settled, PortError> {
        let mut state = self.state()?;
        if state.failing_settlements > 0 {
            state.failing_settlements -= 1;
            return Err(PortError::new(Away));
        }
        let row = state.operations.get(&settling.operation_id);
        let mut operation = row.map(|row| row.operation.clone()).ok_or(PortError::new(Away))?;
        let found = state.payments.get(&operation.payment_id).cloned();
        let mut payment = found.ok_or(PortError::new(Away))?;
        let Some(settlement) = payment.settle(&mut operation, settling) else {
            return Ok(Settled {
                answer: payment.answer_to(&operation),
                payment,
                next: None,
            });
        };
        state.payments.insert(payment.id(), payment.clone());
        if let Some(row) = state.operations.get_mut(&operation.id) {
            row.operation = operation.clone();
        }
        state.transfers.extend(settlement.transfers);
        state.events.extend(settlement.event);
        if let (Some(key), Some(answer)) = (&operation.key, &settlement.answer) {
            let row = KeyRow {
                fingerprint: key.fingerprint,
                answer: Some(answer.clone()),
            };
            state.keys.insert(row_of(key), row);
        }
        if let Some(next) = &settlement.next {
            state.add(next, held_until);
        }
        Ok(Settled {
            payment,
            next: settlement.next,
            answer: settlement.answer,
        })
    }

    async fn keep(&self, key: &IdempotencyKey, answer: &Kept<Answer>) -> Result<bool, CallError> {
        let mut state = self.state()?;
        if state.is_key_taken(Some(key)) {
            return Ok(false);
        }
        let row = KeyRow {
            fingerprint: key.fingerprint,
            answer: Some(answer.clone()),
        };
        state.keys.insert(row_of(key), row);
        Ok(true)
    }

    async fn find(&self, id: PaymentId) -> Result<Option<Payment>, PortError> {
        Ok(self.state()?.payments.get(&id).cloned())
    }

    async fn pending(&self, id: PaymentId) -> Result<Vec<Operation>, PortError> {
        let state = self.state()?;
        let mut pending: Vec<Operation> = state
            .operations
            .values()
            .map(|row| row.operation.clone())
            .filter(|operation| operation.payment_id == id && operation.status == OperationStatus::Pending)
            .collect();
        pending.sort_by_key(|operation| (operation.created_at, operation.id));
        Ok(pending)
    }

    async fn take(&self, id: OperationId, now: OffsetDateTime, held_until: OffsetDateTime) -> Result<Taken, PortError> {
        let mut state = self.state()?;
        match state.operations.get(&id) {
            Some(row) if row.operation.status == OperationStatus::Pending => {
                if row.held_until > now {
                    return Ok(Taken::Busy);
                }
                let work = state.hold(id, held_until);
                Ok(work.map_or(Taken::Settled, |work| Taken::Held(Box::new(work))))
            }
            _ => Ok(Taken::Settled),
        }
    }

    async fn take_due(
        &self,
        now: OffsetDateTime,
        held_until: OffsetDateTime,
        limit: u32,
    ) -> Result<Vec<Work>, PortError> {
        let mut state = self.state()?;
        let mut due: Vec<_> = state
            .operations
            .values()
            .filter(|row| row.operation.status == OperationStatus::Pending)
            .filter(|row| row.due_at <= now && row.held_until <= now)
            .map(|row| (row.due_at, row.operation.id))
            .collect();
        due.sort();
        due.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(due
            .into_iter()
            .filter_map(|(_, id)| state.hold(id, held_until))
            .collect())
    }

    async fn backlog(&self) -> Result<Backlog, PortError> {
        let state = self.state()?;
        let undecided = state.operations.values().map(|row| &row.operation);
        let undecided = undecided.filter(|operation| operation.status == OperationStatus::Pending);
        Ok(Backlog {
            undecided: u64::try_from(undecided.clone().count()).unwrap_or(u64::MAX),
            oldest: undecided.map(|operation| operation.created_at).min(),
        })
    }

    async fn postpone(&self, id: OperationId, due_at: OffsetDateTime) -> Result<(), PortError> {
        let mut state = self.state()?;
        if let Some(row) = state.operations.get_mut(&id) {
            row.due_at = due_at;
            row.held_until = OffsetDateTime::UNIX_EPOCH;
        }
        Ok(())
    }

    async fn list(
        &self,
        filter: &PaymentFilter,
        after: Option<PaymentCursor>,
        size: PageSize,
    ) -> Result<Page<PaymentSnapshot, PaymentCursor>, PortError> {
        let state = self.state()?;
        let mut payments: Vec<_> = state
            .payments
            .values()
            .map(|payment| payment.snapshot().clone())
            .filter(|payment| filter.admits(payment))
            .filter(|payment| after.is_none_or(|after| PaymentCursor::of(payment) < after))
            .collect();
        payments.sort_by_key(|payment| std::cmp::Reverse(PaymentCursor::of(payment)));
        Ok(Page::of(payments, size, PaymentCursor::of))
    }

    async fn list_transfers(
        &self,
        payment_id: Option<PaymentId>,
        after: Option<TransferCursor>,
        size: PageSize,
    ) -> Result<Page<Transfer, TransferCursor>, PortError> {
        let state = self.state()?;
        let mut transfers: Vec<_> = state
            .transfers
            .iter()
            .copied()
            .filter(|transfer| payment_id.is_none_or(|id| id == transfer.payment_id))
            .filter(|transfer| after.is_none_or(|after| TransferCursor::of(transfer) < after))
            .collect();
        transfers.sort_by_key(|transfer| std::cmp::Reverse(TransferCursor::of(transfer)));
        Ok(Page::of(transfers, size, TransferCursor::of))
    }
}
