use std::{net::SocketAddr, path::PathBuf};

use api::order::v1::{Checkout, CheckoutState, Order, OrderEvent, OrderStatus, order_event::Type};
use prost::Message;
use sqlx::{Connection, PgConnection};
use testkit::postgres::TestDatabase;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    task::JoinHandle,
};
use uuid::Uuid;

const ORDER: Uuid = Uuid::from_u128(1);
const CUSTOMER: Uuid = Uuid::from_u128(2);
const PAYMENT: Uuid = Uuid::from_u128(3);
const TOTAL: i64 = 500;

/// One order that was paid for, in real tables and at a provider that knows nothing else.
pub(crate) struct Kept {
    orders: TestDatabase,
    payments: TestDatabase,
    provider: SocketAddr,
    answering: JoinHandle<()>,
    logs: PathBuf,
}

impl Kept {
    pub(crate) async fn new() -> Self {
        let orders = TestDatabase::create(&ordersvc::MIGRATIONS).await.unwrap();
        let payments = TestDatabase::create(&paymentsvc::MIGRATIONS).await.unwrap();
        keep_order(&mut orders.superuser().await.unwrap()).await;
        keep_payment(&mut payments.superuser().await.unwrap()).await;
        let (provider, answering) = provider().await;
        let logs = std::env::temp_dir().join(format!("auditor-{}", orders.name()));
        std::fs::create_dir(&logs).unwrap();
        Self {
            orders,
            payments,
            provider,
            answering,
            logs,
        }
    }

    pub(crate) fn orders_db(&self) -> String {
        self.orders.migrator_url()
    }

    pub(crate) fn payments_db(&self) -> String {
        self.payments.migrator_url()
    }

    pub(crate) fn provider(&self) -> String {
        format!("http://{}", self.provider)
    }

    pub(crate) fn stop_provider(&mut self) {
        self.answering.abort();
    }

    pub(crate) async fn change_payments(&self, statement: &'static str) {
        let mut connection = self.payments.superuser().await.unwrap();
        sqlx::raw_sql(statement).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    }

    /// A log of one line of these parts, or of none.
    pub(crate) fn log(&self, parts: &[&str]) -> String {
        let path = self.logs.join("client.jsonl");
        std::fs::write(&path, parts.concat()).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.answering.abort();
        drop(std::fs::remove_dir_all(&self.logs));
    }
}

async fn keep_order(connection: &mut PgConnection) {
    sqlx::raw_sql(
        "INSERT INTO orders (id, customer_id, status, currency_code, total_minor, items, metadata, external_reference,
             cancel_reason, archived, created_at, updated_at, version)
         VALUES ('00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000002', 'CONFIRMED', 'USD',
             500, '[]', '{}', 'paid', '', false, now(), now(), 4);
         INSERT INTO checkouts (order_id, order_created_at, state, attempt, payment_id, failure_reason, tries,
             payment_method)
         VALUES ('00000000-0000-0000-0000-000000000001', now(), 'PAID', 1, '00000000-0000-0000-0000-000000000003', '',
             1, '');
         UPDATE log_head SET position = 4;",
    )
    .execute(&mut *connection)
    .await
    .unwrap();
    let history = [
        (Type::Created, OrderStatus::Pending, CheckoutState::None, 0),
        (Type::CheckoutChanged, OrderStatus::Pending, CheckoutState::Running, 1),
        (Type::StatusChanged, OrderStatus::Confirmed, CheckoutState::Running, 1),
        (Type::CheckoutChanged, OrderStatus::Confirmed, CheckoutState::Paid, 1),
    ];
    for (version, (kind, status, checkout, attempt)) in (1_i64..).zip(history) {
        let payload = OrderEvent {
            r#type: kind.into(),
            version,
            order: Some(Order {
                id: ORDER.to_string(),
                customer_id: CUSTOMER.to_string(),
                status: status.into(),
                total_cents: TOTAL,
                currency_code: "USD".to_owned(),
                etag: format!("v{version}"),
                checkout: Some(Checkout {
                    state: checkout.into(),
                    attempt,
                    ..Checkout::default()
                }),
                external_reference: "paid".to_owned(),
                ..Order::default()
            }),
            ..OrderEvent::default()
        };
        log(
            connection,
            "order",
            ORDER,
            version,
            version,
            "order",
            &payload.encode_to_vec(),
        )
        .await;
    }
}

