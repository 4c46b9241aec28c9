use async_trait::async_trait;
use auth_core::{Ladder, ports::Attempts};
use aws_lc_rs::hmac;
use kernel::{PortError, text::Email};
use platform::postgres::Pool;
use time::OffsetDateTime;

use super::failed;
use crate::crypto::{MasterKeys, tag};

/// The condition holds the row still: whoever finds the address shut changes nothing.
const FAIL: &str = "INSERT INTO attempts AS a (address, failures, last_at, shut_until)
    VALUES ($1, 1, $2, $2 + make_interval(secs => ($3::float8[])[1]))
    ON CONFLICT (address) DO UPDATE SET
        failures = CASE WHEN a.last_at < $4 THEN 1 ELSE LEAST(a.failures + 1, 1000000) END,
        last_at = $2,
        shut_until = $2 + make_interval(secs => ($3::float8[])[
            LEAST(CASE WHEN a.last_at < $4 THEN 1 ELSE a.failures + 1 END, cardinality($3::float8[]))])
    WHERE a.shut_until <= $2";

/// [`Attempts`] in Postgres, by a keyed digest of the address.
#[derive(Debug, Clone)]
pub struct PgAttempts {
    pool: Pool,
    key: hmac::Key,
}

impl PgAttempts {
    /// Attempts in this database, under a key derived from the newest master key.
    pub fn new(pool: Pool, keys: &MasterKeys) -> Self {
        Self {
            pool,
            key: keys.newest("attempts"),
        }
    }

    fn digest(&self, email: &Email) -> [u8; 32] {
        tag(&self.key, &[email.as_str().as_bytes()])
    }

    async fn shut(&self, address: &[u8], now: OffsetDateTime) -> Result<Option<OffsetDateTime>, PortError> {
        sqlx::query_scalar("SELECT shut_until FROM attempts WHERE address = $1 AND shut_until > $2")
            .bind(address)
            .bind(now)
            .fetch_optional(&self.pool)
            .await
            .map_err(failed)
    }

    async fn fail(&self, address: &[u8], ladder: &Ladder, now: OffsetDateTime) -> Result<bool, PortError> {
        let waits: Vec<f64> = match ladder.waits.as_slice() {
            [] => vec![0.0],
            waits => waits.iter().map(std::time::Duration::as_secs_f64).collect(),
        };
        let recorded = sqlx::query(FAIL)
            .bind(address)
            .bind(now)
            .bind(waits)
            .bind(now - ladder.forget_after)
            .execute(&self.pool)
            .await;
        Ok(recorded.map_err(failed)?.rows_affected() == 1)
    }

    /// Forgets the failures, if there are any and the address is open.
    async fn forget(&self, address: &[u8], now: OffsetDateTime) -> Result<(), PortError> {
        let known: bool = sqlx::query_scalar("SELECT EXISTS (SELECT FROM attempts WHERE address = $1)")
            .bind(address)
            .fetch_one(&self.pool)
            .await
            .map_err(failed)?;
        if known {
            sqlx::query("DELETE FROM attempts WHERE address = $1 AND shut_until <= $2")
                .bind(address)
                .bind(now)
                .execute(&self.pool)
                .await
                .map_err(failed)?;
        }
        Ok(())
    }
}

#[async_trait]
impl Attempts for PgAttempts {
    async fn shut_until(&self, email: &Email, now: OffsetDateTime) -> Result<Option<OffsetDateTime>, PortError> {
        self.shut(&self.digest(email), now).await
    }

    async fn settle(
        &self,
        email: &Email,
        success: bool,
        ladder: &Ladder,
        now: OffsetDateTime,
    ) -> Result<Option<OffsetDateTime>, PortError> {
        let address = self.digest(email);
        if success {
            self.forget(&address, now).await?;
            // What is left was shut by somebody else meanwhile.
            return self.shut(&address, now).await;
        }
        if self.fail(&address, ladder, now).await? {
            return Ok(None);
        }
        self.shut(&address, now).await
    }

    async fn remove_forgotten(&self, ladder: &Ladder, now: OffsetDateTime) -> Result<u64, PortError> {
        let removed = sqlx::query("DELETE FROM attempts WHERE last_at < $1")
            .bind(now - ladder.forget_after)
            .execute(&self.pool)
            .await;
        Ok(removed.map_err(failed)?.rows_affected())
    }
}
