use std::time::{Duration, Instant};

use kernel::{Classify, ErrorKind};
use platform::postgres::{Database, Pool, PostgresConfig, StoreError};
use testkit::{ChaosProxy, postgres::TestDatabase, wait_for, wait_for_async};

use super::things;

const PATIENCE: Duration = Duration::from_secs(10);

/// A database as a service has it, through a proxy.
struct Reached {
    database: TestDatabase,
    proxy: ChaosProxy,
    through: Database,
}

impl Reached {
    async fn by(max_connections: u32) -> Self {
        let database = things::database().await;
        let proxy = ChaosProxy::start(database.address()).await.unwrap();
        let config = PostgresConfig {
            max_connections,
            acquire_timeout: Duration::from_millis(500),
            ..PostgresConfig::new(database.server_url_through(&proxy))
        };
        let through = Database::connect_lazy("things", &config).unwrap();
        Self {
            database,
            proxy,
            through,
        }
    }

    fn pool(&self) -> &Pool {
        self.through.pool()
    }

    async fn backend(&self) -> Result<i32, StoreError> {
        let backend = sqlx::query_scalar("SELECT pg_backend_pid()");
        Ok(backend.fetch_one(self.pool()).await?)
    }
}

/// As if so much time had passed in which nothing happened.
async fn pass(time: Duration) {
    tokio::time::pause();
    tokio::time::advance(time).await;
    tokio::time::resume();
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn statements_one_after_the_other_use_one_connection_and_a_round_trip_each() {
    let reached = Reached::by(8).await;
    let first = reached.backend().await.unwrap();
    let before = reached.proxy.round_trips();
    for _ in 0..20 {
        assert_eq!(reached.backend().await.unwrap(), first);
    }
    assert_eq!(reached.proxy.round_trips() - before, 20);
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn statements_at_once_use_no_more_connections_than_there_may_be() {
    let reached = Reached::by(3).await;
    let asked = (0..60).map(|_| sqlx::query("SELECT pg_sleep(0.005)").execute(reached.pool()));
    futures::future::try_join_all(asked).await.unwrap();
    assert_eq!((reached.pool().size(), reached.pool().num_idle()), (3, 3));
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn a_statement_that_was_given_up_disturbs_nobody() {
    let reached = Reached::by(1).await;
    let first = reached.backend().await.unwrap();
    let given_up = sqlx::query("SELECT pg_sleep(0.2)").execute(reached.pool());
    let gave_up = tokio::time::timeout(Duration::from_millis(50), given_up).await;
    assert!(gave_up.is_err());
    // It waits for the one connection until that has answered who gave up.
    assert_eq!(reached.backend().await.unwrap(), first);
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn a_connection_that_died_at_rest_fails_no_call() {
    let reached = Reached::by(4).await;
    let first = reached.backend().await.unwrap();
    let directly = reached.database.pool().await.unwrap();
    let is_there = || async {
        let backend = sqlx::query("SELECT FROM pg_stat_activity WHERE pid = $1").bind(first);
        backend.fetch_optional(&directly).await.unwrap().is_some()
    };
    reached.proxy.cut();
    wait_for_async(|| async { !is_there().await }, PATIENCE).await;
    reached.proxy.restore();
    pass(Duration::from_secs(6)).await;
    assert_ne!(reached.backend().await.unwrap(), first);
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn a_connection_at_rest_that_does_not_answer_is_given_up_for_another() {
    let reached = Reached::by(1).await;
    reached.backend().await.unwrap();
    pass(Duration::from_secs(6)).await;
    reached.proxy.pause();
    let began = Instant::now();
    let error = reached.backend().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    // What it might still answer is waited for by nobody.
    assert_eq!(reached.pool().size(), 0);
    reached.proxy.restore();
    reached.backend().await.unwrap();
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn a_connection_is_looked_at_every_minute() {
    let reached = Reached::by(1).await;
    reached.backend().await.unwrap();
    let before = reached.proxy.round_trips();
    pass(Duration::from_secs(61)).await;
    reached.backend().await.unwrap();
    // It was asked before, and after: by sqlx's pool, which it came back to.
    wait_for(|| reached.proxy.round_trips() - before == 3, PATIENCE).await;
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn closing_waits_for_what_runs_and_lets_nobody_in() {
    let reached = Reached::by(2).await;
    reached.backend().await.unwrap();
    let pool = reached.pool().clone();
    let running = tokio::spawn(async move { sqlx::query("SELECT pg_sleep(0.2)").execute(&pool).await });
    wait_for(|| reached.pool().num_idle() == 0, PATIENCE).await;
    reached.through.close().await;
    assert_eq!(reached.pool().size(), 0);
    running.await.unwrap().unwrap();
    let error = reached.backend().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
}
