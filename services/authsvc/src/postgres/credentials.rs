use std::collections::BTreeSet;

use async_trait::async_trait;
use auth_core::{
    Credential, CredentialRecord, CredentialState, PasswordHash, SessionId,
    ports::{Credentials, ForChange, WriteError},
};
use kernel::{Change, IdempotencyKey, Kept, PortError, Refusal, Role, UserId, text::Email};
use platform::postgres::{Pool, StoreError, Write, Written, idempotency};
use sqlx::{Connection, Row, postgres::PgRow};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Unreadable, failed};

const ACTIVATE: &str = platform::write_statement!(
    "saved AS (UPDATE credentials SET pending_name = NULL, version = $19, updated_at = $20
               WHERE user_id = $18 AND version = $21 RETURNING user_id)"
);

const SAVE_ROLES: &str = platform::write_statement!(
    "saved AS (UPDATE credentials SET roles = $19, version = $20, updated_at = $21
               WHERE user_id = $18 AND version = $22 RETURNING user_id)"
);

const FIND_BY_EMAIL: &str = "SELECT user_id, email, pending_name, password_hash, roles, version, created_at, updated_at
     FROM credentials WHERE email = $1";

const FIND: &str = "SELECT user_id, email, pending_name, password_hash, roles, version, created_at, updated_at
     FROM credentials WHERE user_id = $1";

const PENDING: &str = "SELECT user_id, email, pending_name, password_hash, roles, version, created_at, updated_at
     FROM credentials WHERE pending_name IS NOT NULL AND updated_at < $1 ORDER BY updated_at LIMIT $2";

/// With what is kept under the key of the call: by address or by user, the other one being NULL.
const FIND_WITH_KEY: &str = "SELECT c.user_id, c.email, c.pending_name, c.password_hash, c.roles, c.version,
            c.created_at, c.updated_at,
            k.fingerprint AS kept_fingerprint, k.refused AS kept_refused, k.answer AS kept_answer
     FROM (VALUES (1)) AS one (row)
     LEFT JOIN credentials c ON c.email = $1 OR c.user_id = $2
     LEFT JOIN idempotency_keys k ON k.caller = $3 AND k.method = $4 AND k.key = $5";

/// [`Credentials`] in Postgres.
#[derive(Debug, Clone)]
pub struct PgCredentials {
    pool: Pool,
}

impl PgCredentials {
    /// Credentials in this database.
    pub const fn new(pool: Pool) -> Self {
        Self { pool }
    }

    async fn find_with_key<T>(
        &self,
        email: Option<&Email>,
        user: Option<UserId>,
        key: &IdempotencyKey,
        read: fn(&[u8]) -> Option<T>,
    ) -> Result<ForChange<T>, StoreError> {
        let row = sqlx::query(FIND_WITH_KEY)
            .bind(email.map(Email::as_str))
            .bind(user.map(UserId::as_uuid))
            .bind(&key.caller)
            .bind(key.method)
            .bind(&key.key)
            .fetch_one(&self.pool)
            .await?;
        let credential = match row.try_get::<Option<Uuid>, _>("user_id")? {
            Some(_) => Some(credential(&row)?),
            None => None,
        };
        let kept = idempotency::kept_of_row(&row, key)?;
        Ok(ForChange {
            credential,
            kept: kept.map(|kept| kept_as(kept, read)).transpose()?,
        })
    }

    async fn find_one(&self, statement: &'static str, by: By<'_>) -> Result<Option<Credential>, StoreError> {
        let query = sqlx::query(statement);
        let query = match by {
            By::Email(email) => query.bind(email.as_str()),
            By::User(user) => query.bind(user.as_uuid()),
        };
        let row = query.fetch_optional(&self.pool).await?;
        row.as_ref().map(credential).transpose()
    }

    async fn keep_refusal<T>(
        &self,
        key: &IdempotencyKey,
        refusal: &Refusal,
        read: fn(&[u8]) -> Option<T>,
    ) -> Result<Option<Kept<T>>, StoreError> {
        let earlier = idempotency::keep(&self.pool, key, &Kept::Refusal(refusal.clone())).await?;
        earlier.map(|kept| kept_as(kept, read)).transpose()
    }

    async fn run<T>(&self, write: Write<'_>, answer: T, read: fn(&[u8]) -> Option<T>) -> Result<Change<T>, WriteError> {
        match write.run(&self.pool).await.map_err(write_error)? {
            Written::Saved => Ok(Change::Done(answer)),
            Written::NotSaved => Err(WriteError::Stale),
            Written::Kept(kept) => match kept_as(kept, read).map_err(write_error)? {
                Kept::Answer(answer) => Ok(Change::Replayed(answer)),
                Kept::Refusal(refusal) => Err(WriteError::Refused(refusal)),
            },
        }
    }
}

