use async_trait::async_trait;
use kernel::{Change, IdempotencyKey, Kept, Page, PageSize, PortError};
use order_core::{
    Order, OrderId, RecordedEvent,
    ports::{ForChange, NewOrder, OrderChange, OrderCursor, OrderFilter, Orders, WriteError},
};
use platform::postgres::{
    Database, StoreError, Write, Written,
    events::{NewEvent, Sequencer},
    idempotency,
};
use prost::Message;
use sqlx::{Postgres, QueryBuilder};

use super::row::{self, order_columns};
use crate::grpc::convert;

const INSERT: &str = platform::write_statement!(
    "saved AS (INSERT INTO orders (id, customer_id, status, currency_code, total_minor, items, metadata,
         external_reference, cancel_reason, archived, created_at, updated_at, version)
         VALUES ($18, $19, $20, $21, $22, $23::jsonb, $24::jsonb, $25, $26, $27, $28, $29, $30) RETURNING id),
     addressed AS (INSERT INTO order_addresses (order_id, customer_id, recipient, line1, line2, city, region,
         postal_code, country_code, phone)
         SELECT $18, $19, part[1], part[2], part[3], part[4], part[5], part[6], part[7], part[8]
         FROM (SELECT $31::text[] AS part) AS address WHERE part IS NOT NULL)"
);

const UPDATE: &str = platform::write_statement!(
    "saved AS (UPDATE orders SET status = $20, total_minor = $21, items = $22::jsonb, metadata = $23::jsonb,
         cancel_reason = $24, archived = $25, updated_at = $26, version = $27
         WHERE id = $18 AND version = $19 RETURNING id, customer_id),
     addressed AS (INSERT INTO order_addresses AS kept_address (order_id, customer_id, recipient, line1, line2, city,
         region, postal_code, country_code, phone)
         SELECT id, customer_id, part[1], part[2], part[3], part[4], part[5], part[6], part[7], part[8]
         FROM saved, (SELECT $29::text[] AS part) AS address WHERE $28 AND part IS NOT NULL
         ON CONFLICT ON CONSTRAINT order_addresses_pkey DO UPDATE SET recipient = excluded.recipient,
         line1 = excluded.line1, line2 = excluded.line2, city = excluded.city, region = excluded.region,
         postal_code = excluded.postal_code, country_code = excluded.country_code, phone = excluded.phone),
     unaddressed AS (DELETE FROM order_addresses
         WHERE order_id = $18 AND $28 AND $29::text[] IS NULL AND EXISTS (SELECT FROM saved))"
);

const FIND: &str = concat!(
    "SELECT ",
    order_columns!(),
    " FROM orders o LEFT JOIN order_addresses a ON a.order_id = o.id WHERE o.id = $1"
);

const FIND_WITH_KEY: &str = concat!(
    "SELECT ",
    order_columns!(),
    ", k.fingerprint AS kept_fingerprint, k.refused AS kept_refused, k.answer AS kept_answer
     FROM (VALUES (1)) AS one (row) LEFT JOIN orders o ON o.id = $1 LEFT JOIN order_addresses a ON a.order_id = o.id
     LEFT JOIN idempotency_keys k ON k.caller = $2 AND k.method = $3 AND k.key = $4"
);

const LIST: &str = concat!(
    "SELECT ",
    order_columns!(),
    " FROM orders o LEFT JOIN order_addresses a ON a.order_id = o.id WHERE true"
);

/// Orders in Postgres.
#[derive(Clone)]
pub struct PgOrders {
    database: Database,
    sequencer: Sequencer,
}

impl PgOrders {
    /// Orders of this database; the sequencer is told of every event.
    pub const fn new(database: Database, sequencer: Sequencer) -> Self {
        Self { database, sequencer }
    }

    /// Runs a write and tells what became of it: `None` when its condition did not hold.
    async fn write(
        &self,
        write: Write<'_>,
        order: Order,
        events: &[RecordedEvent],
    ) -> Result<Option<Change<Order>>, WriteError> {
        match write.run(self.database.pool()).await.map_err(write_error)? {
            Written::Saved => {
                self.sequencer.wake();
                count(events);
                let (state, address) = order.into_parts();
                Ok(Some(Change::Done(Order::restore(state, address))))
            }
            Written::NotSaved => Ok(None),
            Written::Kept(kept) => match kept_order(kept).map_err(write_error)? {
                Kept::Answer(order) => Ok(Some(Change::Replayed(order))),
                Kept::Refusal(refusal) => Err(WriteError::Refused(refusal)),
            },
        }
    }
}

