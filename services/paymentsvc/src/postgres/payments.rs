use async_trait::async_trait;
use kernel::{IdempotencyKey, Kept, Page, PageSize, PortError};
use payment_core::{
    Answer, Operation, OperationId, OperationKind, Payment, PaymentId, PaymentSnapshot, Settling, Transfer,
    ports::{
        Backlog, Call, CallError, PaymentCursor, PaymentFilter, Payments, RecordError, Settled, Taken, TransferCursor,
        Work,
    },
};
use platform::postgres::{Database, StoreError, Write, Written, events::Sequencer, idempotency};
use prost::Message;
use sqlx::{Postgres, QueryBuilder};
use time::OffsetDateTime;

use super::{
    row::{self, operation_columns, payment_columns},
    settle,
};
use crate::grpc::convert;

/// What an operation is kept with, after `saved`. Its key is that of the write.
macro_rules! record_operation {
    () => {
        ", recorded AS (INSERT INTO payment_operations (id, payment_id, kind, amount_minor, status, reason, caller,
             method, key, fingerprint, due_at, leased_until, created_at, updated_at)
             SELECT $18, $19, $20, $21, 'PENDING', $22, $23, $2, $3, $4, $25, $24, $25, $25 FROM saved)"
    };
}

const INSERT: &str = platform::write_statement!(
    "saved AS (INSERT INTO payments (id, order_id, customer_id, status, amount_minor, currency_code, capture_method,
         payment_method, card_brand, card_last4, description, pending_operation, created_at, updated_at, version)
         VALUES ($19, $26, $27, $28, $21, $29, $30, $31, $32, $33, $34, $20, $25, $25, $35) RETURNING id)",
    record_operation!()
);

const RECORD: &str = platform::write_statement!(
    "saved AS (UPDATE payments SET pending_operation = $20, version = version + 1, updated_at = $25
         WHERE id = $19 AND status = 'REQUIRES_CAPTURE' AND pending_operation IS NULL AND $21 <= authorized_minor
         RETURNING id)",
    record_operation!()
);

const RECORD_REFUND: &str = platform::write_statement!(
    "saved AS (UPDATE payments SET refund_reserved_minor = refund_reserved_minor + $21, version = version + 1,
         updated_at = $25
         WHERE id = $19 AND status IN ('CAPTURED', 'PARTIALLY_REFUNDED', 'REFUNDED')
         AND $21 <= captured_minor - refund_reserved_minor RETURNING id)",
    record_operation!()
);

/// An operation keeps its key for longer than its answer is kept.
const KEEP: &str = "INSERT INTO idempotency_keys (caller, method, key, fingerprint, refused, answer)
    SELECT $1, $2, $3, $4, $5, $6
    WHERE NOT EXISTS (SELECT FROM payment_operations WHERE caller = $1 AND method = $2 AND key = $3)
    ON CONFLICT DO NOTHING";

const FIND: &str = concat!("SELECT ", payment_columns!(), " FROM payments p WHERE p.id = $1");

const FIND_CALL: &str = concat!(
    "SELECT ",
    operation_columns!(),
    ", ",
    payment_columns!(),
    ", k.fingerprint AS kept_fingerprint, k.refused AS kept_refused, k.answer AS kept_answer
     FROM (VALUES (1)) AS one (row)
     LEFT JOIN idempotency_keys k ON k.caller = $1 AND k.method = $2 AND k.key = $3
     LEFT JOIN LATERAL (SELECT * FROM payment_operations WHERE caller = $1 AND method = $2 AND key = $3
         ORDER BY kind = 'CAPTURE' DESC LIMIT 1) o ON true
     LEFT JOIN payments p ON p.id = o.payment_id"
);

const PENDING: &str = concat!(
    "SELECT ",
    operation_columns!(),
    " FROM payment_operations o JOIN payments p ON p.id = o.payment_id
     WHERE o.payment_id = $1 AND o.status = 'PENDING' ORDER BY o.created_at, o.id"
);

const TAKE: &str = concat!(
    "WITH o AS (UPDATE payment_operations SET leased_until = $3, tries = tries + 1
         WHERE id = $1 AND status = 'PENDING' AND leased_until <= $2 RETURNING *)
     SELECT ",
    operation_columns!(),
    ", ",
    payment_columns!(),
    " FROM o JOIN payments p ON p.id = o.payment_id"
);

const TAKE_DUE: &str = concat!(
    "WITH due AS (SELECT id FROM payment_operations WHERE status = 'PENDING' AND due_at <= $1 AND leased_until <= $1
         ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED),
     o AS (UPDATE payment_operations SET leased_until = $2, tries = tries + 1
         WHERE id IN (SELECT id FROM due) RETURNING *)
     SELECT ",
    operation_columns!(),
    ", ",
    payment_columns!(),
    " FROM o JOIN payments p ON p.id = o.payment_id ORDER BY o.due_at"
);

