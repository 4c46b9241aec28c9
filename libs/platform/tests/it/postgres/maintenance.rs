use std::{borrow::Cow, time::Duration};

use platform::postgres::{
    StoreError,
    events::{EventLog, Filter, Position, ReadError, Sequencer},
    maintain::{MaintainSettings, Maintained, maintain},
    migrations::{self, SchemaError},
};
use sqlx::migrate::{Migration, MigrationType, Migrator};
use testkit::postgres::TestDatabase;

use super::things::{self, count, insert, new_id};

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn partitions_are_made_ahead_and_dropped_when_old() {
    let database = things::database().await;
    let pool = database.pool().await.unwrap();
    let migrator = database.migrator_pool().await.unwrap();
    let keep = MaintainSettings::default();
    let made = maintain(&migrator, &keep).await.unwrap();
    assert_eq!(made.partitions_made, 3);
    assert_eq!(maintain(&migrator, &keep).await.unwrap(), Maintained::default());

    // As if a million events had come; the last of the first partition and the first of the second are here.
    sqlx::query("UPDATE log_head SET position = 999999")
        .execute(&pool)
        .await
        .unwrap();
    for name in ["a", "b"] {
        insert(&pool, new_id(), name, None).await.unwrap();
    }
    assert_eq!(Sequencer::new(pool.clone()).append_batch().await.unwrap(), 2);
    assert_eq!(maintain(&migrator, &keep).await.unwrap().partitions_made, 1);

    let drop = MaintainSettings {
        event_retention: Some(Duration::from_hours(1)),
        ..keep
    };
    assert_eq!(maintain(&migrator, &drop).await.unwrap().partitions_dropped, 0);
    sqlx::query("UPDATE event_log SET logged_at = now() - interval '2 hours'")
        .execute(&pool)
        .await
        .unwrap();
    assert_eq!(maintain(&migrator, &drop).await.unwrap().partitions_dropped, 1);
    let log = EventLog::new(pool);
    let at = |number| Position { epoch: 1, number };
    assert!(matches!(
        log.read(at(999_999), Filter::All, 5).await,
        Err(ReadError::Expired)
    ));
    assert_eq!(log.read(at(1_000_000), Filter::All, 5).await.unwrap().events.len(), 1);
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn events_wait_in_the_outbox_while_there_is_no_partition() {
    let database = things::database().await;
    let pool = database.pool().await.unwrap();
    sqlx::query("UPDATE log_head SET position = 1000000")
        .execute(&pool)
        .await
        .unwrap();
    insert(&pool, new_id(), "a", None).await.unwrap();
    let sequencer = Sequencer::new(pool.clone());
    sequencer.append_batch().await.unwrap_err();
    assert_eq!(count(&pool, "SELECT count(*) FROM outbox").await, 1);
    maintain(&database.migrator_pool().await.unwrap(), &MaintainSettings::default())
        .await
        .unwrap();
    assert_eq!(sequencer.append_batch().await.unwrap(), 1);
}

fn newer() -> Migrator {
    let mut all: Vec<Migration> = things::MIGRATIONS.iter().cloned().collect();
    all.push(Migration::new(
        20990101000000,
        Cow::Borrowed("create gadgets"),
        MigrationType::Simple,
        sqlx::SqlSafeStr::into_sql_str("CREATE TABLE gadgets (id uuid NOT NULL)"),
        false,
    ));
    migrations::merged(&Migrator::with_migrations(all))
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn a_previous_binary_passes_on_a_newer_schema_and_a_newer_one_refuses_an_older() {
    let database = TestDatabase::empty().await.unwrap();
    let pool = database.pool().await.unwrap();
    let (previous, current) = (migrations::merged(&things::MIGRATIONS), newer());
    let url = database.migrator_url();
    let role = database.server_role();

    let none = migrations::schema_is_current(&pool, &previous).await.unwrap_err();
    assert!(matches!(none, SchemaError::Outdated(missing) if missing.len() == 3));
    migrations::migrate(&url, &previous, role).await.unwrap();
    migrations::schema_is_current(&pool, &previous).await.unwrap();
    let older = migrations::schema_is_current(&pool, &current).await.unwrap_err();
    assert!(older.to_string().contains("20990101000000 create gadgets"), "{older}");

    migrations::migrate(&url, &current, role).await.unwrap();
    migrations::migrate(&url, &previous, role).await.unwrap();
    migrations::schema_is_current(&pool, &previous).await.unwrap();
    migrations::schema_is_current(&pool, &current).await.unwrap();
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn pods_that_start_together_migrate_one_after_the_other() {
    let database = TestDatabase::empty().await.unwrap();
    let (url, role) = (database.migrator_url(), database.server_role());
    let migrations = migrations::merged(&things::MIGRATIONS);
    let together = (0..8).map(|_| migrations::migrate(&url, &migrations, role));
    for migrated in futures::future::join_all(together).await {
        migrated.unwrap();
    }
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn the_server_role_writes_rows_and_owns_nothing() {
    let database = things::database().await;
    let pool = database.pool().await.unwrap();
    insert(&pool, new_id(), "a", None).await.unwrap();
    for forbidden in [
        "CREATE TABLE mine (id uuid)",
        "ALTER TABLE things ADD COLUMN mine text",
        "DROP TABLE things",
        "TRUNCATE things",
        "DELETE FROM _sqlx_migrations",
    ] {
        let error = StoreError::from(sqlx::raw_sql(forbidden).execute(&pool).await.unwrap_err());
        assert!(matches!(error, StoreError::Bug(_)), "{forbidden}: {error:?}");
    }
}
