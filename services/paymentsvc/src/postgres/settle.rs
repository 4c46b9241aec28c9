//! Settling an operation: decide by what was seen, keep everything if nothing has changed since; else read and do it once
//! more; else under a lock.

use std::borrow::Cow;

use kernel::Kept;
use payment_core::{
    Answer, Operation, OperationId, Payment, PaymentEvent, Settlement, Settling, Transfer,
    ports::{Settled, Work},
};
use platform::postgres::{Pool, StoreError, Write, Written, events::NewEvent, idempotency, retry};
use prost::Message;
use sqlx::{Connection, Executor, Postgres};
use time::OffsetDateTime;

use super::row::{self, operation_columns, payment_columns};
use crate::grpc::convert;

const LOCK: &str = "SELECT FROM payments WHERE id = (SELECT payment_id FROM payment_operations WHERE id = $1)
    FOR NO KEY UPDATE";

const READ: &str = concat!(
    "SELECT ",
    operation_columns!(),
    ", ",
    payment_columns!(),
    " FROM payment_operations o JOIN payments p ON p.id = o.payment_id WHERE o.id = $1"
);

/// The key was kept when the operation was recorded, so it is not the key of this write.
const SETTLE: &str = platform::write_statement!(
    "saved AS (UPDATE payments SET status = $19, authorized_minor = $20, captured_minor = $21, refunded_minor = $22,
         refund_reserved_minor = $23, failure_reason = $24, charge_id = $25, pending_operation = $26,
         updated_at = $27, version = $28 WHERE id = $18 AND version = $45 RETURNING id),
     settled AS (UPDATE payment_operations o SET status = $30, failure_reason = $31, updated_at = $27
         FROM saved WHERE o.id = $29 RETURNING o.id, o.payment_id, o.caller, o.method, o.key, o.fingerprint, o.reason),
     booked AS (INSERT INTO ledger_transfers (id, payment_id, operation_id, movement, debit_account, credit_account,
         amount_minor, currency_code, created_at)
         SELECT t.id, $18, $29, t.movement, t.debit, t.credit, t.amount, $37, $27
         FROM saved, unnest($32::uuid[], $33::text[], $34::text[], $35::text[], $36::bigint[])
         AS t (id, movement, debit, credit, amount)),
     answered AS (INSERT INTO idempotency_keys (caller, method, key, fingerprint, refused, answer)
         SELECT caller, method, key, fingerprint, $38, $39 FROM settled
         WHERE key IS NOT NULL AND $39::bytea IS NOT NULL
         ON CONFLICT ON CONSTRAINT idempotency_keys_pkey
         DO UPDATE SET refused = excluded.refused, answer = excluded.answer, kept_at = now()),
     followed AS (INSERT INTO payment_operations (id, payment_id, kind, amount_minor, status, reason, caller,
         method, key, fingerprint, due_at, leased_until, created_at, updated_at)
         SELECT $40, payment_id, $41, $42, 'PENDING', '', caller,
             CASE WHEN $43 THEN method END, CASE WHEN $43 THEN key END, CASE WHEN $43 THEN fingerprint END,
             $27, $44, $27, $27
         FROM settled WHERE $40::uuid IS NOT NULL)"
);

/// Settles the operation, and tells for the metrics how; not when it was settled before.
pub(super) async fn settle(
    pool: &Pool,
    settling: &Settling,
    seen: Option<&Work>,
    held_until: OffsetDateTime,
) -> Result<(Settled, Option<String>), StoreError> {
    // Hardly anybody changes a payment at the same time, so one round trip does, or two; who meets somebody takes turns.
    if let Some(seen) = seen
        && let Decided::Now { write, settled } = decide(seen.clone(), settling, held_until)?
        && write.run(pool).await? == Written::Saved
    {
        let (settled, outcome) = settled;
        return Ok((settled, Some(outcome)));
    }
    match decide(read(pool, settling.operation_id).await?, settling, held_until)? {
        Decided::Before(settled) => return Ok((settled, None)),
        Decided::Now {
            write,
            settled: (settled, outcome),
        } => {
            if write.run(pool).await? == Written::Saved {
                return Ok((settled, Some(outcome)));
            }
        }
    }
    retry::contended(|| async {
        let mut held = pool.acquire().await?;
        let mut transaction = held.begin().await?;
        let id = settling.operation_id;
        sqlx::query(LOCK).bind(id.as_uuid()).execute(&mut *transaction).await?;
        // Another statement, so that it sees what was committed while the lock was waited for.
        let told = match decide(read(&mut *transaction, id).await?, settling, held_until)? {
            Decided::Before(settled) => (settled, None),
            Decided::Now {
                write,
                settled: (settled, outcome),
            } => {
                if !write.run_within(&mut transaction).await? {
                    return Err(StoreError::undecodable(Vanished));
                }
                (settled, Some(outcome))
            }
        };
        transaction.commit().await?;
        Ok(told)
    })
    .await
}

/// What is to be kept of a settlement, if it was not settled before.
enum Decided {
    Before(Settled),
    Now {
        write: Write<'static>,
        settled: (Settled, String),
    },
}

