use api::payment::v1::METHODS;
use kernel::{Currency, IdempotencyKey, Money, UserId};
use payment_core::{
    CaptureMethod, Card, Movement, Operation, OperationId, OperationKind, OperationStatus, OrderId, Payment, PaymentId,
    PaymentSnapshot, Refund, Status, Transfer,
    ports::{ChargeId, RefusalReason, Work},
};
use platform::postgres::StoreError;
use serde::Deserialize;
use sqlx::{Row, postgres::PgRow};
use time::OffsetDateTime;
use uuid::Uuid;

/// The columns that [`payment`] reads, of payments `p`.
macro_rules! payment_columns {
    () => {
        "p.id, p.order_id, p.customer_id, p.status, p.amount_minor, p.currency_code, p.capture_method, \
         p.authorized_minor, p.captured_minor, p.refunded_minor, p.failure_reason, p.payment_method, p.card_brand, \
         p.card_last4, p.description, p.charge_id, p.pending_operation, p.created_at, p.updated_at, p.version, \
         coalesce((SELECT jsonb_agg(jsonb_build_object('id', r.id, 'amount_minor', r.amount_minor, \
             'status', r.status, 'failure_reason', r.failure_reason, 'reason', r.reason, \
             'created_micros', (extract(epoch FROM r.created_at) * 1000000)::bigint) ORDER BY r.created_at, r.id) \
             FROM payment_operations r WHERE r.payment_id = p.id AND r.kind = 'REFUND'), '[]')::text AS refunds"
    };
}
pub(super) use payment_columns;

/// The columns that [`operation`] reads, of operations `o` and their payments `p`.
macro_rules! operation_columns {
    () => {
        "o.id AS operation_id, o.payment_id AS operation_payment_id, o.kind AS operation_kind, \
         o.amount_minor AS operation_amount_minor, o.status AS operation_status, \
         o.failure_reason AS operation_failure_reason, o.reason AS operation_reason, o.caller AS operation_caller, \
         o.method AS operation_method, o.key AS operation_key, o.fingerprint AS operation_fingerprint, \
         o.tries AS operation_tries, o.created_at AS operation_created_at, o.updated_at AS operation_updated_at, \
         p.currency_code AS operation_currency_code"
    };
}
pub(super) use operation_columns;

/// The payment in a row.
pub(super) fn payment(row: &PgRow) -> Result<Payment, StoreError> {
    let currency: Currency = parsed(row.try_get("currency_code")?)?;
    let state = PaymentSnapshot {
        id: PaymentId::new(row.try_get("id")?),
        order_id: row.try_get::<Option<Uuid>, _>("order_id")?.map(OrderId::new),
        customer_id: UserId::new(row.try_get("customer_id")?),
        status: named(&Status::ALL, Status::as_str, row.try_get("status")?)?,
        amount: Money::new(row.try_get("amount_minor")?, currency),
        capture_method: named(
            &CaptureMethod::ALL,
            CaptureMethod::as_str,
            row.try_get("capture_method")?,
        )?,
        authorized_minor: row.try_get("authorized_minor")?,
        captured_minor: row.try_get("captured_minor")?,
        refunded_minor: row.try_get("refunded_minor")?,
        failure: failure(row.try_get("failure_reason")?)?,
        card: Card {
            brand: row.try_get("card_brand")?,
            last4: row.try_get("card_last4")?,
        },
        description: row.try_get("description")?,
        refunds: refunds(row.try_get("refunds")?)?,
        pending: row
            .try_get::<Option<&str>, _>("pending_operation")?
            .map(|kind| named(&OperationKind::ALL, OperationKind::as_str, kind))
            .transpose()?,
        created_at: row.try_get("created_at")?,
        updated_at: row.try_get("updated_at")?,
        version: row.try_get("version")?,
    };
    let charge = row.try_get::<Option<String>, _>("charge_id")?.map(ChargeId::new);
    Ok(Payment::restore(state, row.try_get("payment_method")?, charge))
}