async fn keep_payment(connection: &mut PgConnection) {
    sqlx::raw_sql(
        "INSERT INTO payments (id, order_id, customer_id, status, amount_minor, currency_code, capture_method,
             authorized_minor, captured_minor, payment_method, card_brand, card_last4, description, charge_id,
             created_at, updated_at, version)
         VALUES ('00000000-0000-0000-0000-000000000003', '00000000-0000-0000-0000-000000000001',
             '00000000-0000-0000-0000-000000000002', 'CAPTURED', 500, 'USD', 'MANUAL', 500, 500, 'pm_card_visa',
             'visa', '4242', '', 'ch_1', now(), now(), 4);
         INSERT INTO payment_operations (id, payment_id, kind, amount_minor, status, reason, caller, due_at,
             leased_until, created_at, updated_at)
         SELECT ('00000000-0000-0000-0000-0000000000a' || number)::uuid, '00000000-0000-0000-0000-000000000003', kind,
             500, 'SUCCEEDED', '', 'service:ordersvc', now(), now(), now(), now()
         FROM (VALUES (1, 'AUTHORIZE'), (2, 'CAPTURE')) AS operation (number, kind);
         INSERT INTO ledger_transfers (id, payment_id, operation_id, movement, debit_account, credit_account,
             amount_minor, currency_code, created_at)
         SELECT ('00000000-0000-0000-0000-0000000000b' || number)::uuid, '00000000-0000-0000-0000-000000000003',
             ('00000000-0000-0000-0000-0000000000a' || operation)::uuid, number::text, debit, credit, 500, 'USD', now()
         FROM (VALUES (1, 1, 'authorizations', 'authorization_holds'), (2, 2, 'authorization_holds', 'authorizations'),
             (3, 2, 'provider_clearing', 'sales')) AS transfer (number, operation, debit, credit);
         UPDATE log_head SET position = 2;",
    )
    .execute(&mut *connection)
    .await
    .unwrap();
    for (position, kind) in [(1, "payment.authorized"), (2, "payment.captured")] {
        log(connection, "payment", PAYMENT, position, position + 1, kind, &[]).await;
    }
}

async fn log(
    connection: &mut PgConnection,
    aggregate: &str,
    id: Uuid,
    position: i64,
    version: i64,
    kind: &str,
    payload: &[u8],
) {
    sqlx::query(
        "INSERT INTO event_log (position, epoch, event_id, aggregate_type, aggregate_id, aggregate_version, type,
             schema_version, occurred_at, actor, payload)
         VALUES ($1, 1, $2, $3, $4, $5, $6, 1, now(), 'test', $7)",
    )
    .bind(position)
    .bind(Uuid::from_u128(
        0xe0 + u128::from(position.unsigned_abs()) + (id.as_u128() << 32),
    ))
    .bind(aggregate)
    .bind(id)
    .bind(version)
    .bind(kind)
    .bind(payload)
    .execute(connection)
    .await
    .unwrap();
}

/// Answers everything with a page of its one charge.
async fn provider() -> (SocketAddr, JoinHandle<()>) {
    let page = format!(
        r#"{{"charges":[{{"id":"ch_1","reference":"{PAYMENT}","amount":{TOTAL},"currency":"USD","status":"captured","captured":{TOTAL},"refunded":0}}],"next":null}}"#
    );
    let answer = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{page}",
        page.len()
    );
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let answering = tokio::spawn(async move {
        while let Ok((mut caller, _)) = listener.accept().await {
            let mut request = [0; 1_024];
            // A caller who hangs up is answered nothing.
            if caller.read(&mut request).await.is_ok() {
                drop(caller.write_all(answer.as_bytes()).await);
            }
        }
    });
    (address, answering)
}
