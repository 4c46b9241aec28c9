use std::{collections::HashSet, sync::Arc, time::Duration};

use futures::future::join_all;
use kernel::{Classify, ErrorKind, IdempotencyKey, Kept};
use platform::postgres::{
    Database, Insert, Inserts, Pool, PostgresConfig, StoreError, Write, WriteTogether, Written, events::NewEvent,
};
use sqlx::{Connection, PgConnection};
use testkit::{ChaosProxy, postgres::TestDatabase, wait_for_async};
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::things::{self, count, event, key, new_id};

const PATIENCE: Duration = Duration::from_secs(10);

const TOGETHER: &str = platform::write_together!(
    "saved AS (INSERT INTO things (id, name, version) SELECT n.id, n.name, 1
         FROM unnest($1::text[], $2::text[], $3::text[], $18::uuid[], $19::text[]) AS n (caller, method, key, id, name)
         WHERE ",
    platform::unkept!(),
    " RETURNING id)"
);

struct NewThing {
    id: Uuid,
    name: String,
    key: Option<IdempotencyKey>,
    events: Vec<NewEvent>,
}

impl NewThing {
    fn named(name: &str, key: Option<IdempotencyKey>) -> Self {
        let id = new_id();
        Self {
            id,
            name: name.to_owned(),
            key,
            events: vec![event(id, 1, None), event(id, 2, None)],
        }
    }
}

impl Insert for NewThing {
    fn id(&self) -> Uuid {
        self.id
    }

    fn key(&self) -> Option<&IdempotencyKey> {
        self.key.as_ref()
    }

    fn events(&self) -> &[NewEvent] {
        &self.events
    }

    fn answer(&self) -> Kept<Vec<u8>> {
        Kept::Answer(self.name.clone().into_bytes())
    }

    fn alone(&self) -> Result<Write<'_>, StoreError> {
        let write = Write::new(things::INSERT, self.key.as_ref(), &self.answer(), &self.events);
        Ok(write.bind(self.id).bind(self.name.clone()))
    }

    fn together(all: &[&Self]) -> Result<WriteTogether, StoreError> {
        Ok(WriteTogether::new(TOGETHER, all)
            .bind(all.iter().map(|thing| thing.id).collect())
            .bind(all.iter().map(|thing| thing.name.clone()).collect()))
    }
}

fn kept(name: &str) -> Written {
    Written::Kept(Kept::Answer(name.as_bytes().to_vec()))
}

type Asked = JoinHandle<Result<Written, Arc<StoreError>>>;

/// Asks for these while both rounds are held up, so that they go together in the next one.
struct Held {
    inserts: Arc<Inserts<NewThing>>,
    gate: PgConnection,
    first: Vec<Asked>,
}

impl Held {
    async fn up(database: &TestDatabase, pool: Pool) -> Self {
        let inserts = Arc::new(Inserts::new(pool));
        let mut gate = database.superuser().await.unwrap();
        sqlx::raw_sql("BEGIN; LOCK TABLE outbox IN ACCESS EXCLUSIVE MODE")
            .execute(&mut gate)
            .await
            .unwrap();
        let mut held = Self {
            inserts,
            gate,
            first: Vec::new(),
        };
        for round in 1..=2 {
            let asked = held.ask(NewThing::named(&format!("first {round}"), None));
            held.first.push(asked);
            held.are_waiting(round).await;
        }
        held
    }

    async fn are_waiting(&mut self, rounds: i64) {
        let asking = tokio::sync::Mutex::new(&mut self.gate);
        let waiting = "SELECT count(*) FROM pg_stat_activity
             WHERE datname = current_database() AND wait_event_type = 'Lock'";
        let all = || async {
            let mut gate = asking.lock().await;
            // Within a transaction the view does not change unless it is told to.
            sqlx::query("SELECT pg_stat_clear_snapshot()")
                .execute(&mut **gate)
                .await
                .unwrap();
            sqlx::query_scalar::<_, i64>(waiting)
                .fetch_one(&mut **gate)
                .await
                .unwrap()
                == rounds
        };
        wait_for_async(all, PATIENCE).await;
    }

    fn ask(&self, thing: NewThing) -> Asked {
        let inserts = Arc::clone(&self.inserts);
        tokio::spawn(async move { inserts.insert(thing).await })
    }

    async fn release(mut self) {
        sqlx::raw_sql("ROLLBACK").execute(&mut self.gate).await.unwrap();
        self.gate.close().await.unwrap();
        for first in self.first {
            assert_eq!(first.await.unwrap().unwrap(), Written::Saved);
        }
    }
}