/// The operation in a row; none where an outer join found none.
pub(super) fn operation(row: &PgRow) -> Result<Option<Operation>, StoreError> {
    let Some(id) = row.try_get::<Option<Uuid>, _>("operation_id")? else {
        return Ok(None);
    };
    let currency: Currency = parsed(row.try_get("operation_currency_code")?)?;
    let kind = row.try_get("operation_kind")?;
    let status = row.try_get("operation_status")?;
    let tries: i32 = row.try_get("operation_tries")?;
    Ok(Some(Operation {
        id: OperationId::new(id),
        payment_id: PaymentId::new(row.try_get("operation_payment_id")?),
        kind: named(&OperationKind::ALL, OperationKind::as_str, kind)?,
        amount: Money::new(row.try_get("operation_amount_minor")?, currency),
        status: named(&OperationStatus::ALL, OperationStatus::as_str, status)?,
        failure: failure(row.try_get("operation_failure_reason")?)?,
        reason: row.try_get("operation_reason")?,
        actor: row.try_get("operation_caller")?,
        key: key(row)?,
        tries: u32::try_from(tries).map_err(StoreError::undecodable)?,
        created_at: row.try_get("operation_created_at")?,
        updated_at: row.try_get("operation_updated_at")?,
    }))
}

/// The operation and the payment in a row.
pub(super) fn work(row: &PgRow) -> Result<Option<Work>, StoreError> {
    let Some(operation) = operation(row)? else {
        return Ok(None);
    };
    Ok(Some(Work {
        operation,
        payment: payment(row)?,
    }))
}

/// The movement in a row.
pub(super) fn transfer(row: &PgRow) -> Result<Transfer, StoreError> {
    let currency: Currency = parsed(row.try_get("currency_code")?)?;
    Ok(Transfer {
        id: row.try_get("id")?,
        payment_id: PaymentId::new(row.try_get("payment_id")?),
        operation_id: OperationId::new(row.try_get("operation_id")?),
        movement: named(&Movement::ALL, Movement::as_str, row.try_get("movement")?)?,
        amount: Money::new(row.try_get("amount_minor")?, currency),
        created_at: row.try_get("created_at")?,
    })
}

/// The key of the call that asked for an operation, if it had one.
fn key(row: &PgRow) -> Result<Option<IdempotencyKey>, StoreError> {
    let Some(key) = row.try_get::<Option<String>, _>("operation_key")? else {
        return Ok(None);
    };
    let method: &str = row.try_get("operation_method")?;
    let fingerprint: &[u8] = row.try_get("operation_fingerprint")?;
    let known = METHODS
        .iter()
        .map(wire::Method::full_name)
        .find(|known| *known == method);
    Ok(Some(IdempotencyKey {
        caller: row.try_get("operation_caller")?,
        method: known.ok_or_else(|| StoreError::undecodable(Unknown("method")))?,
        key,
        fingerprint: fingerprint.try_into().map_err(StoreError::undecodable)?,
    }))
}

#[derive(Deserialize)]
struct RefundRow<'a> {
    id: &'a str,
    amount_minor: i64,
    status: &'a str,
    failure_reason: &'a str,
    reason: String,
    created_micros: i64,
}

fn refunds(json: &str) -> Result<Vec<Refund>, StoreError> {
    let rows: Vec<RefundRow<'_>> = serde_json::from_str(json).map_err(StoreError::undecodable)?;
    rows.into_iter()
        .map(|row| {
            let nanos = i128::from(row.created_micros) * 1_000;
            Ok(Refund {
                id: parsed(row.id)?,
                amount_minor: row.amount_minor,
                status: named(&OperationStatus::ALL, OperationStatus::as_str, row.status)?,
                failure: failure(row.failure_reason)?,
                reason: row.reason,
                created_at: OffsetDateTime::from_unix_timestamp_nanos(nanos).map_err(StoreError::undecodable)?,
            })
        })
        .collect()
}

#[derive(Debug, thiserror::Error)]
#[error("a kept {0} is none")]
struct Unknown(&'static str);

fn named<T: Copy>(all: &[T], name: fn(T) -> &'static str, text: &str) -> Result<T, StoreError> {
    let found = all.iter().copied().find(|one| name(*one) == text);
    found.ok_or_else(|| StoreError::undecodable(Unknown("name")))
}

fn failure(name: &str) -> Result<Option<RefusalReason>, StoreError> {
    match name {
        "" => Ok(None),
        name => RefusalReason::named(name)
            .map(Some)
            .ok_or_else(|| StoreError::undecodable(Unknown("reason"))),
    }
}

fn parsed<T: std::str::FromStr>(text: &str) -> Result<T, StoreError>
where
    T::Err: std::error::Error + Send + Sync + 'static,
{
    text.parse().map_err(StoreError::undecodable)
}
