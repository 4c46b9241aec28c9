use std::time::{Duration, Instant};

use ordersvc::MIGRATIONS;
use processes::{Door, Running, ServingStatus};
use sqlx::Connection;
use testkit::{
    ChaosProxy,
    postgres::{OwnServer, Stop, TestDatabase},
    wait_for, wait_for_async,
};
use tonic::{Code, Status};

use super::{
    PATIENCE,
    load::{Ledger, Load, assert_all_unavailable, assert_one_order_per_key},
    replica::World,
    watching::Watching,
};

/// A replica whose database comes back is ready again within so long.
const READY_AGAIN: Duration = Duration::from_secs(2);
/// How long callers wait for an answer.
const CALLERS_WAIT: Duration = Duration::from_secs(3);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Postgres: make test"]
async fn a_database_that_goes_and_comes_back_under_load_costs_no_acknowledged_order() {
    let world = World::new().await;
    let proxy = ChaosProxy::start(world.database.address()).await.unwrap();
    let through = world.database.server_url_through(&proxy);
    let mut replica = world.starting(&[("DATABASE_URL", &through)]).await;
    replica.ready(PATIENCE).await.unwrap();
    let door = Door::to(replica.address());
    let watching = Watching::start(world.staff(&door)).await;
    let load = Load::placing((0..8).map(|caller| world.customer(&door, caller)), CALLERS_WAIT);
    load.ledger.grows_by(50).await;

    // The server is gone: connections end, new ones are refused.
    proxy.cut();
    becomes(&replica, ServingStatus::NotServing).await;
    load.ledger.is_refused(20).await;
    assert_lives(&replica).await;
    proxy.restore();
    is_ready_again(&replica).await;
    load.ledger.grows_by(50).await;
    assert_all_unavailable(&load.ledger.refused());

    // Every session is ended by the administrator, and the server lives on.
    let mut administrator = world.database.superuser().await.unwrap();
    for _ in 0..3 {
        sqlx::query(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid()",
        )
        .execute(&mut administrator)
        .await
        .unwrap();
        load.ledger.grows_by(20).await;
    }
    administrator.close().await.unwrap();
    assert_lives(&replica).await;
    is_ready_again(&replica).await;
    assert_all_unavailable(&load.ledger.refused());

    // The network loses everything: nobody answers, nobody says so.
    proxy.pause();
    becomes(&replica, ServingStatus::NotServing).await;
    load.ledger.is_refused(16).await;
    wait_for(|| load.ledger.refused().iter().any(is_late), PATIENCE).await;
    assert_lives(&replica).await;
    proxy.restore();
    is_ready_again(&replica).await;
    load.ledger.grows_by(50).await;

    let ledger = load.finish().await;
    assert_unavailable_or_late(&ledger);
    assert_one_order_per_key(&world.database, &ledger).await;
    watching.assert_saw_the_log(&world.database).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Postgres: make test"]
async fn a_postgres_that_is_restarted_or_crashes_under_load_costs_no_acknowledged_order() {
    let mut postgres = OwnServer::start().await.unwrap();
    let database = TestDatabase::create_on(postgres.superuser_url("postgres"), &MIGRATIONS).await;
    let world = World::on(database.unwrap()).await;
    let replica = world.replica().await;
    let door = Door::to(replica.address());
    let watching = Watching::start(world.staff(&door)).await;
    let load = Load::placing((0..8).map(|caller| world.customer(&door, caller)), CALLERS_WAIT);

    for how in [Stop::Fast, Stop::Immediate, Stop::Fast] {
        load.ledger.grows_by(50).await;
        postgres.stop(how).await.unwrap();
        becomes(&replica, ServingStatus::NotServing).await;
        load.ledger.is_refused(20).await;
        assert_lives(&replica).await;
        postgres.start_again().await.unwrap();
        is_ready_again(&replica).await;
    }
    load.ledger.grows_by(50).await;

    let ledger = load.finish().await;
    assert_all_unavailable(&ledger.refused());
    assert_one_order_per_key(&world.database, &ledger).await;
    watching.assert_saw_the_log(&world.database).await;
}

async fn becomes(replica: &Running, status: ServingStatus) {
    for service in ["", "order.v1.OrderService"] {
        wait_for_async(|| async { replica.health(service).await == Some(status) }, PATIENCE).await;
    }
}

async fn is_ready_again(replica: &Running) {
    let since = Instant::now();
    becomes(replica, ServingStatus::Serving).await;
    assert!(since.elapsed() < READY_AGAIN, "{:?}", since.elapsed());
}

async fn assert_lives(replica: &Running) {
    assert_eq!(replica.health("liveness").await, Some(ServingStatus::Serving));
}

fn is_late(status: &Status) -> bool {
    status.code() == Code::DeadlineExceeded
}

fn assert_unavailable_or_late(ledger: &Ledger) {
    let (_late, away): (Vec<Status>, Vec<Status>) = ledger.refused().into_iter().partition(is_late);
    assert_all_unavailable(&away);
}