async fn written(asked: Vec<Asked>) -> Vec<Result<Written, Arc<StoreError>>> {
    join_all(asked).await.into_iter().map(Result::unwrap).collect()
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn rows_that_come_together_are_written_in_one_statement_with_their_events_and_keys() {
    let database = things::database().await;
    let pool = database.pool().await.unwrap();
    let held = Held::up(&database, pool.clone()).await;
    let with_key = |number: u8| (!number.is_multiple_of(3)).then(|| key(&number.to_string(), number));
    let asked = (0..40).map(|number| held.ask(NewThing::named(&number.to_string(), with_key(number))));
    let asked = asked.collect();
    // A current-thread runtime: each has asked before this task goes on.
    tokio::task::yield_now().await;
    held.release().await;
    for outcome in written(asked).await {
        assert_eq!(outcome.unwrap(), Written::Saved);
    }
    let transactions = "SELECT count(DISTINCT xmin::text) FROM things";
    assert_eq!(count(&pool, transactions).await, 3);
    assert_eq!(count(&pool, "SELECT count(*) FROM things").await, 42);
    assert_eq!(count(&pool, "SELECT count(*) FROM outbox").await, 84);
    assert_eq!(count(&pool, "SELECT count(*) FROM idempotency_keys").await, 26);
    let told_in_order = "SELECT count(*) FROM outbox one JOIN outbox two USING (aggregate_id)
         WHERE one.aggregate_version = 1 AND two.aggregate_version = 2 AND one.id < two.id";
    assert_eq!(count(&pool, told_in_order).await, 42);
    let again = Inserts::new(pool.clone());
    let replayed = again
        .insert(NewThing::named("another", Some(key("7", 7))))
        .await
        .unwrap();
    assert_eq!(replayed, kept("7"));
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn what_cannot_go_with_the_others_holds_none_of_them_up() {
    let database = things::database().await;
    let pool = database.pool().await.unwrap();
    let known = Inserts::new(pool.clone());
    known
        .insert(NewThing::named("known", Some(key("known", 1))))
        .await
        .unwrap();
    let held = Held::up(&database, pool.clone()).await;
    let asked = vec![
        held.ask(NewThing::named("a", Some(key("a", 1)))),
        held.ask(NewThing::named("known again", Some(key("known", 1)))),
        held.ask(NewThing::named("known otherwise", Some(key("known", 2)))),
        held.ask(NewThing::named("twice", Some(key("twice", 1)))),
        held.ask(NewThing::named("twice again", Some(key("twice", 1)))),
        held.ask(NewThing::named("b", None)),
    ];
    tokio::task::yield_now().await;
    held.release().await;
    let mut outcomes = written(asked).await.into_iter();
    let mut next = || outcomes.next().unwrap();
    assert_eq!(next().unwrap(), Written::Saved);
    assert_eq!(next().unwrap(), kept("known"));
    assert!(matches!(*next().unwrap_err(), StoreError::KeyReused(_)));
    let twice = HashSet::from([format!("{:?}", next().unwrap()), format!("{:?}", next().unwrap())]);
    assert!(
        twice.contains(&format!("{:?}", Written::Saved)) && twice.len() == 2,
        "{twice:?}"
    );
    assert_eq!(next().unwrap(), Written::Saved);
    // Three were there before.
    assert_eq!(count(&pool, "SELECT count(*) FROM things").await, 6);
    assert_eq!(count(&pool, "SELECT count(*) FROM outbox").await, 12);
    assert_eq!(count(&pool, "SELECT count(*) FROM idempotency_keys").await, 3);
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn a_row_that_the_database_refuses_is_refused_alone() {
    let database = things::database().await;
    let pool = database.pool().await.unwrap();
    let held = Held::up(&database, pool.clone()).await;
    let asked = ["a", "first 1", "b"].map(|name| held.ask(NewThing::named(name, Some(key(name, 1)))));
    tokio::task::yield_now().await;
    held.release().await;
    let [a, refused, b] = <[_; 3]>::try_from(written(asked.into()).await).unwrap();
    assert_eq!((a.unwrap(), b.unwrap()), (Written::Saved, Written::Saved));
    assert_eq!(refused.unwrap_err().constraint(), Some("things_name_key"));
    // The key of the refused one is free.
    assert_eq!(count(&pool, "SELECT count(*) FROM idempotency_keys").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: make test"]
async fn two_processes_that_write_the_same_keys_in_other_orders_write_each_once() {
    let database = things::database().await;
    let pool = database.pool().await.unwrap();
    let processes = [(); 2].map(|()| Arc::new(Inserts::new(pool.clone())));
    let mut asked: Vec<Asked> = Vec::new();
    for number in 0..300 {
        for (process, number) in processes.iter().zip([number, 299 - number]) {
            let (process, name) = (Arc::clone(process), format!("{number}"));
            let thing = NewThing::named(&new_id().to_string(), Some(key(&name, 1)));
            asked.push(tokio::spawn(async move { process.insert(thing).await }));
        }
    }
    let outcomes = written(asked).await;
    let saved = outcomes.iter().filter(|outcome| matches!(outcome, Ok(Written::Saved)));
    assert_eq!(saved.count(), 300);
    assert!(
        outcomes
            .iter()
            .all(|outcome| matches!(outcome, Ok(Written::Saved | Written::Kept(_))))
    );
    assert_eq!(count(&pool, "SELECT count(*) FROM things").await, 300);
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn a_database_that_goes_away_is_told_to_all_who_went_together() {
    let database = things::database().await;
    let proxy = ChaosProxy::start(database.address()).await.unwrap();
    let config = PostgresConfig::new(database.server_url_through(&proxy));
    let through = Database::connect_lazy("things", &config).unwrap();
    let mut held = Held::up(&database, through.pool().clone()).await;
    let asked = (0..10).map(|number| held.ask(NewThing::named(&number.to_string(), None)));
    let asked = asked.collect();
    // The two rounds are slow by now and have made room for the ten, who wait for the lock too.
    held.are_waiting(3).await;
    proxy.cut();
    let errors: Vec<Arc<StoreError>> = written(asked).await.into_iter().map(Result::unwrap_err).collect();
    assert_eq!(
        (errors[0].kind(), errors[0].reason()),
        (ErrorKind::Unavailable, "DATABASE_UNAVAILABLE")
    );
    // One failure, after which nobody went alone: what was sent may be written.
    assert!(errors.iter().all(|error| Arc::ptr_eq(error, &errors[0])));
}