#[async_trait]
impl Orders for PgOrders {
    #[tracing::instrument(name = "db.orders.insert", skip_all)]
    async fn insert(&self, new: NewOrder, key: Option<IdempotencyKey>) -> Result<Change<Order>, WriteError> {
        let NewOrder { order, events } = new;
        let state = order.snapshot();
        let write = Write::new(
            INSERT,
            key.as_ref(),
            &Kept::Answer(answer(&order)),
            &new_events(&events),
        )
        .bind(state.id.as_uuid())
        .bind(state.customer_id.as_uuid())
        .bind(state.status.as_str())
        .bind(state.total.currency().to_string())
        .bind(state.total.minor())
        .bind(row::items_json(&state.items).map_err(write_error)?)
        .bind(row::metadata_json(&state.metadata).map_err(write_error)?)
        .bind(state.external_reference.as_str())
        .bind(state.cancel_reason.as_str())
        .bind(state.archived)
        .bind(state.created_at)
        .bind(state.updated_at)
        .bind(state.version)
        .bind(row::address_array(order.shipping_address()));
        let written = self.write(write, order.clone(), &events).await?;
        written.ok_or_else(|| write_error(StoreError::undecodable(NothingInserted)))
    }

    #[tracing::instrument(name = "db.orders.find_kept", skip_all)]
    async fn find_kept(&self, key: &IdempotencyKey) -> Result<Option<Kept<Order>>, WriteError> {
        let kept = idempotency::find(self.database.pool(), key)
            .await
            .map_err(write_error)?;
        kept.map(kept_order).transpose().map_err(write_error)
    }

    #[tracing::instrument(name = "db.orders.find", skip_all)]
    async fn find(&self, id: OrderId) -> Result<Option<Order>, PortError> {
        find(&self.database, id).await.map_err(PortError::new)
    }

    #[tracing::instrument(name = "db.orders.find_for_change", skip_all)]
    async fn find_for_change(&self, id: OrderId, key: Option<&IdempotencyKey>) -> Result<ForChange, WriteError> {
        match key {
            Some(key) => find_with_key(&self.database, id, key).await,
            None => find(&self.database, id)
                .await
                .map(|order| ForChange { order, kept: None }),
        }
        .map_err(write_error)
    }

    #[tracing::instrument(name = "db.orders.save", skip_all)]
    async fn save(&self, change: OrderChange, key: Option<IdempotencyKey>) -> Result<Change<Order>, WriteError> {
        let OrderChange { order, events } = change;
        let state = order.snapshot();
        let write = Write::new(
            UPDATE,
            key.as_ref(),
            &Kept::Answer(answer(&order)),
            &new_events(&events),
        )
        .bind(state.id.as_uuid())
        .bind(order.kept_version())
        .bind(state.status.as_str())
        .bind(state.total.minor())
        .bind(row::items_json(&state.items).map_err(write_error)?)
        .bind(row::metadata_json(&state.metadata).map_err(write_error)?)
        .bind(state.cancel_reason.as_str())
        .bind(state.archived)
        .bind(state.updated_at)
        .bind(state.version)
        .bind(order.has_new_address())
        .bind(row::address_array(order.shipping_address()));
        self.write(write, order.clone(), &events)
            .await?
            .ok_or(WriteError::Stale)
    }

    #[tracing::instrument(name = "db.orders.keep", skip_all)]
    async fn keep(&self, key: IdempotencyKey, answered: Kept<Order>) -> Result<Option<Kept<Order>>, WriteError> {
        let bytes = match answered {
            Kept::Answer(order) => Kept::Answer(answer(&order)),
            Kept::Refusal(refusal) => Kept::Refusal(refusal),
        };
        let earlier = idempotency::keep(self.database.pool(), &key, &bytes)
            .await
            .map_err(write_error)?;
        earlier.map(kept_order).transpose().map_err(write_error)
    }

    #[tracing::instrument(name = "db.orders.list", skip_all)]
    async fn list(
        &self,
        filter: &OrderFilter,
        after: Option<OrderCursor>,
        size: PageSize,
    ) -> Result<Page<Order, OrderCursor>, PortError> {
        let orders = list(&self.database, filter, after, size)
            .await
            .map_err(PortError::new)?;
        Ok(Page::of(orders, size, OrderCursor::of))
    }
}

