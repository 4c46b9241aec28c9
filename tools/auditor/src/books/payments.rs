use anyhow::Context;
use sqlx::{Connection, PgConnection, Row, postgres::PgRow};
use uuid::Uuid;

use super::{Books, Operation, Payment, PaymentEvent, Transfer, orders};

const PAYMENTS: &str = "
    SELECT id, order_id, customer_id, status, amount_minor, currency_code, authorized_minor, captured_minor,
        refunded_minor, refund_reserved_minor, charge_id, version
    FROM payments ORDER BY created_at, id";

const OPERATIONS: &str = "
    SELECT id, payment_id, kind, amount_minor, status, reason, key, tries
    FROM payment_operations ORDER BY created_at, id";

const TRANSFERS: &str = "
    SELECT id, payment_id, operation_id, debit_account, credit_account, amount_minor, currency_code
    FROM ledger_transfers ORDER BY created_at, id";

const EVENTS: &str = "
    SELECT event_id, aggregate_id, aggregate_version, type FROM event_log
    WHERE aggregate_type = 'payment' ORDER BY position";

pub(super) async fn read(books: &mut Books, url: &str) -> anyhow::Result<()> {
    let mut connection = PgConnection::connect(url).await?;
    let rows = sqlx::query(PAYMENTS).fetch_all(&mut connection).await?;
    books.payments = rows.iter().map(payment).collect::<anyhow::Result<_>>()?;
    let rows = sqlx::query(OPERATIONS).fetch_all(&mut connection).await?;
    books.operations = rows.iter().map(operation).collect::<anyhow::Result<_>>()?;
    let rows = sqlx::query(TRANSFERS).fetch_all(&mut connection).await?;
    books.transfers = rows.iter().map(transfer).collect::<anyhow::Result<_>>()?;
    let rows = sqlx::query(EVENTS).fetch_all(&mut connection).await?;
    books.payment_events = rows.iter().map(event).collect::<anyhow::Result<_>>()?;
    books.payment_log = orders::log(&mut connection).await?;
    connection.close().await?;
    Ok(())
}

fn payment(row: &PgRow) -> anyhow::Result<Payment> {
    let id: Uuid = row.try_get("id")?;
    let status = row.try_get::<&str, _>("status")?.parse();
    Ok(Payment {
        id,
        order_id: row.try_get("order_id")?,
        customer_id: row.try_get("customer_id")?,
        status: status.with_context(|| format!("could not understand payment {id}"))?,
        amount: row.try_get("amount_minor")?,
        currency_code: row.try_get("currency_code")?,
        authorized: row.try_get("authorized_minor")?,
        captured: row.try_get("captured_minor")?,
        refunded: row.try_get("refunded_minor")?,
        refund_reserved: row.try_get("refund_reserved_minor")?,
        charge_id: row.try_get("charge_id")?,
        version: row.try_get("version")?,
    })
}

fn operation(row: &PgRow) -> anyhow::Result<Operation> {
    Ok(Operation {
        id: row.try_get("id")?,
        payment: row.try_get("payment_id")?,
        kind: row.try_get::<&str, _>("kind")?.parse()?,
        amount: row.try_get("amount_minor")?,
        status: row.try_get::<&str, _>("status")?.parse()?,
        reason: row.try_get("reason")?,
        key: row.try_get("key")?,
        tries: row.try_get("tries")?,
    })
}

fn transfer(row: &PgRow) -> anyhow::Result<Transfer> {
    Ok(Transfer {
        id: row.try_get("id")?,
        payment: row.try_get("payment_id")?,
        operation: row.try_get("operation_id")?,
        debit: row.try_get("debit_account")?,
        credit: row.try_get("credit_account")?,
        amount: row.try_get("amount_minor")?,
        currency_code: row.try_get("currency_code")?,
    })
}

fn event(row: &PgRow) -> anyhow::Result<PaymentEvent> {
    Ok(PaymentEvent {
        id: row.try_get("event_id")?,
        payment: row.try_get("aggregate_id")?,
        version: row.try_get("aggregate_version")?,
        kind: row.try_get("type")?,
    })
}
