use std::{sync::Arc, time::Duration};

use kernel::Chain;
use sqlx::{Connection, Row};
use tokio::{
    sync::Notify,
    time::{Instant, sleep_until, timeout},
};
use tokio_util::sync::CancellationToken;

use crate::postgres::{Pool, StoreError, retry::jittered};

const BATCH: i64 = 1_000;
/// Batches begin no sooner after each other: under load a batch costs as much as some tens of events.
const GATHER: Duration = Duration::from_millis(20);
/// How soon events of a process that does not wake us are seen.
const POLL: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
const METRICS_EVERY: Duration = Duration::from_secs(5);

/// Gives committed events their place in the log. Every replica may run one.
#[derive(Debug, Clone)]
pub struct Sequencer {
    pool: Pool,
    written: Arc<Notify>,
    appended: Arc<Notify>,
}

impl Sequencer {
    /// A sequencer of this database's outbox; it works while [`Sequencer::run`] does.
    pub fn new(pool: Pool) -> Self {
        Self {
            pool,
            written: Arc::new(Notify::new()),
            appended: Arc::new(Notify::new()),
        }
    }

    /// To be called after a commit with events, so that they are sequenced at once.
    pub fn wake(&self) {
        self.written.notify_one();
    }

    /// Told after each append, for one [`Tail`](super::Tail).
    pub(super) fn appended(&self) -> Arc<Notify> {
        Arc::clone(&self.appended)
    }

    /// Sequences until the shutdown. The database being away only delays.
    pub async fn run(self, shutdown: CancellationToken) {
        let mut measured: Option<Instant> = None;
        let mut pause = POLL;
        let mut woken = false;
        while !shutdown.is_cancelled() {
            let next_batch = Instant::now() + GATHER;
            match self.append_if_any(woken).await {
                Ok(appended) => {
                    pause = POLL;
                    if appended > 0 {
                        self.appended.notify_one();
                    }
                    // Also when there is always more to append: then most of all.
                    if measured.is_none_or(|at| at.elapsed() >= METRICS_EVERY) {
                        measured = Some(Instant::now());
                        self.measure().await;
                    }
                    let pause = async {
                        if appended == BATCH.unsigned_abs() {
                            return true;
                        }
                        if appended > 0 {
                            sleep_until(next_batch).await;
                        }
                        // The poll sees what other processes wrote.
                        timeout(POLL, self.written.notified()).await.is_ok()
                    };
                    match shutdown.run_until_cancelled(pause).await {
                        Some(by_a_write) => woken = by_a_write,
                        None => return,
                    }
                }
                Err(error) => {
                    tracing::warn!(error = %Chain(&error), "events wait in the outbox");
                    tokio::select! {
                        () = shutdown.cancelled() => return,
                        () = tokio::time::sleep(jittered(pause)) => {}
                    }
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
        }
    }

    /// Appends a batch if an event is known to wait, or found to.
    async fn append_if_any(&self, known: bool) -> Result<u64, StoreError> {
        // In the order of the index, which steps over what is gone: the table is full of that between two vacuums.
        const WAITING: &str = "SELECT id FROM outbox ORDER BY id LIMIT 1";
        if known || sqlx::query(WAITING).fetch_optional(&self.pool).await?.is_some() {
            self.append_batch().await
        } else {
            Ok(0)
        }
    }

    /// Appends the oldest events of the outbox and answers how many. A failure leaves all as it was.
    ///
    /// # Errors
    /// The database failed, or the log has no partition for the next positions (`maintain` makes them).
    pub async fn append_batch(&self) -> Result<u64, StoreError> {
        let mut held = self.pool.acquire().await?;
        let mut transaction = held.begin().await?;
        let head = sqlx::query("SELECT epoch, position FROM log_head FOR UPDATE")
            .fetch_one(&mut *transaction)
            .await?;
        // A statement of its own: what it sees is decided after the lock is ours, so an event that
        // another sequencer has not taken is never older than one that it has. An array of ids, because it is always
        // looked up in the index: a join may read the whole table, which is full of what is gone.
        let appended = sqlx::query(
            "WITH taken AS (DELETE FROM outbox
                 WHERE id = ANY (ARRAY (SELECT id FROM outbox ORDER BY id LIMIT $3)) RETURNING *),
             placed AS (SELECT *, row_number() OVER (ORDER BY id) AS place FROM taken),
             moved AS (UPDATE log_head SET position = $2 + (SELECT count(*) FROM taken)
                 WHERE EXISTS (SELECT FROM taken))
             INSERT INTO event_log (position, epoch, event_id, aggregate_type, aggregate_id, aggregate_version,
                 owner_id, type, schema_version, occurred_at, actor, traceparent, payload)
             SELECT $2 + place, $1, event_id, aggregate_type, aggregate_id, aggregate_version,
                 owner_id, type, schema_version, occurred_at, actor, traceparent, payload
             FROM placed ORDER BY place",
        )
        .bind(head.try_get::<i32, _>("epoch")?)
        .bind(head.try_get::<i64, _>("position")?)
        .bind(BATCH)
        .execute(&mut *transaction)
        .await?
        .rows_affected();
        transaction.commit().await?;
        held.release();
        Ok(appended)
    }

    async fn measure(&self) {
        const MEASURES: &str = "SELECT position AS head, (SELECT count(*) FROM outbox) AS depth,
            (SELECT coalesce(extract(epoch FROM now() - min(written_at)), 0)::float8 FROM outbox) AS age FROM log_head";
        let measured: Result<(i64, i64, f64), _> = sqlx::query_as(MEASURES).fetch_one(&self.pool).await;
        if let Ok((head, depth, age)) = measured {
            #[expect(clippy::cast_precision_loss, reason = "gauges are floating point")]
            let (head, depth) = (head as f64, depth as f64);
            metrics::gauge!("event_log_head_position").set(head);
            metrics::gauge!("outbox_depth").set(depth);
            metrics::gauge!("outbox_oldest_age_seconds").set(age);
        }
    }
}
