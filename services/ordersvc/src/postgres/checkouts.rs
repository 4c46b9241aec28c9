use std::{collections::BTreeMap, time::Duration};

use async_trait::async_trait;
use kernel::PortError;
use order_core::{
    OrderId,
    ports::{Checkouts, Due, Unfinished},
};
use platform::postgres::{Database, StoreError};
use sqlx::{
    Row,
    postgres::{PgQueryResult, PgRow},
};
use time::OffsetDateTime;

use super::row;

// Taking work moves it on, which is the lease. The rows that others are taking at this moment are theirs.
const TAKE: &str = "WITH due AS (SELECT order_id, due_at FROM checkouts WHERE step IS NOT NULL AND due_at <= $1
        ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED),
    taken AS (UPDATE checkouts c SET due_at = $2, tries = c.tries + 1 FROM due WHERE c.order_id = due.order_id
        RETURNING c.order_id, c.attempt, c.step, c.tries, c.since, due.due_at AS was_due_at)
    SELECT order_id, attempt, step, tries, since FROM taken ORDER BY was_due_at, order_id";

const POSTPONE: &str = "UPDATE checkouts SET due_at = $4 WHERE order_id = $1 AND attempt = $2 AND step = $3";

const FINISH: &str = "UPDATE checkouts SET step = NULL, since = NULL, due_at = NULL, tries = 0, payment_method = '',
        started_caller = NULL, started_method = NULL, started_key = NULL, started_fingerprint = NULL
    WHERE order_id = $1 AND attempt = $2 AND step = $3 AND state = 'FAILED'";

const COUNT: &str = "SELECT state, failure_reason, count(*) AS count FROM checkouts
    WHERE state IN ('RUNNING', 'REFUNDING', 'NEEDS_ATTENTION') GROUP BY state, failure_reason";

/// The work of checkouts in Postgres; they themselves are kept with their orders.
#[derive(Clone)]
pub struct PgCheckouts {
    database: Database,
}

impl PgCheckouts {
    /// Checkouts of this database.
    pub const fn new(database: Database) -> Self {
        Self { database }
    }

    async fn take(&self, now: OffsetDateTime, lease: Duration, limit: u32) -> Result<Vec<Due>, StoreError> {
        let rows = sqlx::query(TAKE)
            .bind(now)
            .bind(now + lease)
            .bind(i64::from(limit))
            .fetch_all(self.database.pool())
            .await?;
        rows.iter().map(due).collect()
    }

    async fn count(&self) -> Result<Vec<(Unfinished, u64)>, StoreError> {
        let mut counted = BTreeMap::new();
        for row in sqlx::query(COUNT).fetch_all(self.database.pool()).await? {
            let count: i64 = row.try_get("count")?;
            let state = row::checkout_state(row.try_get("state")?)?;
            if let Some(unfinished) = Unfinished::of(state, row.try_get("failure_reason")?) {
                *counted.entry(unfinished).or_default() += u64::try_from(count).unwrap_or_default();
            }
        }
        Ok(counted.into_iter().collect())
    }
}

#[async_trait]
impl Checkouts for PgCheckouts {
    #[tracing::instrument(name = "db.checkouts.take_due", skip_all)]
    async fn take_due(&self, now: OffsetDateTime, lease: Duration, limit: u32) -> Result<Vec<Due>, PortError> {
        failpoint::hit("checkouts.take.before");
        let taken = self.take(now, lease, limit).await.map_err(PortError::new)?;
        failpoint::hit("checkouts.take.after");
        Ok(taken)
    }

    #[tracing::instrument(name = "db.checkouts.postpone", skip_all)]
    async fn postpone(&self, due: &Due, until: OffsetDateTime) -> Result<bool, PortError> {
        failpoint::hit("checkouts.postpone.before");
        let changed = sqlx::query(POSTPONE)
            .bind(due.order_id.as_uuid())
            .bind(row::number(due.attempt))
            .bind(due.step.as_str())
            .bind(until)
            .execute(self.database.pool())
            .await;
        failpoint::hit("checkouts.postpone.after");
        changed_one(changed)
    }

    #[tracing::instrument(name = "db.checkouts.finish", skip_all)]
    async fn finish(&self, due: &Due) -> Result<bool, PortError> {
        failpoint::hit("checkouts.finish.before");
        let changed = sqlx::query(FINISH)
            .bind(due.order_id.as_uuid())
            .bind(row::number(due.attempt))
            .bind(due.step.as_str())
            .execute(self.database.pool())
            .await;
        failpoint::hit("checkouts.finish.after");
        changed_one(changed)
    }

    #[tracing::instrument(name = "db.checkouts.count_unfinished", skip_all)]
    async fn count_unfinished(&self) -> Result<Vec<(Unfinished, u64)>, PortError> {
        self.count().await.map_err(PortError::new)
    }
}

fn changed_one(changed: Result<PgQueryResult, sqlx::Error>) -> Result<bool, PortError> {
    match changed {
        Ok(changed) => Ok(changed.rows_affected() == 1),
        Err(error) => Err(PortError::new(StoreError::from(error))),
    }
}

fn due(found: &PgRow) -> Result<Due, StoreError> {
    Ok(Due {
        order_id: OrderId::new(found.try_get("order_id")?),
        attempt: row::count(found.try_get("attempt")?)?,
        step: row::step(found.try_get("step")?)?,
        tries: row::count(found.try_get("tries")?)?,
        since: found.try_get("since")?,
    })
}
