//! The texts of what changes an order, and their parameters. Where they begin is decided by
//! [`write_statement!`](platform::write_statement).

use kernel::{IdempotencyKey, Kept};
use order_core::{CheckoutOutcome, Order, PaymentId};
use platform::postgres::{StoreError, Write, events::NewEvent, idempotency};

pub(super) use self::together::Placing;
use super::{kept, row};

mod together;

// Parameters 18 to 29 say the same of an order in every statement of one order ([`write`]); 30 and 31 are the
// statement's own; 32 to 45 are the checkout ([`with_checkout`]) and 46 to 51 its outcome ([`with_outcome`]).

macro_rules! inserted {
    () => {
        "saved AS (INSERT INTO orders (id, customer_id, status, total_minor, items, metadata, cancel_reason, archived,
             created_at, updated_at, version, currency_code, external_reference)
             VALUES ($18, $19, $20, $21, $22::jsonb, $23::jsonb, $24, $25, $26, $27, $28, $30, $31) RETURNING id),
         addressed AS (INSERT INTO order_addresses (order_id, customer_id, recipient, line1, line2, city, region,
             postal_code, country_code, phone)
             SELECT $18, $19, part[1], part[2], part[3], part[4], part[5], part[6], part[7], part[8]
             FROM (SELECT $29::text[] AS part) AS address WHERE part IS NOT NULL)"
    };
}

macro_rules! updated {
    () => {
        "saved AS (UPDATE orders SET status = $20, total_minor = $21, items = $22::jsonb, metadata = $23::jsonb,
             cancel_reason = $24, archived = $25, updated_at = $27, version = $28
             WHERE id = $18 AND version = $30 RETURNING id),
         addressed AS (INSERT INTO order_addresses AS kept_address (order_id, customer_id, recipient, line1, line2,
             city, region, postal_code, country_code, phone)
             SELECT id, $19, part[1], part[2], part[3], part[4], part[5], part[6], part[7], part[8]
             FROM saved, (SELECT $29::text[] AS part) AS address WHERE $31 AND part IS NOT NULL
             ON CONFLICT ON CONSTRAINT order_addresses_pkey DO UPDATE SET recipient = excluded.recipient,
             line1 = excluded.line1, line2 = excluded.line2, city = excluded.city, region = excluded.region,
             postal_code = excluded.postal_code, country_code = excluded.country_code, phone = excluded.phone),
         unaddressed AS (DELETE FROM order_addresses
             WHERE order_id = $18 AND $31 AND $29::text[] IS NULL AND EXISTS (SELECT FROM saved))"
    };
}

macro_rules! with_checkout {
    () => {
        ", checked_out AS (INSERT INTO checkouts AS kept_checkout (order_id, order_created_at, state, attempt,
             payment_id, failure_reason, expires_at, step, payment_method, since, due_at, tries, started_caller,
             started_method, started_key, started_fingerprint)
             SELECT id, $26, $32, $33, $34, $35, $36, $37, $38, $39, $40, $41, $42, $43, $44, $45 FROM saved
             ON CONFLICT ON CONSTRAINT checkouts_pkey DO UPDATE SET state = excluded.state,
             attempt = excluded.attempt, payment_id = excluded.payment_id, failure_reason = excluded.failure_reason,
             expires_at = excluded.expires_at, step = excluded.step, payment_method = excluded.payment_method,
             since = excluded.since, due_at = excluded.due_at, tries = excluded.tries,
             started_caller = excluded.started_caller, started_method = excluded.started_method,
             started_key = excluded.started_key, started_fingerprint = excluded.started_fingerprint)"
    };
}

macro_rules! with_outcome {
    () => {
        ", ended AS (INSERT INTO idempotency_keys (caller, method, key, fingerprint, refused, answer)
             SELECT $46, $47, $48, $49, $50, $51 FROM saved WHERE $48::text IS NOT NULL ON CONFLICT DO NOTHING)"
    };
}

const INSERT: &str = platform::write_statement!(inserted!());
const INSERT_WITH_CHECKOUT: &str = platform::write_statement!(inserted!(), with_checkout!());
const UPDATE: &str = platform::write_statement!(updated!());
const UPDATE_WITH_CHECKOUT: &str = platform::write_statement!(updated!(), with_checkout!(), with_outcome!());

