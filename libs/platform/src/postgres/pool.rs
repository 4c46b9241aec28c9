use std::{str::FromStr, time::Duration};

use kernel::Secret;
use sqlx::{
    ConnectOptions, Connection,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use tokio_util::sync::CancellationToken;

use super::{Pool, StoreError, connections::ASKED_WHEN_IDLE_FOR};

/// So many connections stay open: making one takes long on a machine that starts many pods at once, and a caller who
/// gives up throws away the one that was being made for it.
const KEPT_OPEN: u32 = 4;
const METRICS_EVERY: Duration = Duration::from_secs(5);
const SLOW_STATEMENT: Duration = Duration::from_millis(500);

/// How a service reaches its database. The limits hold on the server too, so that a caller who stopped
/// waiting leaves nothing running there for long.
#[derive(Debug, Clone)]
pub struct PostgresConfig {
    /// `postgres://role:password@host:port/database`.
    pub url: Secret<String>,
    /// The most connections at once.
    pub max_connections: u32,
    /// How long a call waits for a connection before it is refused as UNAVAILABLE.
    pub acquire_timeout: Duration,
    /// How long one statement may take.
    pub statement_timeout: Duration,
    /// How long a statement may wait for a lock.
    pub lock_timeout: Duration,
    /// How long a transaction may stay open and idle.
    pub idle_in_transaction_timeout: Duration,
}

impl PostgresConfig {
    /// The limits that measure well: a small pool, because Postgres works best with few busy backends.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: Secret::new(url.into()),
            max_connections: 16,
            acquire_timeout: Duration::from_secs(1),
            statement_timeout: Duration::from_secs(5),
            lock_timeout: Duration::from_secs(3),
            idle_in_transaction_timeout: Duration::from_secs(10),
        }
    }

    fn connect_options(&self, name: &str) -> Result<PgConnectOptions, StoreError> {
        let millis = |duration: Duration| duration.as_millis().to_string();
        Ok(PgConnectOptions::from_str(self.url.expose())
            .map_err(StoreError::from)?
            .application_name(name)
            .options([
                ("statement_timeout", millis(self.statement_timeout)),
                ("lock_timeout", millis(self.lock_timeout)),
                (
                    "idle_in_transaction_session_timeout",
                    millis(self.idle_in_transaction_timeout),
                ),
                // A statement here is over before a worker has started.
                ("max_parallel_workers_per_gather", "0".to_owned()),
            ])
            .log_statements(tracing::log::LevelFilter::Trace)
            .log_slow_statements(tracing::log::LevelFilter::Warn, SLOW_STATEMENT))
    }
}

/// The database of one service.
#[derive(Debug, Clone)]
pub struct Database {
    pool: Pool,
    name: &'static str,
}

impl Database {
    /// Makes the pool and connects when first used, so that a service starts while its database is away.
    ///
    /// # Errors
    /// The URL cannot be read.
    pub fn connect_lazy(name: &'static str, config: &PostgresConfig) -> Result<Self, StoreError> {
        let pool = PgPoolOptions::new()
            .max_connections(config.max_connections)
            .min_connections(KEPT_OPEN.min(config.max_connections))
            .acquire_timeout(config.acquire_timeout)
            .idle_timeout(Duration::from_mins(10))
            .max_lifetime(Duration::from_mins(30))
            // A ping at each acquire costs a third of the throughput of point reads.
            .test_before_acquire(false)
            .before_acquire(|connection, metadata| {
                Box::pin(async move {
                    if metadata.idle_for > ASKED_WHEN_IDLE_FOR {
                        connection.ping().await?;
                    }
                    Ok(true)
                })
            })
            .connect_lazy_with(config.connect_options(name)?);
        Ok(Self {
            pool: Pool::from(pool),
            name,
        })
    }

    /// The pool, for queries.
    pub const fn pool(&self) -> &Pool {
        &self.pool
    }

    /// Whether the database answers; for readiness.
    ///
    /// # Errors
    /// It does not.
    pub async fn ping(&self) -> Result<(), StoreError> {
        sqlx::query("SELECT 1").execute(&self.pool).await?;
        Ok(())
    }

    /// Opens the connections that stay open, so that the first callers find them.
    ///
    /// # Errors
    /// The database does not give so many in time.
    pub async fn warm_up(&self) -> Result<(), StoreError> {
        Ok(self.pool.warm_up().await?)
    }

    /// Sets the pool's gauges until the shutdown.
    pub async fn report_metrics(self, shutdown: CancellationToken) {
        loop {
            let idle = u32::try_from(self.pool.num_idle()).unwrap_or(u32::MAX);
            let open = self.pool.size();
            let most = self.pool.max_connections();
            for (state, count) in [("idle", idle), ("busy", open.saturating_sub(idle)), ("max", most)] {
                metrics::gauge!("db_pool_connections", "db" => self.name, "state" => state).set(f64::from(count));
            }
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = tokio::time::sleep(METRICS_EVERY) => {}
            }
        }
    }

    /// Waits for what is running and closes every connection.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}
