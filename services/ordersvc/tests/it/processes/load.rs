use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use api::order::v1::{CreateOrderRequest, Order, OrderItem, UpdateOrderRequest};
use sqlx::{Connection, PgConnection};
use testkit::{postgres::TestDatabase, wait_for, wait_for_async};
use tokio::task::JoinSet;
use tonic::{Code, Request, Status};

use super::{PATIENCE, replica::Orders};

const KEY: &str = "idempotency-key";

/// A call under a key, once for each attempt.
pub(super) fn keyed<T>(message: T, key: &str) -> Request<T> {
    let mut request = Request::new(message);
    request.metadata_mut().insert(KEY, key.parse().unwrap());
    request
}

/// An order that is recognised by its reference.
pub(super) fn order(reference: &str) -> CreateOrderRequest {
    CreateOrderRequest {
        items: vec![OrderItem {
            sku: "mug".to_owned(),
            name: "Mug".to_owned(),
            quantity: 2,
            unit_price_cents: 1_250,
        }],
        external_reference: reference.to_owned(),
        ..CreateOrderRequest::default()
    }
}

/// What callers were answered: under each key the order, and everything that was refused.
#[derive(Clone, Default)]
pub(super) struct Ledger(Arc<Mutex<Entries>>);

#[derive(Default)]
struct Entries {
    orders: HashMap<String, String>,
    refused: Vec<Status>,
}

impl Ledger {
    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The order that was acknowledged under each key.
    pub(super) fn orders(&self) -> HashMap<String, String> {
        self.entries().orders.clone()
    }

    pub(super) fn acknowledged(&self) -> usize {
        self.entries().orders.len()
    }

    pub(super) fn refused(&self) -> Vec<Status> {
        self.entries().refused.clone()
    }

    /// Waits until so many more calls were acknowledged.
    pub(super) async fn grows_by(&self, calls: usize) {
        let enough = self.acknowledged() + calls;
        wait_for(|| self.acknowledged() >= enough, PATIENCE).await;
    }

    /// Waits until so many more attempts were refused.
    pub(super) async fn is_refused(&self, attempts: usize) {
        let enough = self.refused().len() + attempts;
        wait_for(|| self.refused().len() >= enough, PATIENCE).await;
    }

    /// Notes an answer; whether it was one.
    pub(super) fn note(&self, key: &str, answered: Result<Order, Status>) -> bool {
        let mut entries = self.entries();
        match answered {
            Ok(order) => {
                let earlier = entries.orders.insert(key.to_owned(), order.id.clone());
                assert!(earlier.is_none_or(|id| id == order.id), "{key} has two orders");
                true
            }
            Err(status) => {
                entries.refused.push(status);
                false
            }
        }
    }
}

/// Callers at work until they are told to stop. Each call is repeated with its key until it is answered.
pub(super) struct Load {
    pub(super) ledger: Ledger,
    stop: Arc<AtomicBool>,
    callers: JoinSet<()>,
}

impl Load {
    fn new() -> Self {
        Self {
            ledger: Ledger::default(),
            stop: Arc::default(),
            callers: JoinSet::new(),
        }
    }

    /// Callers who each place one order after the other; no attempt waits for longer than `patience`.
    pub(super) fn placing(callers: impl IntoIterator<Item = Orders>, patience: Duration) -> Self {
        let mut load = Self::new();
        for (caller, client) in callers.into_iter().enumerate() {
            let (ledger, stop) = (load.ledger.clone(), Arc::clone(&load.stop));
            load.callers.spawn(async move {
                let mut number = 0;
                while !stop.load(Ordering::Relaxed) {
                    number += 1;
                    place(&client, &ledger, &format!("caller-{caller}-order-{number}"), patience).await;
                }
            });
        }
        load
    }

    /// Callers who all change the same orders.
    pub(super) fn changing(callers: impl IntoIterator<Item = Orders>, orders: &[String]) -> Self {
        let mut load = Self::new();
        for (caller, client) in callers.into_iter().enumerate() {
            let (ledger, stop, orders) = (load.ledger.clone(), Arc::clone(&load.stop), orders.to_vec());
            load.callers.spawn(async move {
                let mut number = caller;
                while !stop.load(Ordering::Relaxed) {
                    number += 1;
                    let order = &orders[number % orders.len()];
                    change(&client, &ledger, order, &format!("caller-{caller}-change-{number}")).await;
                }
            });
        }
        load
    }