const LIST: &str = concat!("SELECT ", payment_columns!(), " FROM payments p WHERE true");

const LEDGER: &str = "SELECT id, payment_id, operation_id, movement, amount_minor, currency_code, created_at
    FROM ledger_transfers WHERE true";

/// What a key is kept with while its operation is undecided: no answer is empty.
const UNDECIDED: Kept<Vec<u8>> = Kept::Answer(Vec::new());

/// Payments in Postgres.
#[derive(Clone)]
pub struct PgPayments {
    database: Database,
    sequencer: Sequencer,
}

impl PgPayments {
    /// Payments of this database; the sequencer is told of every event.
    pub const fn new(database: Database, sequencer: Sequencer) -> Self {
        Self { database, sequencer }
    }

    async fn write(&self, write: Write<'_>) -> Result<(), RecordError> {
        match write.run(self.database.pool()).await {
            Ok(Written::Saved) => Ok(()),
            Ok(Written::NotSaved) => Err(RecordError::NotAdmitted),
            Ok(Written::Kept(_)) | Err(StoreError::KeyReused(_)) => Err(RecordError::KeyTaken),
            // The answer is not kept any more, the operation is.
            Err(error) if error.constraint() == Some("payment_operations_call_key") => Err(RecordError::KeyTaken),
            Err(error) => Err(RecordError::Store(PortError::new(error))),
        }
    }
}

/// The parameters that every operation is recorded with.
fn recording<'a>(statement: &'static str, operation: &'a Operation, held_until: OffsetDateTime) -> Write<'a> {
    Write::new(statement, operation.key.as_ref(), &UNDECIDED, &[])
        .bind(operation.id.as_uuid())
        .bind(operation.payment_id.as_uuid())
        .bind(operation.kind.as_str())
        .bind(operation.amount.minor())
        .bind(operation.reason.as_str())
        .bind(operation.actor.as_str())
        .bind(held_until)
        .bind(operation.created_at)
}

#[async_trait]
impl Payments for PgPayments {
    #[tracing::instrument(name = "db.payments.find_call", skip_all)]
    async fn find_call(&self, key: &IdempotencyKey) -> Result<Option<Call>, CallError> {
        find_call(&self.database, key).await.map_err(call_error)
    }

    #[tracing::instrument(name = "db.payments.insert", skip_all)]
    async fn insert(
        &self,
        payment: &Payment,
        operation: &Operation,
        held_until: OffsetDateTime,
    ) -> Result<(), RecordError> {
        let state = payment.snapshot();
        let write = recording(INSERT, operation, held_until)
            .bind(state.order_id.map(|id| id.as_uuid()))
            .bind(state.customer_id.as_uuid())
            .bind(state.status.as_str())
            .bind(state.amount.currency().to_string())
            .bind(state.capture_method.as_str())
            .bind(payment.payment_method())
            .bind(state.card.brand.as_str())
            .bind(state.card.last4.as_str())
            .bind(state.description.as_str())
            .bind(state.version);
        failpoint::hit("payments.insert.before");
        let inserted = self.write(write).await;
        failpoint::hit("payments.insert.after");
        inserted
    }

    #[tracing::instrument(name = "db.payments.record", skip_all)]
    async fn record(&self, operation: &Operation, held_until: OffsetDateTime) -> Result<(), RecordError> {
        let statement = match operation.kind {
            OperationKind::Authorize => return Err(RecordError::NotAdmitted),
            OperationKind::Capture | OperationKind::Void => RECORD,
            OperationKind::Refund => RECORD_REFUND,
        };
        failpoint::hit("payments.record.before");
        let recorded = self.write(recording(statement, operation, held_until)).await;
        failpoint::hit("payments.record.after");
        recorded
    }

    #[tracing::instrument(name = "db.payments.settle", skip_all)]
    async fn settle(
        &self,
        settling: &Settling,
        seen: Option<&Work>,
        held_until: OffsetDateTime,
    ) -> Result<Settled, PortError> {
        failpoint::hit("payments.settle.before");
        let settled = settle::settle(self.database.pool(), settling, seen, held_until).await;
        failpoint::hit("payments.settle.after");
        let (settled, outcome) = settled.map_err(PortError::new)?;
        if let Some(outcome) = outcome {
            self.sequencer.wake();
            metrics::counter!("payments_total", "outcome" => outcome).increment(1);
        }
        Ok(settled)
    }

