use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use kernel::{Chain, IdSource};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{EventLog, Filter, LoggedEvent};
use crate::postgres::{Pool, StoreError, retry::jittered};

const BATCH: u32 = 100;
const POLL: Duration = Duration::from_millis(200);
/// So long nobody follows after the process that did was killed. A handler that takes longer has others do its
/// event again, which they may.
const LEASE: Duration = Duration::from_secs(4);
/// Its place is kept so often, and at the end of a batch: most events are passed over, and take no time.
const KEEP_EVERY: Duration = Duration::from_millis(500);
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// So long an event waits at most after what it waited for is back.
const LONGEST_PAUSE: Duration = Duration::from_secs(4);

/// Why an event could not be handled; it is tried again.
pub type HandlerError = Box<dyn std::error::Error + Send + Sync>;

/// What a [`Follower`] does with each event.
#[async_trait]
pub trait EventHandler: Send + Sync + 'static {
    /// Handles one event. MUST bear to be called again with one that it has handled. What it does not
    /// care for it passes over.
    ///
    /// # Errors
    /// It could not be done now; the follower waits and asks again, and handles nothing else before.
    async fn handle(&self, event: &LoggedEvent) -> Result<(), HandlerError>;
}

/// Handles every event of the log in order, once or more, over restarts and replicas.
///
/// Its place is a row of `event_cursors`. One process at a time holds the row's lease; that is an
/// optimisation, since handling twice does no harm. No transaction is open while an event is handled.
pub struct Follower {
    name: &'static str,
    pool: Pool,
    log: EventLog,
    handler: Arc<dyn EventHandler>,
    holder: Uuid,
}

impl Follower {
    /// The follower of this name; a new name starts with the oldest event that is kept.
    pub fn new(name: &'static str, pool: Pool, handler: Arc<dyn EventHandler>, ids: &dyn IdSource) -> Self {
        Self {
            name,
            log: EventLog::new(pool.clone()),
            pool,
            handler,
            holder: ids.next(),
        }
    }

    /// Follows until the shutdown. The event that is being handled is finished.
    pub async fn run(self, shutdown: CancellationToken) {
        let mut pause = FIRST_PAUSE;
        while !shutdown.is_cancelled() {
            let wait = match self.step(&shutdown).await {
                Ok(true) => {
                    pause = FIRST_PAUSE;
                    continue;
                }
                Ok(false) => {
                    pause = FIRST_PAUSE;
                    POLL
                }
                Err(error) => {
                    tracing::warn!(follower = self.name, error = %Chain(&*error), "an event waits to be handled again");
                    pause = (pause * 2).min(LONGEST_PAUSE);
                    jittered(pause)
                }
            };
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = tokio::time::sleep(wait) => {}
            }
        }
        if let Err(error) = self.release().await {
            tracing::debug!(follower = self.name, error = %Chain(&error), "the lease runs out by itself");
        }
    }

    /// Handles the next events and answers whether there were any; not when another process follows.
    async fn step(&self, shutdown: &CancellationToken) -> Result<bool, HandlerError> {
        let Some(position) = self.hold().await? else {
            return Ok(false);
        };
        let slice = self.log.slice(position, Filter::All, BATCH).await?;
        if position < slice.head.floor {
            tracing::error!(
                follower = self.name,
                position,
                floor = slice.head.floor,
                "events were dropped before they were handled: the retention is too short"
            );
        }
        let (mut handled, mut kept) = (position, Instant::now());
        let mut failed = None;
        for event in &slice.events {
            if let Err(error) = self.handler.handle(event).await {
                failed = Some(error);
                break;
            }
            handled = event.position.number;
            if shutdown.is_cancelled() {
                break;
            }
            if kept.elapsed() >= KEEP_EVERY {
                if !self.advance(handled).await? {
                    return Ok(false);
                }
                kept = Instant::now();
            }
        }
        let is_ours = handled == position || self.advance(handled).await?;
        match failed {
            Some(error) => Err(error),
            None => Ok(is_ours && handled > position),
        }
    }

    /// Takes or keeps the lease and answers after which event to go on.
    async fn hold(&self) -> Result<Option<i64>, StoreError> {
        let held = sqlx::query_scalar(
            "INSERT INTO event_cursors AS c (name, position, held_by, held_until)
             SELECT $1, floor, $2, now() + make_interval(secs => $3) FROM log_head
             ON CONFLICT (name) DO UPDATE SET held_by = $2, held_until = now() + make_interval(secs => $3)
             WHERE c.held_by = $2 OR c.held_until < now()
             RETURNING position",
        )
        .bind(self.name)
        .bind(self.holder)
        .bind(LEASE.as_secs_f64())
        .fetch_optional(&self.pool)
        .await?;
        Ok(held)
    }

    /// Moves on, unless another process has taken over.
    async fn advance(&self, position: i64) -> Result<bool, StoreError> {
        let moved = sqlx::query(
            "UPDATE event_cursors SET position = $3, held_until = now() + make_interval(secs => $4)
             WHERE name = $1 AND held_by = $2",
        )
        .bind(self.name)
        .bind(self.holder)
        .bind(position)
        .bind(LEASE.as_secs_f64())
        .execute(&self.pool)
        .await?;
        Ok(moved.rows_affected() == 1)
    }

    async fn release(&self) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE event_cursors SET held_by = NULL, held_until = '-infinity' WHERE name = $1 AND held_by = $2",
        )
        .bind(self.name)
        .bind(self.holder)
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}