#[derive(Clone, Copy)]
enum By<'a> {
    Email(&'a Email),
    User(UserId),
}

#[async_trait]
impl Credentials for PgCredentials {
    async fn insert(&self, credential: &Credential) -> Result<(), WriteError> {
        let record = credential.record();
        sqlx::query(
            "INSERT INTO credentials (user_id, email, pending_name, password_hash, roles, version, created_at, updated_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(record.user_id.as_uuid())
        .bind(record.email.as_str())
        .bind(pending_name(record))
        .bind(record.password.expose())
        .bind(role_names(&record.roles))
        .bind(record.version)
        .bind(record.created_at)
        .bind(record.updated_at)
        .execute(&self.pool)
        .await
        .map_err(|error| write_error(error.into()))?;
        Ok(())
    }

    async fn find_by_email(&self, email: &Email) -> Result<Option<Credential>, PortError> {
        self.find_one(FIND_BY_EMAIL, By::Email(email))
            .await
            .map_err(PortError::new)
    }

    async fn find(&self, user: UserId) -> Result<Option<Credential>, PortError> {
        self.find_one(FIND, By::User(user)).await.map_err(PortError::new)
    }

    async fn find_for_register(
        &self,
        email: &Email,
        key: Option<&IdempotencyKey>,
    ) -> Result<ForChange<UserId>, PortError> {
        let Some(key) = key else {
            let credential = self.find_by_email(email).await?;
            return Ok(ForChange { credential, kept: None });
        };
        let found = self.find_with_key(Some(email), None, key, read_user).await;
        found.map_err(PortError::new)
    }

    async fn find_for_roles(
        &self,
        user: UserId,
        key: Option<&IdempotencyKey>,
    ) -> Result<ForChange<BTreeSet<Role>>, PortError> {
        let Some(key) = key else {
            let credential = self.find(user).await?;
            return Ok(ForChange { credential, kept: None });
        };
        let found = self.find_with_key(None, Some(user), key, read_roles).await;
        found.map_err(PortError::new)
    }

    async fn save_pending(&self, credential: &Credential) -> Result<(), WriteError> {
        let record = credential.record();
        let saved = sqlx::query(
            "UPDATE credentials SET password_hash = $2, version = $3, updated_at = $4
             WHERE user_id = $1 AND version = $5 AND pending_name IS NOT NULL",
        )
        .bind(record.user_id.as_uuid())
        .bind(record.password.expose())
        .bind(record.version)
        .bind(record.updated_at)
        .bind(credential.stored_version())
        .execute(&self.pool)
        .await
        .map_err(|error| write_error(error.into()))?;
        if saved.rows_affected() == 1 {
            Ok(())
        } else {
            Err(WriteError::Stale)
        }
    }

    async fn activate(
        &self,
        credential: &Credential,
        key: Option<&IdempotencyKey>,
    ) -> Result<Change<UserId>, WriteError> {
        let record = credential.record();
        let answer = Kept::Answer(record.user_id.as_uuid().as_bytes().to_vec());
        let write = Write::new(ACTIVATE, key, &answer, &[])
            .bind(record.user_id.as_uuid())
            .bind(record.version)
            .bind(record.updated_at)
            .bind(credential.stored_version());
        self.run(write, record.user_id, read_user).await
    }

    /// Two statements in one transaction: the second one must see a session that was being started when
    /// the first one waited for it.
    async fn save_password(&self, credential: &Credential, keep: Option<SessionId>) -> Result<(), WriteError> {
        let storage = |error: sqlx::Error| write_error(error.into());
        let record = credential.record();
        let mut held = self.pool.acquire().await.map_err(storage)?;
        let mut transaction = held.begin().await.map_err(storage)?;
        let saved = sqlx::query(
            "UPDATE credentials SET password_hash = $2, version = $3, updated_at = $4
             WHERE user_id = $1 AND version = $5",
        )
        .bind(record.user_id.as_uuid())
        .bind(record.password.expose())
        .bind(record.version)
        .bind(record.updated_at)
        .bind(credential.stored_version())
        .execute(&mut *transaction)
        .await
        .map_err(storage)?;
        if saved.rows_affected() == 0 {
            return Err(WriteError::Stale);
        }
        sqlx::query(
            "UPDATE sessions SET ended_at = $2
             WHERE user_id = $1 AND ended_at IS NULL AND id IS DISTINCT FROM $3",
        )
        .bind(record.user_id.as_uuid())
        .bind(record.updated_at)
        .bind(keep.map(SessionId::as_uuid))
        .execute(&mut *transaction)
        .await
        .map_err(storage)?;
        transaction.commit().await.map_err(storage)
    }

    async fn save_roles(
        &self,
        credential: &Credential,
        key: Option<&IdempotencyKey>,
    ) -> Result<Change<BTreeSet<Role>>, WriteError> {
        let record = credential.record();
        let names = role_names(&record.roles);
        let write = Write::new(SAVE_ROLES, key, &Kept::Answer(names.join(",").into_bytes()), &[])
            .bind(record.user_id.as_uuid())
            .bind(names)
            .bind(record.version)
            .bind(record.updated_at)
            .bind(credential.stored_version());
        self.run(write, record.roles.clone(), read_roles).await
    }

    async fn discard(&self, credential: &Credential) -> Result<(), PortError> {
        sqlx::query("DELETE FROM credentials WHERE user_id = $1 AND version = $2 AND pending_name IS NOT NULL")
            .bind(credential.user_id().as_uuid())
            .bind(credential.stored_version())
            .execute(&self.pool)
            .await
            .map_err(failed)?;
        Ok(())
    }

    async fn erase(&self, user: UserId) -> Result<(), PortError> {
        sqlx::query("DELETE FROM credentials WHERE user_id = $1")
            .bind(user.as_uuid())
            .execute(&self.pool)
            .await
            .map_err(failed)?;
        Ok(())
    }

    async fn pending_before(&self, before: OffsetDateTime, limit: u16) -> Result<Vec<Credential>, PortError> {
        let rows = sqlx::query(PENDING)
            .bind(before)
            .bind(i64::from(limit))
            .fetch_all(&self.pool)
            .await
            .map_err(failed)?;
        let found: Result<Vec<Credential>, StoreError> = rows.iter().map(credential).collect();
        found.map_err(PortError::new)
    }

    async fn refuse_register(
        &self,
        key: &IdempotencyKey,
        refusal: &Refusal,
    ) -> Result<Option<Kept<UserId>>, PortError> {
        self.keep_refusal(key, refusal, read_user).await.map_err(PortError::new)
    }

    async fn refuse_roles(
        &self,
        key: &IdempotencyKey,
        refusal: &Refusal,
    ) -> Result<Option<Kept<BTreeSet<Role>>>, PortError> {
        self.keep_refusal(key, refusal, read_roles)
            .await
            .map_err(PortError::new)
    }
}

/// The constraints whose violation is an outcome of the domain.
fn write_error(error: StoreError) -> WriteError {
    match error.constraint() {
        Some("credentials_email_key") => WriteError::EmailTaken,
        _ => WriteError::Storage(PortError::new(error)),
    }
}

fn kept_as<T>(kept: Kept<Vec<u8>>, read: fn(&[u8]) -> Option<T>) -> Result<Kept<T>, StoreError> {
    Ok(match kept {
        Kept::Answer(bytes) => Kept::Answer(read(&bytes).ok_or_else(|| StoreError::undecodable(Unreadable))?),
        Kept::Refusal(refusal) => Kept::Refusal(refusal),
    })
}

fn read_user(bytes: &[u8]) -> Option<UserId> {
    Uuid::from_slice(bytes).ok().map(UserId::new)
}

fn read_roles(bytes: &[u8]) -> Option<BTreeSet<Role>> {
    let names = std::str::from_utf8(bytes).ok()?;
    names.split(',').map(|name| name.parse().ok()).collect()
}

fn role_names(roles: &BTreeSet<Role>) -> Vec<&'static str> {
    roles.iter().map(|role| role.as_str()).collect()
}

fn pending_name(record: &CredentialRecord) -> Option<&str> {
    match &record.state {
        CredentialState::Pending { name } => Some(name),
        CredentialState::Active => None,
    }
}

fn credential(row: &PgRow) -> Result<Credential, StoreError> {
    let roles: Vec<String> = row.try_get("roles")?;
    let roles: Result<BTreeSet<Role>, _> = roles.iter().map(|role| role.parse()).collect();
    let pending: Option<String> = row.try_get("pending_name")?;
    Ok(Credential::restore(CredentialRecord {
        user_id: UserId::new(row.try_get("user_id")?),
        email: Email::parse(row.try_get("email")?).map_err(StoreError::undecodable)?,
        state: pending.map_or(CredentialState::Active, |name| CredentialState::Pending { name }),
        password: PasswordHash::new(row.try_get("password_hash")?),
        roles: roles.map_err(StoreError::undecodable)?,
        version: row.try_get("version")?,
        created_at: row.try_get("created_at")?,
        updated_at: row.try_get("updated_at")?,
    }))
}
