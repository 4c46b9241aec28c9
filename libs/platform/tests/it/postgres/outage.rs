use std::time::{Duration, Instant};

use kernel::{Classify, ErrorKind};
use platform::{
    postgres::{Database, PostgresConfig, StoreError},
    process::ReadinessCheck,
};
use testkit::{ChaosProxy, wait_for, wait_for_async};

use super::things::{self, insert, new_id};

const PATIENCE: Duration = Duration::from_secs(10);

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: make test"]
async fn a_database_that_goes_and_comes_back_needs_no_restart() {
    let database = things::database().await;
    let proxy = ChaosProxy::start(database.address()).await.unwrap();
    let config = PostgresConfig::new(database.server_url_through(&proxy));
    let through = Database::connect_lazy("things", &config).unwrap();
    through.ping().await.unwrap();

    proxy.cut();
    for name in ["a", "b"] {
        let error = insert(through.pool(), new_id(), name, None).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{error:?}");
        assert!(error.retry_after().is_some());
    }
    proxy.restore();
    let began = Instant::now();
    wait_for_async(|| async { through.ping().await.is_ok() }, PATIENCE).await;
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: make test"]
async fn the_first_callers_of_a_service_that_is_ready_wait_for_no_connection() {
    let database = things::database().await;
    let proxy = ChaosProxy::start(database.address()).await.unwrap();
    let config = PostgresConfig::new(database.server_url_through(&proxy));
    let through = Database::connect_lazy("things", &config).unwrap();
    let readiness = through.readiness(&things::MIGRATIONS);
    wait_for_async(|| async { readiness.check().await.is_ok() }, PATIENCE).await;
    // They go back into the pool in the background.
    wait_for(|| through.pool().num_idle() >= 4, PATIENCE).await;
    // As on a machine that starts many pods at once, where a connection takes longer than a call waits for one.
    proxy.fill();
    let first = (0..4).map(|_| sqlx::query("SELECT pg_sleep(0.2)").execute(through.pool()));
    futures::future::try_join_all(first).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: make test"]
async fn an_exhausted_pool_sheds_and_does_not_queue_for_ever() {
    let database = things::database().await;
    let mut config = PostgresConfig::new(database.server_url());
    config.max_connections = 1;
    config.acquire_timeout = Duration::from_millis(500);
    let small = Database::connect_lazy("things", &config).unwrap();
    wait_for_async(|| async { small.ping().await.is_ok() }, PATIENCE).await;
    let held = small.pool().acquire().await.unwrap();
    let began = Instant::now();
    let error = small.ping().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(began.elapsed() < Duration::from_secs(2));
    drop(held);
    small.ping().await.unwrap();
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn a_statement_that_takes_too_long_is_stopped_by_the_server() {
    let database = things::database().await;
    let mut config = PostgresConfig::new(database.server_url());
    config.statement_timeout = Duration::from_millis(100);
    let strict = Database::connect_lazy("things", &config).unwrap();
    let slow = sqlx::query("SELECT pg_sleep(30)").execute(strict.pool()).await;
    let error = StoreError::from(slow.unwrap_err());
    assert_eq!(error.kind(), ErrorKind::DeadlineExceeded);
    strict.ping().await.unwrap();
}

#[tokio::test]
async fn a_database_that_never_was_is_unavailable() {
    let config = PostgresConfig::new("postgres://nobody@127.0.0.1:1/nothing");
    let absent = Database::connect_lazy("things", &config).unwrap();
    let error = absent.ping().await.unwrap_err();
    assert_eq!(
        (error.kind(), error.reason()),
        (ErrorKind::Unavailable, "DATABASE_UNAVAILABLE")
    );
}