    #[tracing::instrument(name = "db.payments.keep", skip_all)]
    async fn keep(&self, key: &IdempotencyKey, answer: &Kept<Answer>) -> Result<bool, CallError> {
        failpoint::hit("payments.keep.before");
        let kept = idempotency::keep_by(self.database.pool(), KEEP, key, &settle::encoded(answer)).await;
        failpoint::hit("payments.keep.after");
        if kept.map_err(call_error)? {
            return Ok(true);
        }
        // The key may be another request's.
        self.find_call(key).await.map(|_| false)
    }

    #[tracing::instrument(name = "db.payments.find", skip_all)]
    async fn find(&self, id: PaymentId) -> Result<Option<Payment>, PortError> {
        find(&self.database, id).await.map_err(PortError::new)
    }

    #[tracing::instrument(name = "db.payments.pending", skip_all)]
    async fn pending(&self, id: PaymentId) -> Result<Vec<Operation>, PortError> {
        pending(&self.database, id).await.map_err(PortError::new)
    }

    #[tracing::instrument(name = "db.payments.take", skip_all)]
    async fn take(&self, id: OperationId, now: OffsetDateTime, held_until: OffsetDateTime) -> Result<Taken, PortError> {
        failpoint::hit("payments.take.before");
        let taken = take(&self.database, id, now, held_until).await;
        failpoint::hit("payments.take.after");
        taken.map_err(PortError::new)
    }

    #[tracing::instrument(name = "db.payments.take_due", level = "debug", skip_all)]
    async fn take_due(
        &self,
        now: OffsetDateTime,
        held_until: OffsetDateTime,
        limit: u32,
    ) -> Result<Vec<Work>, PortError> {
        failpoint::hit("payments.take_due.before");
        let due = take_due(&self.database, now, held_until, limit).await;
        failpoint::hit("payments.take_due.after");
        due.map_err(PortError::new)
    }

    #[tracing::instrument(name = "db.payments.postpone", skip_all)]
    async fn postpone(&self, id: OperationId, due_at: OffsetDateTime) -> Result<(), PortError> {
        failpoint::hit("payments.postpone.before");
        let postponed = sqlx::query(
            "UPDATE payment_operations SET due_at = $2, leased_until = '-infinity' WHERE id = $1 AND status = 'PENDING'",
        )
        .bind(id.as_uuid())
        .bind(due_at)
        .execute(self.database.pool())
        .await;
        failpoint::hit("payments.postpone.after");
        postponed.map_err(|error| PortError::new(StoreError::from(error)))?;
        Ok(())
    }

    #[tracing::instrument(name = "db.payments.backlog", level = "debug", skip_all)]
    async fn backlog(&self) -> Result<Backlog, PortError> {
        let row: (i64, Option<OffsetDateTime>) =
            sqlx::query_as("SELECT count(*), min(created_at) FROM payment_operations WHERE status = 'PENDING'")
                .fetch_one(self.database.pool())
                .await
                .map_err(|error| PortError::new(StoreError::from(error)))?;
        Ok(Backlog {
            undecided: u64::try_from(row.0).unwrap_or_default(),
            oldest: row.1,
        })
    }

    #[tracing::instrument(name = "db.payments.list", skip_all)]
    async fn list(
        &self,
        filter: &PaymentFilter,
        after: Option<PaymentCursor>,
        size: PageSize,
    ) -> Result<Page<PaymentSnapshot, PaymentCursor>, PortError> {
        let payments = list(&self.database, filter, after, size)
            .await
            .map_err(PortError::new)?;
        Ok(Page::of(payments, size, PaymentCursor::of))
    }

    #[tracing::instrument(name = "db.payments.list_transfers", skip_all)]
    async fn list_transfers(
        &self,
        payment_id: Option<PaymentId>,
        after: Option<TransferCursor>,
        size: PageSize,
    ) -> Result<Page<Transfer, TransferCursor>, PortError> {
        let transfers = list_transfers(&self.database, payment_id, after, size).await;
        Ok(Page::of(transfers.map_err(PortError::new)?, size, TransferCursor::of))
    }
}

async fn find_call(database: &Database, key: &IdempotencyKey) -> Result<Option<Call>, StoreError> {
    let found = sqlx::query(FIND_CALL)
        .bind(&key.caller)
        .bind(key.method)
        .bind(&key.key)
        .fetch_one(database.pool())
        .await?;
    match idempotency::kept_of_row(&found, key)? {
        Some(Kept::Answer(bytes)) if bytes.is_empty() => {}
        Some(Kept::Answer(bytes)) => {
            let message = Message::decode(bytes.as_slice()).map_err(StoreError::undecodable)?;
            let answer = convert::kept_answer(message).map_err(StoreError::undecodable)?;
            return Ok(Some(Call::Kept(Box::new(Kept::Answer(answer)))));
        }
        Some(Kept::Refusal(refusal)) => return Ok(Some(Call::Kept(Box::new(Kept::Refusal(refusal))))),
        None => {}
    }
    let Some(work) = row::work(&found)? else {
        return Ok(None);
    };
    if work
        .operation
        .key
        .as_ref()
        .is_some_and(|own| own.fingerprint != key.fingerprint)
    {
        return Err(kernel::KeyReused.into());
    }
    Ok(Some(Call::Recorded(Box::new(work))))
}