    /// Lets every caller finish its last call.
    pub(super) async fn finish(self) -> Ledger {
        self.stop.store(true, Ordering::Relaxed);
        let finished = tokio::time::timeout(PATIENCE, self.callers.join_all()).await;
        assert!(
            finished.is_ok(),
            "callers are still refused: {:?}",
            self.ledger.refused().last()
        );
        self.ledger
    }
}

/// Places one order, however many attempts it takes.
pub(super) async fn place(client: &Orders, ledger: &Ledger, key: &str, patience: Duration) {
    wait_for_async(
        || async {
            let mut request = keyed(order(key), key);
            request.set_timeout(patience);
            let answered = client.clone().create_order(request).await;
            ledger.note(key, answered.map(|answer| answer.into_inner().order.unwrap()))
        },
        PATIENCE,
    )
    .await;
}

async fn change(client: &Orders, ledger: &Ledger, id: &str, key: &str) {
    wait_for_async(
        || async {
            let request = UpdateOrderRequest {
                id: id.to_owned(),
                metadata: [("changed-by".to_owned(), key.to_owned())].into(),
                ..UpdateOrderRequest::default()
            };
            let answered = client.clone().update_order(keyed(request, key)).await;
            ledger.note(key, answered.map(|answer| answer.into_inner().order.unwrap()))
        },
        PATIENCE,
    )
    .await;
}

/// Every refusal says that trying again helps, and when.
pub(super) fn assert_all_unavailable(refused: &[Status]) {
    for status in refused {
        assert_eq!(status.code(), Code::Unavailable, "{status:?}");
        assert!(wire::retry_after_of(status).is_some(), "{status:?}");
    }
}

/// What the database has, held against what callers were told: every key has one order, every order is some
/// key's, and the log tells the whole history in order without a gap.
pub(super) async fn assert_one_order_per_key(database: &TestDatabase, ledger: &Ledger) {
    assert_log_is_whole(database).await;
    let mut connection = database.superuser().await.unwrap();
    let kept: Vec<(String, String)> = sqlx::query_as("SELECT external_reference, id::text FROM orders")
        .fetch_all(&mut connection)
        .await
        .unwrap();
    let told = ledger.orders();
    assert_eq!(kept.len(), told.len());
    assert_eq!(kept.into_iter().collect::<HashMap<_, _>>(), told);
}

/// Positions without a gap, versions in order for each order, nothing waiting, nothing missing.
pub(super) async fn assert_log_is_whole(database: &TestDatabase) {
    let mut connection = database.superuser().await.unwrap();
    wait_for_sequencers(database).await;
    let wrong = [
        "SELECT (count(*) - coalesce(max(position), 0)) + ((SELECT position FROM log_head) - count(*)) FROM event_log",
        "SELECT count(*) - count(DISTINCT event_id) FROM event_log",
        "SELECT count(*) FROM (SELECT aggregate_version,
             row_number() OVER (PARTITION BY aggregate_id ORDER BY position) AS place FROM event_log) AS placed
         WHERE aggregate_version <> place",
        "SELECT count(*) FROM orders o
         WHERE version <> (SELECT count(*) FROM event_log WHERE aggregate_id = o.id)",
        "SELECT count(*) FROM event_log e WHERE NOT EXISTS (SELECT FROM orders WHERE id = e.aggregate_id)",
    ];
    for question in wrong {
        let found: i64 = sqlx::query_scalar(question).fetch_one(&mut connection).await.unwrap();
        assert_eq!(found, 0, "{question}");
    }
    connection.close().await.unwrap();
}

async fn wait_for_sequencers(database: &TestDatabase) {
    let pool = database.pool().await.unwrap();
    wait_for_async(
        || async {
            let waiting: bool = sqlx::query_scalar("SELECT EXISTS (SELECT FROM outbox)")
                .fetch_one(&pool)
                .await
                .unwrap();
            !waiting
        },
        PATIENCE,
    )
    .await;
    pool.close().await;
}

/// One number from the database.
pub(super) async fn number(connection: &mut PgConnection, question: &'static str) -> i64 {
    sqlx::query_scalar(question).fetch_one(connection).await.unwrap()
}
