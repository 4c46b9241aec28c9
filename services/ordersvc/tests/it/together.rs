use std::sync::Arc;

use kernel::{Change, UserId};
use order_core::{
    Order, OrderId, RecordedEvent,
    ports::{NewOrder, Orders},
    testing::{address, draft, user},
};
use ordersvc::{MIGRATIONS, postgres::PgOrders};
use platform::postgres::events::Sequencer;
use testkit::postgres::TestDatabase;
use time::OffsetDateTime;
use uuid::Uuid;

const CUSTOMER: UserId = user(1);

fn new_order(number: u128) -> NewOrder {
    let mut draft = draft();
    draft.shipping_address = number.is_multiple_of(2).then(address);
    let placed_at = OffsetDateTime::UNIX_EPOCH;
    let mut order = Order::place(OrderId::new(Uuid::from_u128(number)), CUSTOMER, draft, placed_at).unwrap();
    let recorded = |event| RecordedEvent {
        id: Uuid::from_u128(number),
        actor: "user:test".to_owned(),
        event,
    };
    let events = order.take_events().into_iter().map(recorded).collect();
    NewOrder { order, events }
}

/// On one thread everybody has asked before the first statement is sent. That they are kept as they should be is the
/// contract's; this is that they do go together, and do not all fall apart and go alone.
#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn orders_that_come_together_share_a_transaction() {
    let test_database = TestDatabase::create(&MIGRATIONS).await.unwrap();
    let database = test_database.database().unwrap();
    let sequencer = Sequencer::new(database.pool().clone());
    let orders = Arc::new(PgOrders::new(database.clone(), sequencer));
    let asked: Vec<_> = (1..=40)
        .map(|number| {
            let orders = Arc::clone(&orders);
            tokio::spawn(async move { orders.insert(new_order(number), None).await.unwrap() })
        })
        .collect();
    for asked in asked {
        assert!(matches!(asked.await.unwrap(), Change::Done(_)));
    }
    let (placed, transactions): (i64, i64) = sqlx::query_as("SELECT count(*), count(DISTINCT xmin::text) FROM orders")
        .fetch_one(database.pool())
        .await
        .unwrap();
    assert_eq!(placed, 40);
    assert!(transactions <= 2, "{transactions} transactions");
}
