use std::sync::Arc;

use async_trait::async_trait;
use kernel::{Change, IdempotencyKey, Kept, KeyReused, Page, PageSize, PortError};
use order_core::{
    Order, OrderId, RecordedEvent,
    ports::{ForChange, NewOrder, OrderChange, OrderCursor, OrderFilter, Orders, WriteError},
};
use platform::postgres::{Database, Insert, Inserts, StoreError, Written, events::Sequencer, idempotency};

use super::{
    kept, listing,
    row::{self, order_columns},
    statements::{self, Placing},
};

const FIND: &str = concat!(
    "SELECT ",
    order_columns!(),
    " FROM orders o LEFT JOIN order_addresses a ON a.order_id = o.id LEFT JOIN checkouts c ON c.order_id = o.id
     WHERE o.id = $1"
);

const FIND_WITH_KEY: &str = concat!(
    "SELECT ",
    order_columns!(),
    ", k.fingerprint AS kept_fingerprint, k.refused AS kept_refused, k.answer AS kept_answer
     FROM (VALUES (1)) AS one (row) LEFT JOIN orders o ON o.id = $1 LEFT JOIN order_addresses a ON a.order_id = o.id
     LEFT JOIN checkouts c ON c.order_id = o.id
     LEFT JOIN idempotency_keys k ON k.caller = $2 AND k.method = $3 AND k.key = $4"
);

/// Orders in Postgres.
pub struct PgOrders {
    database: Database,
    sequencer: Sequencer,
    inserts: Inserts<Placing>,
}

impl PgOrders {
    /// Orders of this database; the sequencer is told of every event.
    pub fn new(database: Database, sequencer: Sequencer) -> Self {
        let inserts = Inserts::new(database.pool().clone());
        Self {
            database,
            sequencer,
            inserts,
        }
    }

    /// Most orders are placed without a checkout, and go together when they come together.
    async fn write_new(&self, placing: Placing) -> Result<Written, WriteError> {
        if placing.order.has_new_checkout() {
            let write = placing.alone().map_err(write_error)?;
            write.run(self.database.pool()).await.map_err(write_error)
        } else {
            self.inserts.insert(placing).await.map_err(insert_error)
        }
    }

    /// What became of a write, as the domain has it: `None` when its condition did not hold.
    fn changed(
        &self,
        written: Written,
        order: Order,
        events: &[RecordedEvent],
    ) -> Result<Option<Change<Order>>, WriteError> {
        match written {
            Written::Saved => {
                self.sequencer.wake();
                count(events);
                Ok(Some(Change::Done(order.as_kept())))
            }
            Written::NotSaved => Ok(None),
            Written::Kept(kept) => match kept::kept_order(kept).map_err(write_error)? {
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
        let order = Arc::new(order);
        let placing = Placing {
            order: Arc::clone(&order),
            key,
            events: kept::new_events(&events),
        };
        failpoint::hit("orders.insert.before");
        let written = self.write_new(placing).await?;
        failpoint::hit("orders.insert.after");
        let change = self.changed(written, Arc::unwrap_or_clone(order), &events)?;
        change.ok_or_else(|| write_error(StoreError::undecodable(NothingInserted)))
    }

    #[tracing::instrument(name = "db.orders.find_kept", skip_all)]
    async fn find_kept(&self, key: &IdempotencyKey) -> Result<Option<Kept<Order>>, WriteError> {
        let kept = idempotency::find(self.database.pool(), key)
            .await
            .map_err(write_error)?;
        kept.map(kept::kept_order).transpose().map_err(write_error)
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
        let OrderChange { order, events, outcome } = change;
        let new_events = kept::new_events(&events);
        let write = statements::update(&order, outcome.as_ref(), key.as_ref(), &new_events).map_err(write_error)?;
        failpoint::hit("orders.save.before");
        let written = write.run(self.database.pool()).await.map_err(write_error)?;
        failpoint::hit("orders.save.after");
        self.changed(written, order, &events)?.ok_or(WriteError::Stale)
    }

    #[tracing::instrument(name = "db.orders.keep", skip_all)]
    async fn keep(&self, key: IdempotencyKey, answered: Kept<Order>) -> Result<Option<Kept<Order>>, WriteError> {
        let bytes = match answered {
            Kept::Answer(order) => Kept::Answer(kept::answer(&order)),
            Kept::Refusal(refusal) => Kept::Refusal(refusal),
        };
        failpoint::hit("orders.keep.before");
        let earlier = idempotency::keep(self.database.pool(), &key, &bytes)
            .await
            .map_err(write_error)?;
        failpoint::hit("orders.keep.after");
        earlier.map(kept::kept_order).transpose().map_err(write_error)
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
        kept: kept.map(kept::kept_order).transpose()?,
    })
}

async fn list(
    database: &Database,
    filter: &OrderFilter,
    after: Option<OrderCursor>,
    size: PageSize,
) -> Result<Vec<Order>, StoreError> {
    let mut query = listing::page(filter, after, size);
    let rows = query.build().fetch_all(database.pool()).await?;
    rows.iter().filter_map(|found| row::order(found).transpose()).collect()
}

#[derive(Debug, thiserror::Error)]
#[error("an insert without a condition inserted nothing")]
struct NothingInserted;

fn write_error(error: StoreError) -> WriteError {
    match error {
        StoreError::KeyReused(error) => error.into(),
        // The same call, made twice at once, started the checkout of another order.
        other if other.constraint() == Some("checkouts_started_key") => KeyReused.into(),
        other => WriteError::Store(PortError::new(other)),
    }
}

fn insert_error(error: Arc<StoreError>) -> WriteError {
    match Arc::try_unwrap(error) {
        Ok(error) => write_error(error),
        // Of a whole round: no constraint is behind it.
        Err(shared) => WriteError::Store(PortError::new(shared)),
    }
}

fn count(events: &[RecordedEvent]) {
    for recorded in events {
        let name = recorded.event.name().trim_start_matches("order.");
        metrics::counter!("orders_total", "event" => name).increment(1);
    }
}
