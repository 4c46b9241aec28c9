//! What must be done to a database now and then, by the role that owns the schema: partitions of the
//! event log made before they are needed and dropped when their events are old, keys expired. Run by the
//! `maintain` command; running it twice or at the same time does no harm.

use std::time::Duration;

use sqlx::{AssertSqlSafe, PgPool, Row};

use super::{StoreError, events::Position, idempotency};

/// How many positions one partition holds.
const PARTITION: i64 = 1_000_000;
const MAINTENANCE_LOCK: i64 = 0x636f_756e_7465_7266;

/// What to keep and how far ahead to prepare.
#[derive(Debug, Clone)]
pub struct MaintainSettings {
    /// How many partitions are ready beyond the one in use.
    pub partitions_ahead: i64,
    /// How long events are kept; for ever when not given.
    pub event_retention: Option<Duration>,
    /// How long idempotency keys are kept.
    pub key_retention: Duration,
    /// How many keys one statement deletes.
    pub key_batch: i64,
}

impl Default for MaintainSettings {
    fn default() -> Self {
        Self {
            partitions_ahead: 3,
            event_retention: None,
            key_retention: Duration::from_hours(24),
            key_batch: 1_000,
        }
    }
}

/// What was done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Maintained {
    /// Partitions made.
    pub partitions_made: u64,
    /// Partitions dropped.
    pub partitions_dropped: u64,
    /// Keys expired.
    pub keys_expired: u64,
}

/// Does what is due.
///
/// # Errors
/// The database failed. What was done before stays done.
pub async fn maintain(migrator: &PgPool, settings: &MaintainSettings) -> Result<Maintained, StoreError> {
    Ok(Maintained {
        partitions_made: make_partitions(migrator, settings.partitions_ahead).await?,
        partitions_dropped: match settings.event_retention {
            Some(retention) => drop_partitions(migrator, retention).await?,
            None => 0,
        },
        keys_expired: idempotency::expire(migrator, settings.key_retention, settings.key_batch).await?,
    })
}

/// Starts a new epoch after a restore, so that positions given since the backup are recognised. Answers
/// where the new epoch begins.
///
/// # Errors
/// The database failed.
pub async fn new_epoch(migrator: &PgPool) -> Result<Position, StoreError> {
    let (epoch, number) = sqlx::query_as("UPDATE log_head SET epoch = epoch + 1 RETURNING epoch, position")
        .fetch_one(migrator)
        .await?;
    Ok(Position { epoch, number })
}

async fn make_partitions(pool: &PgPool, ahead: i64) -> Result<u64, StoreError> {
    let mut transaction = pool.begin().await?;
    sqlx::query("SELECT pg_advisory_xact_lock($1)")
        .bind(MAINTENANCE_LOCK)
        .execute(&mut *transaction)
        .await?;
    let head: i64 = sqlx::query_scalar("SELECT position FROM log_head")
        .fetch_one(&mut *transaction)
        .await?;
    let existing: Vec<String> = sqlx::query_scalar(
        "SELECT c.relname::text FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
         WHERE i.inhparent = 'event_log'::regclass",
    )
    .fetch_all(&mut *transaction)
    .await?;
    let mut made = 0;
    let current = head / PARTITION;
    for index in current..=current + ahead {
        let from = index * PARTITION + 1;
        let name = format!("event_log_{from}");
        if existing.contains(&name) {
            continue;
        }
        // Made alone and attached then, which blocks neither readers nor the sequencer.
        let create = format!(
            "CREATE TABLE {name} (LIKE event_log INCLUDING ALL);
             ALTER TABLE event_log ATTACH PARTITION {name} FOR VALUES FROM ({from}) TO ({})",
            from + PARTITION
        );
        sqlx::raw_sql(AssertSqlSafe(create)).execute(&mut *transaction).await?;
        made += 1;
    }
    transaction.commit().await?;
    Ok(made)
}

/// Drops whole partitions, oldest first, while all their events are older than the retention, and never
/// the one in use. The floor moves in the same transaction, so a reader is told and never skips.
async fn drop_partitions(pool: &PgPool, retention: Duration) -> Result<u64, StoreError> {
    let mut dropped = 0;
    loop {
        let mut transaction = pool.begin().await?;
        sqlx::query("SELECT pg_advisory_xact_lock($1)")
            .bind(MAINTENANCE_LOCK)
            .execute(&mut *transaction)
            .await?;
        // The sequencer waits at this row, so wait for readers only briefly.
        sqlx::raw_sql("SET LOCAL lock_timeout = '2s'")
            .execute(&mut *transaction)
            .await?;
        let head = sqlx::query("SELECT position, floor FROM log_head FOR UPDATE")
            .fetch_one(&mut *transaction)
            .await?;
        let position: i64 = head.try_get("position")?;
        let floor: i64 = head.try_get("floor")?;
        let last = (floor / PARTITION + 1) * PARTITION;
        if last > position {
            return Ok(dropped);
        }
        // Positions follow commits, so the last event of a partition is its newest.
        let old: Option<bool> = sqlx::query_scalar(
            "SELECT logged_at < now() - make_interval(secs => $2) FROM event_log WHERE position = $1",
        )
        .bind(last)
        .bind(retention.as_secs_f64())
        .fetch_optional(&mut *transaction)
        .await?;
        if old == Some(false) {
            return Ok(dropped);
        }
        sqlx::query("UPDATE log_head SET floor = $1")
            .bind(last)
            .execute(&mut *transaction)
            .await?;
        let drop = format!("DROP TABLE IF EXISTS event_log_{}", last - PARTITION + 1);
        sqlx::raw_sql(AssertSqlSafe(drop)).execute(&mut *transaction).await?;
        transaction.commit().await?;
        dropped += 1;
    }
}
