use anyhow::Context;
use api::order::v1 as proto;
use futures::TryStreamExt;
use prost::Message;
use sqlx::{Connection, PgConnection, Row, postgres::PgRow};
use uuid::Uuid;

use super::{Books, Log, Order, OrderEvent, Work};
use crate::{client_log::OrderState, words::CheckoutState};

const ORDERS: &str = "
    SELECT o.id, o.customer_id, o.status, o.currency_code, o.total_minor, o.external_reference, o.cancel_reason,
        o.archived, o.version, coalesce(c.state, 'NONE') AS state, coalesce(c.attempt, 0) AS attempt, c.payment_id,
        coalesce(c.failure_reason, '') AS failure_reason, c.step, coalesce(c.tries, 0) AS tries,
        extract(epoch FROM now() - c.due_at)::float8 AS overdue
    FROM orders o LEFT JOIN checkouts c ON c.order_id = o.id ORDER BY o.id";

const EVENTS: &str = "
    SELECT event_id, aggregate_id, aggregate_version, payload FROM event_log
    WHERE aggregate_type = 'order' ORDER BY position";

const LOG: &str = "
    SELECT (SELECT count(*) FROM event_log) AS events, (SELECT coalesce(max(position), 0) FROM event_log) AS last,
        (SELECT position FROM log_head) AS head, (SELECT floor FROM log_head) AS floor, (SELECT count(*) FROM outbox) AS waiting";

pub(super) async fn read(books: &mut Books, url: &str) -> anyhow::Result<()> {
    let mut connection = PgConnection::connect(url).await?;
    let rows = sqlx::query(ORDERS).fetch_all(&mut connection).await?;
    books.orders = rows.iter().map(order).collect::<anyhow::Result<_>>()?;
    books.order_events = sqlx::query(EVENTS)
        .fetch(&mut connection)
        .map_err(anyhow::Error::from)
        .and_then(|row| std::future::ready(event(&row)))
        .try_collect()
        .await?;
    books.order_log = log(&mut connection).await?;
    connection.close().await?;
    Ok(())
}

/// The sums of the event log of this database.
pub(super) async fn log(connection: &mut PgConnection) -> anyhow::Result<Log> {
    let row = sqlx::query(LOG).fetch_one(connection).await?;
    Ok(Log {
        events: row.try_get("events")?,
        last_position: row.try_get("last")?,
        head: row.try_get("head")?,
        floor: row.try_get("floor")?,
        waiting: row.try_get("waiting")?,
    })
}

fn order(row: &PgRow) -> anyhow::Result<Order> {
    let id: Uuid = row.try_get("id")?;
    read_order(row, id).with_context(|| format!("could not understand order {id}"))
}

fn read_order(row: &PgRow, id: Uuid) -> anyhow::Result<Order> {
    let step: Option<String> = row.try_get("step")?;
    let work = match step {
        Some(step) => Some(Work {
            step,
            overdue_seconds: row.try_get("overdue")?,
            tries: row.try_get("tries")?,
        }),
        None => None,
    };
    Ok(Order {
        id,
        customer_id: row.try_get("customer_id")?,
        status: row.try_get::<&str, _>("status")?.parse()?,
        currency_code: row.try_get("currency_code")?,
        total: row.try_get("total_minor")?,
        external_reference: row.try_get("external_reference")?,
        cancel_reason: row.try_get("cancel_reason")?,
        archived: row.try_get("archived")?,
        version: row.try_get("version")?,
        checkout: row.try_get::<&str, _>("state")?.parse::<CheckoutState>()?,
        attempt: row.try_get::<i32, _>("attempt")?.try_into()?,
        payment_id: row.try_get("payment_id")?,
        failure_reason: row.try_get("failure_reason")?,
        work,
    })
}

fn event(row: &PgRow) -> anyhow::Result<OrderEvent> {
    let id: Uuid = row.try_get("event_id")?;
    read_event(row, id).with_context(|| format!("could not understand event {id}"))
}

fn read_event(row: &PgRow, id: Uuid) -> anyhow::Result<OrderEvent> {
    let message = proto::OrderEvent::decode(row.try_get::<&[u8], _>("payload")?)?;
    let kind = message.r#type().as_str_name().trim_start_matches("TYPE_").parse()?;
    let order = message.order.as_ref().context("it has no order")?;
    Ok(OrderEvent {
        id,
        order: row.try_get("aggregate_id")?,
        version: row.try_get("aggregate_version")?,
        kind,
        state: OrderState::try_from(order)?,
    })
}