fn decide(work: Work, settling: &Settling, held_until: OffsetDateTime) -> Result<Decided, StoreError> {
    let Work {
        mut operation,
        mut payment,
    } = work;
    let version = payment.snapshot().version;
    let Some(settlement) = payment.settle(&mut operation, settling) else {
        return Ok(Decided::Before(Settled {
            answer: payment.answer_to(&operation),
            payment,
            next: None,
        }));
    };
    let write = writing(&payment, &operation, &settlement, held_until)?.bind(version);
    let outcome = outcome(&operation, settlement.event.as_ref());
    let settled = Settled {
        payment,
        next: settlement.next,
        answer: settlement.answer,
    };
    Ok(Decided::Now {
        write,
        settled: (settled, outcome),
    })
}

async fn read(executor: impl Executor<'_, Database = Postgres>, id: OperationId) -> Result<Work, StoreError> {
    let found = sqlx::query(READ).bind(id.as_uuid()).fetch_optional(executor).await?;
    let work = found.as_ref().map(row::work).transpose()?.flatten();
    work.ok_or_else(|| StoreError::undecodable(Vanished))
}

fn writing(
    payment: &Payment,
    operation: &Operation,
    settlement: &Settlement,
    held_until: OffsetDateTime,
) -> Result<Write<'static>, StoreError> {
    fn column<'t, T>(transfers: &'t [Transfer], of: impl Fn(&'t Transfer) -> T) -> Vec<T> {
        transfers.iter().map(of).collect()
    }
    let state = payment.snapshot();
    let (refused, answer) = kept_columns(settlement.answer.as_ref())?;
    let transfers = &settlement.transfers;
    let next = settlement.next.as_ref();
    let events: Vec<NewEvent> = settlement.event.as_ref().map(new_event).into_iter().collect();
    Ok(Write::new(SETTLE, None, &Kept::Answer(Vec::new()), &events)
        .bind(state.id.as_uuid())
        .bind(state.status.as_str())
        .bind(state.authorized_minor)
        .bind(state.captured_minor)
        .bind(state.refunded_minor)
        .bind(state.reserved_minor())
        .bind(state.failure.map_or("", |reason| reason.as_str()))
        .bind(payment.charge().map(|charge| charge.as_str()))
        .bind(state.pending.map(|kind| kind.as_str()))
        .bind(state.updated_at)
        .bind(state.version)
        .bind(operation.id.as_uuid())
        .bind(operation.status.as_str())
        .bind(operation.failure.map_or("", |reason| reason.as_str()))
        .bind(column(transfers, |transfer| transfer.id))
        .bind(column(transfers, |transfer| transfer.movement.as_str()))
        .bind(column(transfers, |transfer| transfer.movement.debit().as_str()))
        .bind(column(transfers, |transfer| transfer.movement.credit().as_str()))
        .bind(column(transfers, |transfer| transfer.amount.minor()))
        .bind(state.amount.currency().to_string())
        .bind(refused)
        .bind(answer)
        .bind(next.map(|next| next.id.as_uuid()))
        .bind(next.map(|next| next.kind.as_str()))
        .bind(next.map(|next| next.amount.minor()))
        .bind(next.is_some_and(|next| next.key.is_some()))
        .bind(held_until))
}

/// An answer as it is kept.
pub(super) fn encoded(answer: &Kept<Answer>) -> Kept<Vec<u8>> {
    match answer {
        Kept::Answer(answer) => Kept::Answer(convert::answer(answer).encode_to_vec()),
        Kept::Refusal(refusal) => Kept::Refusal(refusal.clone()),
    }
}

fn kept_columns(answer: Option<&Kept<Answer>>) -> Result<(bool, Option<Vec<u8>>), StoreError> {
    let Some(answer) = answer else {
        return Ok((false, None));
    };
    let kept = encoded(answer);
    let (refused, bytes) = idempotency::stored(&kept).map_err(StoreError::undecodable)?;
    Ok((refused, Some(Cow::into_owned(bytes))))
}

/// An event as the log keeps it.
fn new_event(event: &PaymentEvent) -> NewEvent {
    let state = &event.payment;
    NewEvent {
        event_id: event.id,
        aggregate_type: "payment",
        aggregate_id: state.id.as_uuid(),
        aggregate_version: state.version,
        owner_id: Some(state.customer_id.as_uuid()),
        event_type: event.kind.as_str(),
        schema_version: 1,
        occurred_at: state.updated_at,
        actor: event.actor.clone(),
        traceparent: platform::grpc::current_traceparent(),
        payload: convert::event(event).encode_to_vec(),
    }
}

/// `authorized`, `captured`, …, and `capture_refused` where nothing happened that others are told of.
fn outcome(operation: &Operation, event: Option<&PaymentEvent>) -> String {
    match event.map(|event| event.kind) {
        Some(kind) => kind.as_str().trim_start_matches("payment.").to_owned(),
        None => format!("{}_{}", operation.kind, operation.status).to_lowercase(),
    }
}

#[derive(Debug, thiserror::Error)]
#[error("an operation or its payment is not there any more")]
struct Vanished;
