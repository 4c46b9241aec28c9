use std::{collections::HashSet, time::Duration};

use kernel::{Classify, ErrorKind, Kept, Refusal};
use platform::postgres::{Database, Pool, PostgresConfig, StoreError, Written, idempotency};
use sqlx::Connection;
use testkit::{ChaosProxy, wait_for_async};
use tokio::task::JoinSet;

use super::things::{self, count, insert, key, new_id, rename, rename_and_refuse};

const PATIENCE: Duration = Duration::from_secs(10);

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: make test"]
async fn a_hundred_calls_with_one_key_have_one_effect_and_equal_answers() {
    let database = things::database().await;
    let pool = database.pool().await.unwrap();
    let mut calls = JoinSet::new();
    for number in 0..100 {
        let pool = pool.clone();
        calls.spawn(async move {
            let id = new_id();
            match insert(&pool, id, &format!("thing {number}"), Some(&key("one", 1)))
                .await
                .unwrap()
            {
                Written::Saved => (true, id.as_bytes().to_vec()),
                Written::Kept(Kept::Answer(answer)) => (false, answer),
                other => panic!("{other:?}"),
            }
        });
    }
    let outcomes = calls.join_all().await;
    assert_eq!(outcomes.iter().filter(|(saved, _)| *saved).count(), 1);
    let answers: HashSet<_> = outcomes.into_iter().map(|(_, answer)| answer).collect();
    assert_eq!(answers.len(), 1);
    assert_eq!(count(&pool, "SELECT count(*) FROM things").await, 1);
    assert_eq!(count(&pool, "SELECT count(*) FROM outbox").await, 1);
    assert_eq!(count(&pool, "SELECT count(*) FROM idempotency_keys").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: make test"]
async fn equal_calls_that_meet_at_another_constraint_are_replayed_too() {
    let database = things::database().await;
    let pool = database.pool().await.unwrap();
    let mut calls = JoinSet::new();
    for _ in 0..20 {
        let pool = pool.clone();
        calls.spawn(async move {
            insert(&pool, new_id(), "the same name", Some(&key("one", 1)))
                .await
                .unwrap()
        });
    }
    let saved = calls
        .join_all()
        .await
        .into_iter()
        .filter(|written| *written == Written::Saved)
        .count();
    assert_eq!(saved, 1);
    let other = insert(&pool, new_id(), "the same name", Some(&key("two", 1)))
        .await
        .unwrap_err();
    assert_eq!(other.constraint(), Some("things_name_key"));
    assert_eq!(count(&pool, "SELECT count(*) FROM idempotency_keys").await, 1);
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn a_key_with_another_request_is_refused() {
    let database = things::database().await;
    let pool = database.pool().await.unwrap();
    insert(&pool, new_id(), "a", Some(&key("one", 1))).await.unwrap();
    let error = insert(&pool, new_id(), "b", Some(&key("one", 2))).await.unwrap_err();
    assert!(matches!(error, StoreError::KeyReused(_)));
    assert_eq!(
        (error.kind(), error.reason()),
        (ErrorKind::WrongState, "IDEMPOTENCY_KEY_REUSED")
    );
    assert_eq!(count(&pool, "SELECT count(*) FROM things").await, 1);
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn a_write_whose_condition_fails_leaves_its_key_free() {
    let database = things::database().await;
    let pool = database.pool().await.unwrap();
    let id = new_id();
    insert(&pool, id, "a", None).await.unwrap();
    let one = key("one", 1);
    assert_eq!(rename(&pool, id, "b", 7, Some(&one)).await.unwrap(), Written::NotSaved);
    assert_eq!(idempotency::find(&pool, &one).await.unwrap(), None);
    assert_eq!(rename(&pool, id, "b", 1, Some(&one)).await.unwrap(), Written::Saved);
    let kept = Written::Kept(Kept::Answer(id.as_bytes().to_vec()));
    assert_eq!(rename(&pool, id, "b", 1, Some(&one)).await.unwrap(), kept);
    assert_eq!(rename(&pool, id, "c", 2, Some(&one)).await.unwrap(), kept);
    assert_eq!(count(&pool, "SELECT version FROM things").await, 2);
    assert_eq!(count(&pool, "SELECT count(*) FROM outbox").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: make test"]
async fn a_holder_that_dies_frees_its_key() {
    let database = things::database().await;
    let pool = database.pool().await.unwrap();
    let mut superuser = database.superuser().await.unwrap();
    let one = key("one", 1);

    let mut held = pool.acquire().await.unwrap();
    let mut holder = held.begin().await.unwrap();
    let pid: i32 = sqlx::query_scalar("SELECT pg_backend_pid()")
        .fetch_one(&mut *holder)
        .await
        .unwrap();
    sqlx::query("INSERT INTO idempotency_keys (caller, method, key, fingerprint, answer) VALUES ($1, $2, $3, $4, '')")
        .bind(&one.caller)
        .bind(one.method)
        .bind(&one.key)
        .bind(one.fingerprint.as_slice())
        .execute(&mut *holder)
        .await
        .unwrap();
    let waiting = tokio::spawn({
        let (pool, one) = (pool.clone(), one.clone());
        async move { insert(&pool, new_id(), "a", Some(&one)).await }
    });
    waits_for_a_lock(&pool).await;
    assert!(!waiting.is_finished());

    sqlx::query("SELECT pg_terminate_backend($1)")
        .bind(pid)
        .execute(&mut superuser)
        .await
        .unwrap();
    assert_eq!(waiting.await.unwrap().unwrap(), Written::Saved);
    assert_eq!(count(&pool, "SELECT count(*) FROM things").await, 1);
}

async fn waits_for_a_lock(pool: &Pool) {
    let waiting = || async {
        count(
            pool,
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
        )
        .await
            > 0
    };
    wait_for_async(waiting, PATIENCE).await;
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn a_refusal_is_told_again_and_the_first_one_wins() {
    let database = things::database().await;
    let pool = database.pool().await.unwrap();
    let one = key("one", 1);
    let refusal = broken();
    let first = idempotency::keep(&pool, &one, &Kept::Refusal(refusal.clone())).await;
    assert_eq!(first.unwrap(), None);
    let later = Kept::Answer(vec![1]);
    let kept = Some(Kept::Refusal(refusal.clone()));
    assert_eq!(idempotency::keep(&pool, &one, &later).await.unwrap(), kept);
    assert_eq!(
        insert(&pool, new_id(), "a", Some(&one)).await.unwrap(),
        Written::Kept(Kept::Refusal(refusal))
    );
    assert_eq!(count(&pool, "SELECT count(*) FROM things").await, 0);
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn a_change_that_refuses_its_call_is_kept_with_the_refusal() {
    let database = things::database().await;
    let pool = database.pool().await.unwrap();
    let (id, one) = (new_id(), key("one", 1));
    insert(&pool, id, "a", None).await.unwrap();
    let stale = rename_and_refuse(&pool, id, 7, &one, broken()).await.unwrap();
    assert_eq!(stale, Written::NotSaved);
    let saved = rename_and_refuse(&pool, id, 1, &one, broken()).await.unwrap();
    assert_eq!(saved, Written::Saved);
    let again = rename_and_refuse(&pool, id, 2, &one, broken()).await.unwrap();
    assert_eq!(again, Written::Kept(Kept::Refusal(broken())));
    assert_eq!(count(&pool, "SELECT version FROM things").await, 2);
}

fn broken() -> Refusal {
    Refusal {
        kind: ErrorKind::WrongState,
        reason: "THING_IS_BROKEN".to_owned(),
        message: "the thing is broken".to_owned(),
        metadata: vec![("thing_id".to_owned(), "7".to_owned())],
    }
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn old_keys_expire_in_batches() {
    let database = things::database().await;
    let pool = database.pool().await.unwrap();
    for number in 0..25 {
        idempotency::keep(&pool, &key(&format!("old {number}"), 1), &Kept::Answer(vec![]))
            .await
            .unwrap();
    }
    sqlx::query("UPDATE idempotency_keys SET kept_at = now() - interval '25 hours'")
        .execute(&pool)
        .await
        .unwrap();
    idempotency::keep(&pool, &key("young", 1), &Kept::Answer(vec![]))
        .await
        .unwrap();
    let migrator = database.migrator_pool().await.unwrap();
    let expired = idempotency::expire(&migrator, Duration::from_hours(24), 10).await;
    let expired = expired.unwrap();
    assert_eq!(expired, 25);
    assert_eq!(count(&pool, "SELECT count(*) FROM idempotency_keys").await, 1);
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn a_keyed_write_with_its_event_is_one_round_trip() {
    let database = things::database().await;
    let proxy = ChaosProxy::start(database.address()).await.unwrap();
    let mut config = PostgresConfig::new(database.server_url_through(&proxy));
    config.max_connections = 1;
    let through = Database::connect_lazy("things", &config).unwrap();
    // The first use of a statement on a connection prepares it.
    insert(through.pool(), new_id(), "a", Some(&key("a", 1))).await.unwrap();
    let before = proxy.round_trips();
    insert(through.pool(), new_id(), "b", Some(&key("b", 1))).await.unwrap();
    assert_eq!(proxy.round_trips() - before, 1);
}
