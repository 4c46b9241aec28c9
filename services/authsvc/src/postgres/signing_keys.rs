use async_trait::async_trait;
use auth_core::{KeyId, SealedKey, ports::SigningKeys};
use kernel::PortError;
use platform::postgres::{Pool, StoreError};
use sqlx::{Row, postgres::PgRow};

use super::{digest, failed};

/// [`SigningKeys`] in Postgres.
#[derive(Debug, Clone)]
pub struct PgSigningKeys {
    pool: Pool,
}

impl PgSigningKeys {
    /// Keys in this database.
    pub const fn new(pool: Pool) -> Self {
        Self { pool }
    }
}

#[async_trait]
impl SigningKeys for PgSigningKeys {
    async fn list(&self) -> Result<Vec<SealedKey>, PortError> {
        let rows = sqlx::query("SELECT kid, predecessor, public_key, sealed, created_at, signs_from FROM signing_keys")
            .fetch_all(&self.pool)
            .await
            .map_err(failed)?;
        let keys: Result<Vec<SealedKey>, StoreError> = rows.iter().map(key).collect();
        keys.map_err(PortError::new)
    }

    async fn insert(&self, key: &SealedKey) -> Result<bool, PortError> {
        let inserted = sqlx::query(
            "INSERT INTO signing_keys (kid, predecessor, public_key, sealed, created_at, signs_from)
             SELECT $1, $2, $3, $4, $5, $6
             WHERE $2::text IS NOT NULL OR NOT EXISTS (SELECT FROM signing_keys)
             ON CONFLICT DO NOTHING",
        )
        .bind(key.id.as_str())
        .bind(key.predecessor.as_ref().map(KeyId::as_str))
        .bind(key.public.as_slice())
        .bind(&key.sealed)
        .bind(key.created_at)
        .bind(key.signs_from)
        .execute(&self.pool)
        .await
        .map_err(failed)?;
        Ok(inserted.rows_affected() == 1)
    }

    async fn remove(&self, id: &KeyId) -> Result<(), PortError> {
        sqlx::query("DELETE FROM signing_keys WHERE kid = $1")
            .bind(id.as_str())
            .execute(&self.pool)
            .await
            .map_err(failed)?;
        Ok(())
    }
}

fn key(row: &PgRow) -> Result<SealedKey, StoreError> {
    let predecessor: Option<String> = row.try_get("predecessor")?;
    Ok(SealedKey {
        id: KeyId::new(row.try_get::<String, _>("kid")?),
        predecessor: predecessor.map(KeyId::new),
        public: digest(row.try_get("public_key")?)?,
        sealed: row.try_get("sealed")?,
        created_at: row.try_get("created_at")?,
        signs_from: row.try_get("signs_from")?,
    })
}