async fn find(database: &Database, id: OrderId) -> Result<Option<Order>, StoreError> {
    let found = sqlx::query(FIND)
        .bind(id.as_uuid())
        .fetch_optional(database.pool())
        .await?;
    found.as_ref().map_or(Ok(None), row::order)
}

async fn find_with_key(database: &Database, id: OrderId, key: &IdempotencyKey) -> Result<ForChange, StoreError> {
    let found = sqlx::query(FIND_WITH_KEY)
        .bind(id.as_uuid())
        .bind(&key.caller)
        .bind(key.method)
        .bind(&key.key)
        .fetch_one(database.pool())
        .await?;
    let kept = idempotency::kept_of_row(&found, key)?;
    Ok(ForChange {
        order: row::order(&found)?,
        kept: kept.map(kept_order).transpose()?,
    })
}

/// One row more than the page, which tells whether another page follows.
async fn list(
    database: &Database,
    filter: &OrderFilter,
    after: Option<OrderCursor>,
    size: PageSize,
) -> Result<Vec<Order>, StoreError> {
    // Only the conditions that hold are written, so that each kind of listing gets its own plan.
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(LIST);
    if let Some(customer) = filter.customer_id {
        query.push(" AND o.customer_id = ").push_bind(customer.as_uuid());
    }
    if let Some(status) = filter.status {
        query.push(" AND o.status = ").push_bind(status.as_str());
    }
    if let Some(from) = filter.created_after {
        query.push(" AND o.created_at >= ").push_bind(from);
    }
    if let Some(until) = filter.created_before {
        query.push(" AND o.created_at < ").push_bind(until);
    }
    if !filter.include_archived {
        query.push(" AND NOT o.archived");
    }
    if let Some(after) = after {
        query.push(" AND (o.created_at, o.id) < (").push_bind(after.created_at);
        query.push(", ").push_bind(after.id.as_uuid()).push(")");
    }
    query
        .push(" ORDER BY o.created_at DESC, o.id DESC LIMIT ")
        .push_bind(i64::from(size.get()) + 1);
    let rows = query.build().fetch_all(database.pool()).await?;
    rows.iter().filter_map(|found| row::order(found).transpose()).collect()
}

#[derive(Debug, thiserror::Error)]
#[error("an insert without a condition inserted nothing")]
struct NothingInserted;

fn write_error(error: StoreError) -> WriteError {
    match error {
        StoreError::KeyReused(error) => error.into(),
        other => WriteError::Store(PortError::new(other)),
    }
}

/// What is kept under a key: the order as it was answered.
fn answer(order: &Order) -> Vec<u8> {
    convert::order(order).encode_to_vec()
}

fn kept_order(kept: Kept<Vec<u8>>) -> Result<Kept<Order>, StoreError> {
    match kept {
        Kept::Answer(bytes) => {
            let message = api::order::v1::Order::decode(bytes.as_slice()).map_err(StoreError::undecodable)?;
            let order = convert::kept_order(message).map_err(StoreError::undecodable)?;
            Ok(Kept::Answer(order))
        }
        Kept::Refusal(refusal) => Ok(Kept::Refusal(refusal)),
    }
}

/// Events as the log keeps them.
fn new_events(events: &[RecordedEvent]) -> Vec<NewEvent> {
    let traceparent = platform::grpc::current_traceparent();
    events
        .iter()
        .map(|recorded| {
            let state = recorded.event.order();
            NewEvent {
                event_id: recorded.id,
                aggregate_type: "order",
                aggregate_id: state.id.as_uuid(),
                aggregate_version: state.version,
                owner_id: Some(state.customer_id.as_uuid()),
                event_type: recorded.event.name(),
                schema_version: 1,
                occurred_at: state.updated_at,
                actor: recorded.actor.clone(),
                traceparent: traceparent.clone(),
                payload: convert::event(recorded, String::new()).encode_to_vec(),
            }
        })
        .collect()
}

fn count(events: &[RecordedEvent]) {
    for recorded in events {
        let name = recorded.event.name().trim_start_matches("order.");
        metrics::counter!("orders_total", "event" => name).increment(1);
    }
}
