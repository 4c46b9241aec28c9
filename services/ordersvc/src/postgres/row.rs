use std::collections::BTreeMap;

use kernel::{Currency, Money, UserId};
use order_core::{
    Address, AddressFields, Checkout, CheckoutState, Item, Order, OrderId, OrderSnapshot, PaymentId, StartKey, Status,
    Step, Work,
};
use platform::postgres::StoreError;
use serde::{Deserialize, Serialize};
use sqlx::{Row, postgres::PgRow};
use time::OffsetDateTime;
use uuid::Uuid;

/// The columns that [`order`] reads, of orders `o`, their addresses `a` and their checkouts `c`.
macro_rules! order_columns {
    () => {
        "o.id, o.customer_id, o.status, o.currency_code, o.total_minor, o.items::text AS items, \
         o.metadata::text AS metadata, o.external_reference, o.cancel_reason, o.archived, o.created_at, \
         o.updated_at, o.version, a.recipient, a.line1, a.line2, a.city, a.region, a.postal_code, \
         a.country_code, a.phone, c.state, c.attempt, c.payment_id, c.failure_reason, c.expires_at, c.step, \
         c.payment_method, c.since, c.due_at, c.tries, c.started_caller, c.started_method, c.started_key, \
         c.started_fingerprint"
    };
}
pub(super) use order_columns;

/// The order in a row; none where an outer join found none.
pub(super) fn order(row: &PgRow) -> Result<Option<Order>, StoreError> {
    let Some(id) = row.try_get::<Option<Uuid>, _>("id")? else {
        return Ok(None);
    };
    let currency: Currency = parsed(row.try_get("currency_code")?)?;
    let state = OrderSnapshot {
        id: OrderId::new(id),
        customer_id: UserId::new(row.try_get("customer_id")?),
        items: items(row.try_get("items")?)?,
        status: named(Status::ALL, Status::as_str, row.try_get("status")?)?,
        total: Money::new(row.try_get("total_minor")?, currency),
        checkout: checkout(row)?,
        cancel_reason: row.try_get("cancel_reason")?,
        archived: row.try_get("archived")?,
        metadata: serde_json::from_str(row.try_get("metadata")?).map_err(StoreError::undecodable)?,
        external_reference: row.try_get("external_reference")?,
        created_at: row.try_get::<OffsetDateTime, _>("created_at")?,
        updated_at: row.try_get::<OffsetDateTime, _>("updated_at")?,
        version: row.try_get("version")?,
    };
    Ok(Some(Order::restore(state, address(row)?, work(row)?)))
}

/// An order that nobody tried to pay has no row.
fn checkout(row: &PgRow) -> Result<Checkout, StoreError> {
    let Some(state) = row.try_get::<Option<&str>, _>("state")? else {
        return Ok(Checkout::default());
    };
    Ok(Checkout {
        state: checkout_state(state)?,
        attempt: count(row.try_get("attempt")?)?,
        payment_id: row.try_get::<Option<Uuid>, _>("payment_id")?.map(PaymentId::new),
        failure_reason: row.try_get("failure_reason")?,
        expires_at: row.try_get("expires_at")?,
    })
}

fn work(row: &PgRow) -> Result<Option<Work>, StoreError> {
    let Some(text) = row.try_get::<Option<&str>, _>("step")? else {
        return Ok(None);
    };
    Ok(Some(Work {
        step: step(text)?,
        payment_method: row.try_get("payment_method")?,
        since: row.try_get("since")?,
        due_at: row.try_get("due_at")?,
        tries: count(row.try_get("tries")?)?,
        started_by: started_by(row)?,
    }))
}

fn started_by(row: &PgRow) -> Result<Option<StartKey>, StoreError> {
    let Some(key) = row.try_get::<Option<String>, _>("started_key")? else {
        return Ok(None);
    };
    let fingerprint: &[u8] = row.try_get("started_fingerprint")?;
    Ok(Some(StartKey {
        caller: row.try_get("started_caller")?,
        method: row.try_get("started_method")?,
        key,
        fingerprint: fingerprint.try_into().map_err(StoreError::undecodable)?,
    }))
}

