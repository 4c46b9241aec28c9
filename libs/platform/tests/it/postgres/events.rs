use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use async_trait::async_trait;
use platform::postgres::{
    Database, Pool, PostgresConfig,
    events::{
        EventHandler, EventLog, Filter, Follower, HandlerError, LoggedEvent, Position, ReadError, Sequencer, Tail,
        Watcher,
    },
    maintain,
};
use sqlx::Connection;
use testkit::{
    ChaosProxy,
    postgres::{TestDatabase, fresh_ids},
    wait_for, wait_for_async,
};
use tokio::{
    task::{JoinHandle, JoinSet},
    time::timeout,
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::things::{self, count, insert, new_id, rename};

const PATIENCE: Duration = Duration::from_secs(30);

/// Hot aggregates, renamed by many at once; answers how many events there must be.
async fn write_hot(pool: &Pool, writers: usize, changes: usize) -> usize {
    const THINGS: usize = 10;
    let ids: Vec<Uuid> = (0..THINGS).map(|_| new_id()).collect();
    for id in &ids {
        insert(pool, *id, &id.to_string(), None).await.unwrap();
    }
    let written = Arc::new(AtomicUsize::new(THINGS));
    let mut running = JoinSet::new();
    for writer in 0..writers {
        let (pool, ids, written) = (pool.clone(), ids.clone(), Arc::clone(&written));
        running.spawn(async move {
            for change in 0..changes {
                let id = ids[(writer + change) % THINGS];
                let version: i64 = sqlx::query_scalar("SELECT version FROM things WHERE id = $1")
                    .bind(id)
                    .fetch_one(&pool)
                    .await
                    .unwrap();
                let name = format!("{id} {writer} {change}");
                if rename(&pool, id, &name, version, None).await.unwrap() == platform::postgres::Written::Saved {
                    written.fetch_add(1, Ordering::Relaxed);
                }
            }
        });
    }
    running.join_all().await;
    written.load(Ordering::Relaxed)
}

fn start(pool: &Pool) -> (Sequencer, JoinHandle<()>) {
    let sequencer = Sequencer::new(pool.clone());
    let running = tokio::spawn(sequencer.clone().run(CancellationToken::new()));
    (sequencer, running)
}

async fn outbox_is_empty(pool: &Pool) {
    wait_for_async(
        || async { count(pool, "SELECT count(*) FROM outbox").await == 0 },
        PATIENCE,
    )
    .await;
}

async fn read_all(pool: &Pool) -> Vec<LoggedEvent> {
    let log = EventLog::new(pool.clone());
    let mut after = Position { epoch: 1, number: 0 };
    let mut all = Vec::new();
    loop {
        let slice = log.read(after, Filter::All, 100).await.unwrap();
        let Some(last) = slice.events.last() else { return all };
        after = last.position;
        all.extend(slice.events);
    }
}

/// Gapless, each event once, versions in order for each aggregate.
fn assert_whole(events: &[LoggedEvent], expected: usize) {
    assert_eq!(events.len(), expected);
    let mut versions: HashMap<Uuid, i64> = HashMap::new();
    for (index, event) in events.iter().enumerate() {
        assert_eq!(event.position.number, index as i64 + 1);
        let version = versions.entry(event.aggregate_id).or_default();
        assert_eq!(event.aggregate_version, *version + 1, "{event:?}");
        *version += 1;
    }
    let ids: HashSet<_> = events.iter().map(|event| event.event_id).collect();
    assert_eq!(ids.len(), expected);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: make test"]
async fn three_sequencers_at_once_give_every_event_one_place_in_order() {
    let database = things::database().await;
    let pool = database.pool().await.unwrap();
    let sequencers = database.pool().await.unwrap();
    let running: Vec<_> = (0..3).map(|_| start(&sequencers)).collect();
    let written = write_hot(&pool, 8, 100).await;
    outbox_is_empty(&pool).await;
    assert_whole(&read_all(&pool).await, written);
    drop(running);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: make test"]
async fn killing_sequencers_loses_nothing() {
    let database = things::database().await;
    let pool = database.pool().await.unwrap();
    let stop = CancellationToken::new();
    let killer = tokio::spawn({
        let stop = stop.clone();
        let sequencing = database.server_url();
        let mut superuser = database.superuser().await.unwrap();
        async move {
            let mut kills = 0;
            while !stop.is_cancelled() {
                let pool = sqlx::postgres::PgPoolOptions::new()
                    .max_connections(3)
                    .connect_lazy(&format!("{sequencing}?application_name=sequencing"));
                let pool = Pool::from(pool.unwrap());
                let running: Vec<_> = (0..3).map(|_| start(&pool)).collect();
                let head = EventLog::new(pool.clone())
                    .head()
                    .await
                    .map(|head| head.position.number)
                    .unwrap_or_default();
                // Once they have done something, they die: first the connections, then the tasks.
                for _ in 0..200 {
                    let now = EventLog::new(pool.clone())
                        .head()
                        .await
                        .map(|head| head.position.number)
                        .unwrap_or_default();
                    if now > head || stop.is_cancelled() {
                        break;
                    }
                    tokio::task::yield_now().await;
                }
                sqlx::query(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                     WHERE application_name = 'sequencing' AND datname = current_database()",
                )
                .execute(&mut superuser)
                .await
                .unwrap();
                for (_, task) in running {
                    task.abort();
                }
                kills += 1;
            }
            kills
        }
    });
    let written = write_hot(&pool, 6, 80).await;
    stop.cancel();
    let kills = killer.await.unwrap();
    assert!(kills > 3, "only {kills} kills");
    let (_sequencer, running) = start(&pool);
    outbox_is_empty(&pool).await;
    assert_whole(&read_all(&pool).await, written);
    running.abort();
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: make test"]
async fn an_idle_transaction_elsewhere_delays_nothing() {
    let database = things::database().await;
    let pool = database.pool().await.unwrap();
    let elsewhere = TestDatabase::empty().await.unwrap();
    let other = elsewhere.migrator_pool().await.unwrap();
    let mut idle = other.begin().await.unwrap();
    sqlx::query("SELECT pg_current_xact_id()")
        .execute(&mut *idle)
        .await
        .unwrap();
    let mut held = pool.acquire().await.unwrap();
    let mut here = held.begin().await.unwrap();
    sqlx::query("SELECT pg_current_xact_id()")
        .execute(&mut *here)
        .await
        .unwrap();

    let (sequencer, _running) = start(&pool);
    insert(&pool, new_id(), "a", None).await.unwrap();
    let began = Instant::now();
    sequencer.wake();
    outbox_is_empty(&pool).await;
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    assert_eq!(read_all(&pool).await.len(), 1);
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn a_position_of_another_epoch_or_from_before_the_floor_is_recognised() {
    let database = things::database().await;
    let pool = database.pool().await.unwrap();
    let log = EventLog::new(pool.clone());
    insert(&pool, new_id(), "a", None).await.unwrap();
    Sequencer::new(pool.clone()).append_batch().await.unwrap();
    let old = log.head().await.unwrap().position;
    assert!(log.read(old, Filter::All, 10).await.is_ok());

    let fresh = maintain::new_epoch(&database.migrator_pool().await.unwrap())
        .await
        .unwrap();
    assert!(matches!(log.read(old, Filter::All, 10).await, Err(ReadError::Expired)));
    assert!(log.read(fresh, Filter::All, 10).await.unwrap().events.is_empty());
    let ahead = Position {
        number: fresh.number + 1,
        ..fresh
    };
    assert!(matches!(
        log.read(ahead, Filter::All, 10).await,
        Err(ReadError::Expired)
    ));

    sqlx::query("UPDATE log_head SET floor = 1")
        .execute(&pool)
        .await
        .unwrap();
    let before = Position { number: 0, ..fresh };
    let error = log.read(before, Filter::All, 10).await.unwrap_err();
    assert_eq!(kernel::Classify::reason(&error), "RESUME_TOKEN_EXPIRED");
    assert!(log.read(fresh, Filter::All, 10).await.is_ok());
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn a_filter_reads_only_its_events() {
    let database = things::database().await;
    let pool = database.pool().await.unwrap();
    let ids = [new_id(), new_id()];
    for id in ids {
        insert(&pool, id, &id.to_string(), None).await.unwrap();
    }
    rename(&pool, ids[0], "again", 1, None).await.unwrap();
    Sequencer::new(pool.clone()).append_batch().await.unwrap();
    let log = EventLog::new(pool.clone());
    let start = Position { epoch: 1, number: 0 };
    let one = log.read(start, Filter::Aggregate(ids[0]), 10).await.unwrap();
    assert_eq!(
        one.events
            .iter()
            .map(|event| event.aggregate_version)
            .collect::<Vec<_>>(),
        [1, 2]
    );
    assert_eq!(one.head.position.number, 3);
    assert!(
        log.read(start, Filter::Owner(ids[0]), 10)
            .await
            .unwrap()
            .events
            .is_empty()
    );
}

async fn next(watcher: &mut Watcher) -> Vec<Arc<LoggedEvent>> {
    loop {
        let batch = watcher.next_batch(50).await.unwrap();
        if !batch.is_empty() {
            return batch;
        }
        watcher.changed().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: make test"]
async fn watchers_on_every_replica_see_an_event_soon() {
    let database = things::database().await;
    let (here, there) = (database.pool().await.unwrap(), database.pool().await.unwrap());
    let (sequencer, _one) = start(&here);
    let near = Tail::new(EventLog::new(here.clone()), &sequencer);
    // The other replica's sequencer does not run, so its tail has nobody to wake it.
    let far = Tail::new(EventLog::new(there.clone()), &Sequencer::new(there.clone()));
    for tail in [&near, &far] {
        tokio::spawn(tail.clone().run(CancellationToken::new()));
    }
    let mut watchers = [
        near.watch(Filter::All, None).await.unwrap(),
        far.watch(Filter::All, None).await.unwrap(),
    ];
    for number in 0..10 {
        let began = Instant::now();
        insert(&here, new_id(), &number.to_string(), None).await.unwrap();
        sequencer.wake();
        for watcher in &mut watchers {
            assert_eq!(next(watcher).await.len(), 1);
        }
        // 250 ms, and as much again for a machine that is busy with other tests.
        assert!(began.elapsed() < Duration::from_millis(500), "{:?}", began.elapsed());
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: make test"]
async fn a_watcher_from_before_a_restore_is_told_so() {
    let database = things::database().await;
    let pool = database.pool().await.unwrap();
    let sequencer = Sequencer::new(pool.clone());
    for name in ["a", "b", "c"] {
        insert(&pool, new_id(), name, None).await.unwrap();
    }
    sequencer.append_batch().await.unwrap();
    let tail = Tail::new(EventLog::new(pool.clone()), &sequencer);
    tokio::spawn(tail.clone().run(CancellationToken::new()));
    let mut watchers = [
        tail.watch(Filter::All, None).await.unwrap(),
        tail.watch(Filter::Aggregate(new_id()), None).await.unwrap(),
    ];
    for watcher in &mut watchers {
        assert!(watcher.next_batch(50).await.unwrap().is_empty());
    }

    // The backup had the first event only.
    let migrator = database.migrator_pool().await.unwrap();
    sqlx::raw_sql("DELETE FROM event_log WHERE position > 1; UPDATE log_head SET position = 1, epoch = epoch + 1")
        .execute(&migrator)
        .await
        .unwrap();
    insert(&pool, new_id(), "d", None).await.unwrap();
    sequencer.append_batch().await.unwrap();
    for watcher in &mut watchers {
        let told = async {
            loop {
                match watcher.next_batch(50).await {
                    Ok(events) => assert!(events.is_empty(), "{events:?}"),
                    Err(error) => return error,
                }
                watcher.changed().await;
            }
        };
        let told = tokio::time::timeout(PATIENCE, told).await.unwrap();
        assert!(matches!(told, ReadError::Expired), "{told:?}");
    }
    let fresh = EventLog::new(pool).head().await.unwrap().position;
    let mut again = tail
        .watch(Filter::All, Some(Position { number: 1, ..fresh }))
        .await
        .unwrap();
    assert_eq!(next(&mut again).await[0].position, fresh);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: make test"]
async fn watchers_see_each_event_of_theirs_once_from_memory_and_from_the_table() {
    let database = things::database().await;
    let pool = database.pool().await.unwrap();
    let (sequencer, _running) = start(&pool);
    let tail = Tail::new(EventLog::new(pool.clone()), &sequencer);
    tokio::spawn(tail.clone().run(CancellationToken::new()));
    let mine = new_id();
    let mut from_now = tail.watch(Filter::All, None).await.unwrap();
    let mut of_mine = tail.watch(Filter::Aggregate(mine), None).await.unwrap();
    let written = write_hot(&pool, 6, 40).await;
    insert(&pool, mine, "mine", None).await.unwrap();

    let mut seen = Vec::new();
    while seen.len() < written + 1 {
        seen.extend(next(&mut from_now).await.into_iter().map(|event| event.position.number));
    }
    assert_eq!(seen, (1..=written as i64 + 1).collect::<Vec<_>>());
    assert_eq!(next(&mut of_mine).await.len(), 1);
    assert!(of_mine.next_batch(50).await.unwrap().is_empty());

    // The tail of a process that started later has nothing in memory.
    let late = Tail::new(EventLog::new(pool.clone()), &sequencer);
    let middle = Position {
        epoch: 1,
        number: written as i64 / 2,
    };
    let mut resumed = late.watch(Filter::All, Some(middle)).await.unwrap();
    let mut again = Vec::new();
    loop {
        let batch = resumed.next_batch(7).await.unwrap();
        if batch.is_empty() {
            break;
        }
        again.extend(batch.into_iter().map(|event| event.position.number));
    }
    assert_eq!(again, (middle.number + 1..=written as i64 + 1).collect::<Vec<_>>());
    assert_eq!(resumed.position().number, written as i64 + 1);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: make test"]
async fn watchers_from_before_the_tail_first_looked_miss_nothing() {
    let database = things::database().await;
    let pool = database.pool().await.unwrap();
    let (sequencer, _running) = start(&pool);
    let tail = Tail::new(EventLog::new(pool.clone()), &sequencer);
    let mut waiting = tail.watch(Filter::All, None).await.unwrap();
    let mut reading_late = tail.watch(Filter::All, None).await.unwrap();
    for watcher in [&mut waiting, &mut reading_late] {
        assert!(watcher.next_batch(50).await.unwrap().is_empty());
    }
    let woken = tokio::spawn(async move {
        waiting.changed().await;
        waiting
    });
    for number in 1..=3 {
        insert(&pool, new_id(), &format!("early {number}"), None).await.unwrap();
    }
    outbox_is_empty(&pool).await;

    tokio::spawn(tail.clone().run(CancellationToken::new()));
    let numbers = |events: Vec<Arc<LoggedEvent>>| events.iter().map(|event| event.position.number).collect::<Vec<_>>();
    let mut waiting = timeout(PATIENCE, woken).await.unwrap().unwrap();
    assert_eq!(numbers(next(&mut waiting).await), [1, 2, 3]);
    insert(&pool, new_id(), "late", None).await.unwrap();
    assert_eq!(numbers(next(&mut waiting).await), [4]);
    reading_late.changed().await;
    assert_eq!(numbers(next(&mut reading_late).await), [1, 2, 3, 4]);
}

struct Recorder {
    seen: Mutex<Vec<i64>>,
    failures: AtomicUsize,
}

#[async_trait]
impl EventHandler for Recorder {
    async fn handle(&self, event: &LoggedEvent) -> Result<(), HandlerError> {
        if self
            .failures
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1))
            .is_ok()
        {
            return Err("not now".into());
        }
        self.seen.lock().unwrap().push(event.position.number);
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: make test"]
async fn a_follower_handles_everything_in_order_over_failures_and_restarts() {
    let database = things::database().await;
    let pool = database.pool().await.unwrap();
    let (_sequencer, _running) = start(&pool);
    let recorder = Arc::new(Recorder {
        seen: Mutex::default(),
        failures: AtomicUsize::new(2),
    });
    let ids = fresh_ids();
    let run = |shutdown: &CancellationToken| {
        let follower = Follower::new(
            "recorder",
            pool.clone(),
            Arc::clone(&recorder) as Arc<dyn EventHandler>,
            &*ids,
        );
        tokio::spawn(follower.run(shutdown.clone()))
    };
    let seen = |expected: usize| {
        let recorder = Arc::clone(&recorder);
        wait_for(move || recorder.seen.lock().unwrap().len() >= expected, PATIENCE)
    };

    let first = CancellationToken::new();
    // Two at once, as two replicas are: one follows.
    let running = [run(&first), run(&first)];
    for number in 0..20 {
        insert(&pool, new_id(), &format!("first {number}"), None).await.unwrap();
    }
    seen(20).await;
    first.cancel();
    for task in running {
        task.await.unwrap();
    }
    let second = CancellationToken::new();
    let running = run(&second);
    for number in 0..20 {
        insert(&pool, new_id(), &format!("second {number}"), None)
            .await
            .unwrap();
    }
    seen(40).await;
    second.cancel();
    running.await.unwrap();
    assert_eq!(*recorder.seen.lock().unwrap(), (1..=40).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: make test"]
async fn a_follower_keeps_its_place_for_many_events_at_once() {
    let database = things::database().await;
    let pool = database.pool().await.unwrap();
    for number in 0..90 {
        insert(&pool, new_id(), &number.to_string(), None).await.unwrap();
    }
    Sequencer::new(pool.clone()).append_batch().await.unwrap();
    let proxy = ChaosProxy::start(database.address()).await.unwrap();
    let through = PostgresConfig::new(database.server_url_through(&proxy));
    let through = Database::connect_lazy("things", &through).unwrap();
    let recorder = Arc::new(Recorder {
        seen: Mutex::default(),
        failures: AtomicUsize::new(0),
    });
    let handler = Arc::clone(&recorder) as Arc<dyn EventHandler>;
    let follower = Follower::new("recorder", through.pool().clone(), handler, &*fresh_ids());
    let stop = CancellationToken::new();
    let running = tokio::spawn(follower.run(stop.clone()));
    let place = || async {
        let place = sqlx::query_scalar("SELECT position FROM event_cursors").fetch_optional(&pool);
        place.await.unwrap() == Some(90_i64)
    };
    wait_for_async(place, PATIENCE).await;
    stop.cancel();
    running.await.unwrap();
    assert_eq!(recorder.seen.lock().unwrap().len(), 90);
    // Opening connections and preparing statements takes some too.
    assert!(proxy.round_trips() < 40, "{}", proxy.round_trips());
}
