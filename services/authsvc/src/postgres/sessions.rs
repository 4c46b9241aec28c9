use async_trait::async_trait;
use auth_core::{ChainKey, Credential, Session, SessionId, SessionRecord, ports::Sessions};
use kernel::{PortError, UserId};
use platform::postgres::{Pool, StoreError};
use sqlx::{Row, postgres::PgRow};
use time::OffsetDateTime;

use super::{digest, failed};

/// [`Sessions`] in Postgres.
#[derive(Debug, Clone)]
pub struct PgSessions {
    pool: Pool,
}

impl PgSessions {
    /// Sessions in this database.
    pub const fn new(pool: Pool) -> Self {
        Self { pool }
    }
}

#[async_trait]
impl Sessions for PgSessions {
    /// The lock makes a new password or an erasure at the same moment come before or after, not between.
    async fn insert(&self, session: &Session, credential: &Credential) -> Result<bool, PortError> {
        let record = session.record();
        let inserted = sqlx::query(
            "INSERT INTO sessions (id, user_id, generation, digest, rotated_at, created_at, expires_at, chain_key)
             SELECT $1, c.user_id, $3, $4, $5, $6, $7, $9
             FROM (SELECT user_id FROM credentials WHERE user_id = $2 AND version = $8 FOR SHARE) AS c",
        )
        .bind(record.id.as_uuid())
        .bind(record.user_id.as_uuid())
        .bind(generation(record.generation))
        .bind(record.digest.as_slice())
        .bind(record.rotated_at)
        .bind(record.created_at)
        .bind(record.expires_at)
        .bind(credential.stored_version())
        .bind(record.chain_key.as_str())
        .execute(&self.pool)
        .await
        .map_err(failed)?;
        Ok(inserted.rows_affected() == 1)
    }

    async fn find(&self, id: SessionId) -> Result<Option<Session>, PortError> {
        let row = sqlx::query(
            "SELECT id, user_id, generation, digest, chain_key, rotated_at, created_at, expires_at, ended_at
             FROM sessions WHERE id = $1",
        )
        .bind(id.as_uuid())
        .fetch_optional(&self.pool)
        .await
        .map_err(failed)?;
        row.as_ref().map(session).transpose().map_err(PortError::new)
    }

    async fn advance(&self, session: &Session) -> Result<bool, PortError> {
        let record = session.record();
        let advanced = sqlx::query(
            "UPDATE sessions SET generation = $2, digest = $3, rotated_at = $4, chain_key = $6
             WHERE id = $1 AND generation = $5 AND ended_at IS NULL",
        )
        .bind(record.id.as_uuid())
        .bind(generation(record.generation))
        .bind(record.digest.as_slice())
        .bind(record.rotated_at)
        .bind(generation(session.stored_generation()))
        .bind(record.chain_key.as_str())
        .execute(&self.pool)
        .await
        .map_err(failed)?;
        Ok(advanced.rows_affected() == 1)
    }

    async fn end(&self, id: SessionId, at: OffsetDateTime) -> Result<(), PortError> {
        sqlx::query("UPDATE sessions SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL")
            .bind(id.as_uuid())
            .bind(at)
            .execute(&self.pool)
            .await
            .map_err(failed)?;
        Ok(())
    }

    async fn end_all(&self, user: UserId, at: OffsetDateTime) -> Result<(), PortError> {
        sqlx::query("UPDATE sessions SET ended_at = $2 WHERE user_id = $1 AND ended_at IS NULL")
            .bind(user.as_uuid())
            .bind(at)
            .execute(&self.pool)
            .await
            .map_err(failed)?;
        Ok(())
    }

    async fn remove_over(&self, before: OffsetDateTime, limit: u16) -> Result<u64, PortError> {
        let removed = sqlx::query(
            "DELETE FROM sessions WHERE ctid = ANY (ARRAY (
                 SELECT ctid FROM sessions WHERE expires_at < $1 OR ended_at < $1
                 LIMIT $2 FOR UPDATE SKIP LOCKED))",
        )
        .bind(before)
        .bind(i64::from(limit))
        .execute(&self.pool)
        .await
        .map_err(failed)?;
        Ok(removed.rows_affected())
    }
}

/// Generations are few thousands at most.
fn generation(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

fn session(row: &PgRow) -> Result<Session, StoreError> {
    let generation: i32 = row.try_get("generation")?;
    Ok(Session::restore(SessionRecord {
        id: SessionId::new(row.try_get("id")?),
        user_id: UserId::new(row.try_get("user_id")?),
        generation: u32::try_from(generation).map_err(StoreError::undecodable)?,
        digest: digest(row.try_get("digest")?)?,
        chain_key: ChainKey::new(row.try_get("chain_key")?),
        rotated_at: row.try_get("rotated_at")?,
        created_at: row.try_get("created_at")?,
        expires_at: row.try_get("expires_at")?,
        ended_at: row.try_get("ended_at")?,
    }))
}
