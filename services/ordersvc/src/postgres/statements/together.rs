use std::sync::Arc;

use kernel::{IdempotencyKey, Kept};
use order_core::Order;
use platform::postgres::{Insert, StoreError, Write, WriteTogether, events::NewEvent};
use uuid::Uuid;

use super::{insert, kept, row};

const TOGETHER: &str = platform::write_together!(
    "saved AS (INSERT INTO orders (id, customer_id, status, total_minor, items, metadata, cancel_reason, archived,
         created_at, updated_at, version, currency_code, external_reference)
         SELECT n.id, n.customer_id, n.status, n.total_minor, n.items::jsonb, n.metadata::jsonb, n.cancel_reason,
             n.archived, n.created_at, n.updated_at, n.version, n.currency_code, n.external_reference
         FROM unnest($1::text[], $2::text[], $3::text[], $18::uuid[], $19::uuid[], $20::text[], $21::bigint[],
             $22::text[], $23::text[], $24::text[], $25::boolean[], $26::timestamptz[], $27::timestamptz[],
             $28::bigint[], $29::text[], $30::text[])
             AS n (caller, method, key, id, customer_id, status, total_minor, items, metadata, cancel_reason, archived,
             created_at, updated_at, version, currency_code, external_reference)
         WHERE ",
    platform::unkept!(),
    " RETURNING id),
     addressed AS (INSERT INTO order_addresses (order_id, customer_id, recipient, line1, line2, city, region,
         postal_code, country_code, phone)
         SELECT a.*
         FROM unnest($31::uuid[], $32::uuid[], $33::text[], $34::text[], $35::text[], $36::text[], $37::text[],
             $38::text[], $39::text[], $40::text[]) AS a (order_id)
         WHERE a.order_id IN (SELECT id FROM saved))",
);

/// A new order without a checkout, as it waits to be written.
pub(in crate::postgres) struct Placing {
    /// The order.
    pub(in crate::postgres) order: Arc<Order>,
    /// The key of the call.
    pub(in crate::postgres) key: Option<IdempotencyKey>,
    /// What happened.
    pub(in crate::postgres) events: Vec<NewEvent>,
}

impl Insert for Placing {
    fn id(&self) -> Uuid {
        self.order.id().as_uuid()
    }

    fn key(&self) -> Option<&IdempotencyKey> {
        self.key.as_ref()
    }

    fn events(&self) -> &[NewEvent] {
        &self.events
    }

    fn answer(&self) -> Kept<Vec<u8>> {
        Kept::Answer(kept::answer(&self.order))
    }

    fn alone(&self) -> Result<Write<'_>, StoreError> {
        insert(&self.order, self.key.as_ref(), &self.events)
    }

    fn together(all: &[&Self]) -> Result<WriteTogether, StoreError> {
        let orders = || all.iter().map(|placing| placing.order.snapshot());
        let items = orders().map(|order| row::items_json(&order.items));
        let metadata = orders().map(|order| row::metadata_json(&order.metadata));
        let write = WriteTogether::new(TOGETHER, all)
            .bind(orders().map(|order| order.id.as_uuid()).collect())
            .bind(orders().map(|order| order.customer_id.as_uuid()).collect())
            .bind(orders().map(|order| order.status.as_str().to_owned()).collect())
            .bind(orders().map(|order| order.total.minor()).collect())
            .bind(items.collect::<Result<Vec<_>, _>>()?)
            .bind(metadata.collect::<Result<Vec<_>, _>>()?)
            .bind(orders().map(|order| order.cancel_reason.clone()).collect())
            .bind(orders().map(|order| order.archived).collect())
            .bind(orders().map(|order| order.created_at).collect())
            .bind(orders().map(|order| order.updated_at).collect())
            .bind(orders().map(|order| order.version).collect())
            .bind(orders().map(|order| order.total.currency().to_string()).collect())
            .bind(orders().map(|order| order.external_reference.clone()).collect());
        Ok(with_addresses(write, all))
    }
}

fn with_addresses(write: WriteTogether, all: &[&Placing]) -> WriteTogether {
    let (mut ids, mut customers) = (Vec::new(), Vec::new());
    let mut columns: [Vec<String>; 8] = Default::default();
    for placing in all {
        let Some(parts) = row::address_parts(placing.order.shipping_address()) else {
            continue;
        };
        let order = placing.order.snapshot();
        ids.push(order.id.as_uuid());
        customers.push(order.customer_id.as_uuid());
        for (column, part) in columns.iter_mut().zip(parts) {
            column.push(part.to_owned());
        }
    }
    let write = write.bind(ids).bind(customers);
    columns.into_iter().fold(write, WriteTogether::bind)
}