async fn find(database: &Database, id: PaymentId) -> Result<Option<Payment>, StoreError> {
    let found = sqlx::query(FIND)
        .bind(id.as_uuid())
        .fetch_optional(database.pool())
        .await?;
    found.as_ref().map(row::payment).transpose()
}

async fn pending(database: &Database, id: PaymentId) -> Result<Vec<Operation>, StoreError> {
    let rows = sqlx::query(PENDING)
        .bind(id.as_uuid())
        .fetch_all(database.pool())
        .await?;
    rows.iter()
        .filter_map(|found| row::operation(found).transpose())
        .collect()
}

async fn take(
    database: &Database,
    id: OperationId,
    now: OffsetDateTime,
    held_until: OffsetDateTime,
) -> Result<Taken, StoreError> {
    let held = sqlx::query(TAKE)
        .bind(id.as_uuid())
        .bind(now)
        .bind(held_until)
        .fetch_optional(database.pool())
        .await?;
    if let Some(work) = held.as_ref().map(row::work).transpose()?.flatten() {
        return Ok(Taken::Held(Box::new(work)));
    }
    let is_pending: Option<bool> =
        sqlx::query_scalar("SELECT status = 'PENDING' FROM payment_operations WHERE id = $1")
            .bind(id.as_uuid())
            .fetch_optional(database.pool())
            .await?;
    Ok(if is_pending == Some(true) {
        Taken::Busy
    } else {
        Taken::Settled
    })
}

async fn take_due(
    database: &Database,
    now: OffsetDateTime,
    held_until: OffsetDateTime,
    limit: u32,
) -> Result<Vec<Work>, StoreError> {
    let rows = sqlx::query(TAKE_DUE)
        .bind(now)
        .bind(held_until)
        .bind(i64::from(limit))
        .fetch_all(database.pool())
        .await?;
    rows.iter().filter_map(|found| row::work(found).transpose()).collect()
}

/// One row more than the page, which tells whether another page follows.
async fn list(
    database: &Database,
    filter: &PaymentFilter,
    after: Option<PaymentCursor>,
    size: PageSize,
) -> Result<Vec<PaymentSnapshot>, StoreError> {
    // Only the conditions that hold are written, so that each kind of listing gets its own plan.
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(LIST);
    if let Some(customer) = filter.customer_id {
        query.push(" AND p.customer_id = ").push_bind(customer.as_uuid());
    }
    if let Some(order) = filter.order_id {
        query.push(" AND p.order_id = ").push_bind(order.as_uuid());
    }
    if let Some(status) = filter.status {
        query.push(" AND p.status = ").push_bind(status.as_str());
    }
    if let Some(after) = after {
        query.push(" AND (p.created_at, p.id) < (").push_bind(after.created_at);
        query.push(", ").push_bind(after.id.as_uuid()).push(")");
    }
    query
        .push(" ORDER BY p.created_at DESC, p.id DESC LIMIT ")
        .push_bind(i64::from(size.get()) + 1);
    let rows = query.build().fetch_all(database.pool()).await?;
    rows.iter()
        .map(|found| row::payment(found).map(Payment::into_snapshot))
        .collect()
}

async fn list_transfers(
    database: &Database,
    payment_id: Option<PaymentId>,
    after: Option<TransferCursor>,
    size: PageSize,
) -> Result<Vec<Transfer>, StoreError> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(LEDGER);
    if let Some(payment) = payment_id {
        query.push(" AND payment_id = ").push_bind(payment.as_uuid());
    }
    if let Some(after) = after {
        query.push(" AND (created_at, id) < (").push_bind(after.created_at);
        query.push(", ").push_bind(after.id).push(")");
    }
    query
        .push(" ORDER BY created_at DESC, id DESC LIMIT ")
        .push_bind(i64::from(size.get()) + 1);
    let rows = query.build().fetch_all(database.pool()).await?;
    rows.iter().map(row::transfer).collect()
}

fn call_error(error: StoreError) -> CallError {
    match error {
        StoreError::KeyReused(error) => error.into(),
        other => CallError::Store(PortError::new(other)),
    }
}