/// A state of a checkout as it is kept.
pub(super) fn checkout_state(text: &str) -> Result<CheckoutState, StoreError> {
    named(CheckoutState::ALL, CheckoutState::as_str, text)
}

/// A step as it is kept.
pub(super) fn step(text: &str) -> Result<Step, StoreError> {
    named(Step::ALL, Step::as_str, text)
}

/// A count as it is kept, which SQL knows with a sign only.
pub(super) fn count(kept: i32) -> Result<u32, StoreError> {
    u32::try_from(kept).map_err(StoreError::undecodable)
}

/// A count to keep; nothing comes to two thousand million.
pub(super) fn number(count: u32) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

fn address(row: &PgRow) -> Result<Option<Address>, StoreError> {
    let Some(recipient) = row.try_get::<Option<String>, _>("recipient")? else {
        return Ok(None);
    };
    Ok(Some(Address::restore(AddressFields {
        recipient,
        line1: row.try_get("line1")?,
        line2: row.try_get("line2")?,
        city: row.try_get("city")?,
        region: row.try_get("region")?,
        postal_code: row.try_get("postal_code")?,
        country_code: row.try_get("country_code")?,
        phone: row.try_get("phone")?,
    })))
}

/// The parts of an address in the order of the columns.
pub(super) fn address_parts(address: Option<&Address>) -> Option<[&str; 8]> {
    let fields = address?.fields();
    Some([
        &fields.recipient,
        &fields.line1,
        &fields.line2,
        &fields.city,
        &fields.region,
        &fields.postal_code,
        &fields.country_code,
        &fields.phone,
    ])
}

#[derive(Serialize, Deserialize)]
struct ItemRow<'a> {
    sku: std::borrow::Cow<'a, str>,
    name: std::borrow::Cow<'a, str>,
    quantity: i32,
    unit_price_minor: i64,
}

/// Items as they are kept.
pub(super) fn items_json(items: &[Item]) -> Result<String, StoreError> {
    let rows: Vec<ItemRow<'_>> = items
        .iter()
        .map(|item| ItemRow {
            sku: item.sku.as_str().into(),
            name: item.name.as_str().into(),
            quantity: item.quantity,
            unit_price_minor: item.unit_price_minor,
        })
        .collect();
    serde_json::to_string(&rows).map_err(StoreError::undecodable)
}

/// Metadata as it is kept.
pub(super) fn metadata_json(metadata: &BTreeMap<String, String>) -> Result<String, StoreError> {
    serde_json::to_string(metadata).map_err(StoreError::undecodable)
}

fn items(json: &str) -> Result<Vec<Item>, StoreError> {
    let rows: Vec<ItemRow<'_>> = serde_json::from_str(json).map_err(StoreError::undecodable)?;
    Ok(rows
        .into_iter()
        .map(|row| Item {
            sku: row.sku.into_owned(),
            name: row.name.into_owned(),
            quantity: row.quantity,
            unit_price_minor: row.unit_price_minor,
        })
        .collect())
}

fn parsed<T: std::str::FromStr>(text: &str) -> Result<T, StoreError>
where
    T::Err: std::error::Error + Send + Sync + 'static,
{
    text.parse().map_err(StoreError::undecodable)
}

#[derive(Debug, thiserror::Error)]
#[error("a kept word is none of those that are known")]
struct UnknownWord;

fn named<T: Copy>(all: impl IntoIterator<Item = T>, name: fn(T) -> &'static str, text: &str) -> Result<T, StoreError> {
    all.into_iter()
        .find(|word| name(*word) == text)
        .ok_or_else(|| StoreError::undecodable(UnknownWord))
}
