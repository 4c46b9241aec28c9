use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use api::order::v1::{UpdateOrderRequest, WatchOrdersRequest};
use processes::Door;
use sqlx::Connection;
use testkit::{wait_for, wait_for_async};
use tokio::task::JoinSet;
use tonic::{Code, Status};

use super::{
    PATIENCE,
    load::{assert_all_unavailable, assert_log_is_whole, number, order},
    replica::World,
    watching::Watching,
};

/// How long calls may take to end, and how much longer the rest of the process.
const LIMIT: Duration = Duration::from_secs(1);
const THE_REST: Duration = Duration::from_secs(6);

#[derive(Default)]
struct Answers {
    placed: BTreeSet<String>,
    refused: Vec<Status>,
}

/// No call has a key here: what was refused must not have been done, what was done must have been answered.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Postgres: make test"]
async fn sigterm_under_load_loses_no_call_and_streams_resume_elsewhere() {
    let world = World::new().await;
    let mut serving = world.replica().await;
    let door = Door::to(serving.address());
    let watching = Watching::start(world.staff(&door)).await;
    let answers = Arc::new(Mutex::new(Answers::default()));
    let stop = Arc::new(AtomicBool::new(false));
    let mut callers = JoinSet::new();
    for caller in 0..8 {
        let mut client = world.customer(&door, caller);
        let (answers, stop) = (Arc::clone(&answers), Arc::clone(&stop));
        callers.spawn(async move {
            let mut attempt = 0;
            while !stop.load(Ordering::Relaxed) {
                attempt += 1;
                let reference = format!("caller {caller} attempt {attempt}");
                let answered = client.create_order(order(&reference)).await;
                let mut answers = answers.lock().unwrap();
                match answered {
                    Ok(_) => drop(answers.placed.insert(reference)),
                    Err(status) => answers.refused.push(status),
                }
            }
        });
    }
    let placed = || answers.lock().unwrap().placed.len();

    for stopped in 0..3 {
        let enough = placed() + 60;
        wait_for(|| placed() >= enough, PATIENCE).await;
        watching.lives(stopped + 1).await;
        let next = world.replica().await;
        serving.terminate().unwrap();
        door.leads_to(next.address());
        let status = std::mem::replace(&mut serving, next).ended(THE_REST).await.unwrap();
        assert!(status.success(), "{status}");
    }
    let enough = placed() + 60;
    wait_for(|| placed() >= enough, PATIENCE).await;
    stop.store(true, Ordering::Relaxed);
    callers.join_all().await;

    let Answers { placed, refused } = std::mem::take(&mut *answers.lock().unwrap());
    assert_all_unavailable(&refused);
    let mut connection = world.database.superuser().await.unwrap();
    let kept: Vec<String> = sqlx::query_scalar("SELECT external_reference FROM orders")
        .fetch_all(&mut connection)
        .await
        .unwrap();
    assert_eq!(kept.len(), placed.len());
    assert_eq!(kept.into_iter().collect::<BTreeSet<_>>(), placed);
    assert_log_is_whole(&world.database).await;
    watching.assert_saw_the_log(&world.database).await;
    let told_to_go: Vec<_> = watching.seen().ends.iter().map(wire::reason_of).collect();
    assert_eq!(told_to_go, vec![Some("SHUTTING_DOWN".to_owned()); 3]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Postgres: make test"]
async fn a_stuck_call_and_a_reader_that_stopped_do_not_hold_the_exit() {
    let world = World::new().await;
    let limit = format!("{}ms", LIMIT.as_millis());
    let environment = [
        ("DRAIN_LIMIT", limit.as_str()),
        ("DATABASE_LOCK_TIMEOUT", "5m"),
        ("DATABASE_STATEMENT_TIMEOUT", "5m"),
    ];
    let mut replica = world.starting(&environment).await;
    replica.ready(PATIENCE).await.unwrap();
    let door = Door::to(replica.address());
    let mut client = world.customer(&door, 1);

    // A reader that never reads, and more events than its window takes.
    let mut stopped = world.customer_over(door.channel_with_window(Some(65_535)), 1);
    let unread = stopped.watch_orders(WatchOrdersRequest::default()).await.unwrap();
    let mut large = order("large");
    large.metadata = (0..50).map(|pair| (format!("key {pair}"), "x".repeat(500))).collect();
    let mut id = String::new();
    for _ in 0..20 {
        let placed = client.create_order(large.clone()).await.unwrap();
        id = placed.into_inner().order.unwrap().id;
    }

    // A call that waits for a lock which nobody gives back.
    let mut gate = world.database.superuser().await.unwrap();
    let mut gate = gate.begin().await.unwrap();
    sqlx::query("SELECT FROM orders FOR UPDATE")
        .execute(&mut *gate)
        .await
        .unwrap();
    let stuck = tokio::spawn(async move {
        let request = UpdateOrderRequest {
            id,
            metadata: [("a".to_owned(), "b".to_owned())].into(),
            ..UpdateOrderRequest::default()
        };
        client.update_order(request).await
    });
    let asking = tokio::sync::Mutex::new(world.database.superuser().await.unwrap());
    let waiting = "SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%UPDATE orders%'";
    wait_for_async(
        || async { number(&mut *asking.lock().await, waiting).await == 1 },
        PATIENCE,
    )
    .await;

    let asked = Instant::now();
    replica.terminate().unwrap();
    let status = replica.ended(LIMIT + THE_REST).await.unwrap();
    assert!(status.success(), "{status}");
    assert!(
        asked.elapsed() >= LIMIT,
        "it did not wait for the call: {:?}",
        asked.elapsed()
    );
    let cut = stuck.await.unwrap().unwrap_err();
    assert_eq!(cut.code(), Code::Unavailable, "{cut:?}");
    drop(unread);
    gate.rollback().await.unwrap();
}