/// Keeps a new order.
pub(super) fn insert<'a>(
    order: &Order,
    key: Option<&'a IdempotencyKey>,
    events: &[NewEvent],
) -> Result<Write<'a>, StoreError> {
    let state = order.snapshot();
    // Most orders are placed without a payment method, and pay for no checkout.
    let statement = if order.has_new_checkout() {
        INSERT_WITH_CHECKOUT
    } else {
        INSERT
    };
    let write = write(statement, order, key, events)?
        .bind(state.total.currency().to_string())
        .bind(state.external_reference.as_str());
    Ok(if order.has_new_checkout() {
        with_checkout(write, order)
    } else {
        write
    })
}

/// Replaces an order, and keeps how its checkout ended for the call that started it.
pub(super) fn update<'a>(
    order: &Order,
    outcome: Option<&CheckoutOutcome>,
    key: Option<&'a IdempotencyKey>,
    events: &[NewEvent],
) -> Result<Write<'a>, StoreError> {
    let statement = if order.has_new_checkout() {
        UPDATE_WITH_CHECKOUT
    } else {
        UPDATE
    };
    let write = write(statement, order, key, events)?
        .bind(order.kept_version())
        .bind(order.has_new_address());
    if order.has_new_checkout() {
        with_outcome(with_checkout(write, order), order, outcome)
    } else {
        Ok(write)
    }
}

fn write<'a>(
    statement: &'static str,
    order: &Order,
    key: Option<&'a IdempotencyKey>,
    events: &[NewEvent],
) -> Result<Write<'a>, StoreError> {
    let state = order.snapshot();
    let answer = Kept::Answer(kept::answer(order));
    Ok(Write::new(statement, key, &answer, events)
        .bind(state.id.as_uuid())
        .bind(state.customer_id.as_uuid())
        .bind(state.status.as_str())
        .bind(state.total.minor())
        .bind(row::items_json(&state.items)?)
        .bind(row::metadata_json(&state.metadata)?)
        .bind(state.cancel_reason.as_str())
        .bind(state.archived)
        .bind(state.created_at)
        .bind(state.updated_at)
        .bind(state.version)
        .bind(row::address_parts(order.shipping_address())))
}

fn with_checkout<'a>(write: Write<'a>, order: &Order) -> Write<'a> {
    let (checkout, work) = (order.checkout(), order.work());
    let started_by = work.and_then(|work| work.started_by.as_ref());
    write
        .bind(checkout.state.as_str())
        .bind(row::number(checkout.attempt))
        .bind(checkout.payment_id.map(PaymentId::as_uuid))
        .bind(checkout.failure_reason.as_str())
        .bind(checkout.expires_at)
        .bind(work.map(|work| work.step.as_str()))
        .bind(work.map_or("", |work| work.payment_method.as_str()))
        .bind(work.map(|work| work.since))
        .bind(work.map(|work| work.due_at))
        .bind(work.map_or(0, |work| row::number(work.tries)))
        .bind(started_by.map(|key| key.caller.as_str()))
        .bind(started_by.map(|key| key.method.as_str()))
        .bind(started_by.map(|key| key.key.as_str()))
        .bind(started_by.map(|key| key.fingerprint.as_slice()))
}

fn with_outcome<'a>(
    write: Write<'a>,
    order: &Order,
    outcome: Option<&CheckoutOutcome>,
) -> Result<Write<'a>, StoreError> {
    let started_by = outcome.map(|outcome| &outcome.started_by);
    let answered = match outcome {
        Some(outcome) => match &outcome.refusal {
            Some(refusal) => Kept::Refusal(refusal.clone()),
            None => Kept::Answer(kept::answer(order)),
        },
        None => Kept::Answer(Vec::new()),
    };
    let (refused, answer) = idempotency::stored(&answered).map_err(StoreError::undecodable)?;
    Ok(write
        .bind(started_by.map(|key| key.caller.as_str()))
        .bind(started_by.map(|key| key.method.as_str()))
        .bind(started_by.map(|key| key.key.as_str()))
        .bind(started_by.map(|key| key.fingerprint.as_slice()))
        .bind(refused)
        .bind(answer.as_ref()))
}
