use api::order::v1::{GetOrderRequest, ListOrderEventsRequest, order_event::Type};
use futures::future::join_all;
use processes::Door;
use sqlx::Connection;
use testkit::wait_for_async;

use super::{
    PATIENCE,
    load::{
        Ledger, Load, assert_all_unavailable, assert_log_is_whole, assert_one_order_per_key, keyed, number, order,
        place,
    },
    replica::World,
    watching::Watching,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Postgres: make test"]
async fn kill_9_under_load_loses_nothing_that_was_acknowledged() {
    let world = World::new().await;
    let mut replica = world.replica().await;
    let door = Door::to(replica.address());
    let watching = Watching::start(world.staff(&door)).await;
    let load = Load::placing((0..8).map(|caller| world.customer(&door, caller)), PATIENCE);

    for killed in 0..3 {
        load.ledger.grows_by(60).await;
        watching.lives(killed + 1).await;
        replica.kill();
        replica = world.replica().await;
        door.leads_to(replica.address());
    }
    load.ledger.grows_by(60).await;
    let ledger = load.finish().await;

    assert!(
        !ledger.refused().is_empty(),
        "nobody noticed that the server was killed"
    );
    assert_all_unavailable(&ledger.refused());
    assert_one_order_per_key(&world.database, &ledger).await;
    watching.assert_saw_the_log(&world.database).await;
    assert_eq!(watching.seen().ends.len(), 3);

    // Every key still answers with its own order: the ledger refuses another one.
    let again = ledger.orders();
    join_all(again.keys().take(100).map(|key| {
        let caller: u128 = key.split('-').nth(1).unwrap().parse().unwrap();
        let (client, ledger) = (world.customer(&door, caller), ledger.clone());
        async move { place(&client, &ledger, key, PATIENCE).await }
    }))
    .await;
    assert_one_order_per_key(&world.database, &ledger).await;

    let mut staff = world.staff(&door);
    for id in again.values().take(10) {
        let id = id.clone();
        staff.get_order(GetOrderRequest { id: id.clone() }).await.unwrap();
        let request = ListOrderEventsRequest {
            id,
            ..ListOrderEventsRequest::default()
        };
        let history = staff.list_order_events(request).await.unwrap().into_inner();
        let types: Vec<Type> = history.events.iter().map(|event| event.r#type()).collect();
        assert_eq!(types, [Type::Created]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Postgres: make test"]
async fn replicas_killed_with_kill_9_leave_a_log_without_gaps_and_in_order() {
    let world = World::new().await;
    let mut replicas = join_all((0..3).map(|_| world.replica())).await;
    let doors: Vec<Door> = replicas.iter().map(|replica| Door::to(replica.address())).collect();
    let watching = Watching::start(world.staff(&doors[2])).await;
    let mut hot = Vec::new();
    for number in 0..6 {
        let placed = world
            .customer(&doors[0], 1)
            .create_order(order(&format!("hot {number}")))
            .await;
        hot.push(placed.unwrap().into_inner().order.unwrap().id);
    }
    let callers = (0..9).map(|caller| world.customer(&doors[caller % 3], 1));
    let load = Load::changing(callers, &hot);

    // One, two, and all of them at once.
    for killed in [0..1, 1..3, 0..3] {
        load.ledger.grows_by(60).await;
        for replica in &mut replicas[killed.clone()] {
            replica.kill();
        }
        for number in killed {
            replicas[number] = world.replica().await;
            doors[number].leads_to(replicas[number].address());
        }
    }
    load.ledger.grows_by(60).await;
    let ledger = load.finish().await;

    // Losing a race again and again is the one other answer that callers of a hot order must expect.
    let refused = ledger.refused().into_iter();
    let (_outrun, away): (Vec<_>, Vec<_>) =
        refused.partition(|status| wire::reason_of(status).as_deref() == Some("ORDER_CHANGED"));
    assert!(!away.is_empty(), "nobody noticed that servers were killed");
    assert_all_unavailable(&away);
    assert_log_is_whole(&world.database).await;
    watching.assert_saw_the_log(&world.database).await;

    // Each change was made once: what callers were told is what there is.
    let mut connection = world.database.superuser().await.unwrap();
    let changes = number(&mut connection, "SELECT sum(version - 1)::bigint FROM orders").await;
    assert_eq!(changes, i64::try_from(ledger.acknowledged()).unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Postgres: make test"]
async fn a_key_whose_holder_was_killed_answers_another_replica_with_one_order() {
    let world = World::new().await;
    let mut holder = world.replica().await;
    let other = world.replica().await;
    let ledger = Ledger::default();

    // The holder's statement has the key and waits to write its event.
    let mut gate = world.database.superuser().await.unwrap();
    let mut gate = gate.begin().await.unwrap();
    sqlx::query("LOCK TABLE outbox IN ACCESS EXCLUSIVE MODE")
        .execute(&mut *gate)
        .await
        .unwrap();
    let mut client = world.customer(&Door::to(holder.address()), 7);
    let held = tokio::spawn(async move { client.create_order(keyed(order("one"), "one")).await });
    let asking = tokio::sync::Mutex::new(world.database.superuser().await.unwrap());
    let waiting = "SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%INSERT INTO orders%'";
    wait_for_async(
        || async { number(&mut *asking.lock().await, waiting).await == 1 },
        PATIENCE,
    )
    .await;

    holder.kill();
    let lost = held.await.unwrap().unwrap_err();
    assert_all_unavailable(&[lost]);
    let client = world.customer(&Door::to(other.address()), 7);
    let again = place(&client, &ledger, "one", PATIENCE);
    let release = async {
        wait_for_async(
            || async { number(&mut *asking.lock().await, waiting).await == 2 },
            PATIENCE,
        )
        .await;
        gate.rollback().await.unwrap();
    };
    tokio::join!(again, release);
    assert_one_order_per_key(&world.database, &ledger).await;
}
