//! The toy aggregate: a thing has a name that no other thing has, and a version.

use kernel::{Caller, Clock, IdSource, IdempotencyKey, Kept, Refusal, SystemClock, UuidV7Source};
use platform::postgres::{Pool, StoreError, Write, Written, events::NewEvent};
use sqlx::migrate::Migrator;
use testkit::postgres::TestDatabase;
use uuid::Uuid;

pub(crate) static MIGRATIONS: Migrator = sqlx::migrate!("tests/it/migrations");

pub(crate) const INSERT: &str =
    platform::write_statement!("saved AS (INSERT INTO things (id, name, version) VALUES ($18, $19, 1) RETURNING id)");
const RENAME: &str = platform::write_statement!(
    "saved AS (UPDATE things SET name = $19, version = version + 1 WHERE id = $18 AND version = $20 RETURNING id)"
);

pub(crate) async fn database() -> TestDatabase {
    TestDatabase::create(&MIGRATIONS).await.unwrap()
}

pub(crate) fn new_id() -> Uuid {
    UuidV7Source.next()
}

pub(crate) fn key(text: &str, fingerprint: u8) -> IdempotencyKey {
    IdempotencyKey {
        caller: Caller::Anonymous.to_string(),
        method: "thing.v1.ThingService/CreateThing",
        key: text.to_owned(),
        fingerprint: [fingerprint; 32],
    }
}

pub(crate) fn event(id: Uuid, version: i64, owner: Option<Uuid>) -> NewEvent {
    NewEvent {
        event_id: new_id(),
        aggregate_type: "thing",
        aggregate_id: id,
        aggregate_version: version,
        owner_id: owner,
        event_type: "thing.changed",
        schema_version: 1,
        occurred_at: SystemClock.now(),
        actor: Caller::Anonymous.to_string(),
        traceparent: None,
        payload: version.to_be_bytes().to_vec(),
    }
}

fn answer(id: Uuid) -> Kept<Vec<u8>> {
    Kept::Answer(id.as_bytes().to_vec())
}

/// Answers the id of the thing, which is what is kept under the key.
pub(crate) async fn insert(
    pool: &Pool,
    id: Uuid,
    name: &str,
    key: Option<&IdempotencyKey>,
) -> Result<Written, StoreError> {
    Write::new(INSERT, key, &answer(id), &[event(id, 1, None)])
        .bind(id)
        .bind(name.to_owned())
        .run(pool)
        .await
}

pub(crate) async fn rename(
    pool: &Pool,
    id: Uuid,
    name: &str,
    version: i64,
    key: Option<&IdempotencyKey>,
) -> Result<Written, StoreError> {
    Write::new(RENAME, key, &answer(id), &[event(id, version + 1, None)])
        .bind(id)
        .bind(name.to_owned())
        .bind(version)
        .run(pool)
        .await
}

/// As [`rename`], for a call that is refused with it.
pub(crate) async fn rename_and_refuse(
    pool: &Pool,
    id: Uuid,
    version: i64,
    key: &IdempotencyKey,
    refusal: Refusal,
) -> Result<Written, StoreError> {
    let refusal = Kept::Refusal(refusal);
    Write::new(RENAME, Some(key), &refusal, &[event(id, version + 1, None)])
        .bind(id)
        .bind("refused".to_owned())
        .bind(version)
        .run(pool)
        .await
}

pub(crate) async fn count(pool: &Pool, what: &'static str) -> i64 {
    sqlx::query_scalar(what).fetch_one(pool).await.unwrap()
}
