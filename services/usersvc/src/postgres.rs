//! Profiles in Postgres: every change is one statement with its key and its event.

mod row;

use api::user::v1 as proto;
use async_trait::async_trait;
use kernel::{Change, IdempotencyKey, Kept, Page, PageSize, PortError, Refusal, UserId};
use platform::postgres::{
    Pool, StoreError, Write, Written,
    events::{NewEvent, Sequencer},
    idempotency,
};
use prost::Message;
use sqlx::migrate::Migrator;
use user_core::{
    User, UserEvent,
    ports::{ForChange, UserCursor, Users, WriteError},
};
use uuid::Uuid;

use crate::grpc::convert;

/// The tables this service owns.
pub static MIGRATIONS: Migrator = sqlx::migrate!();

const INSERT: &str = platform::write_statement!(
    "saved AS (INSERT INTO users (id, name, email, phone, active, version, created_at, updated_at)
               VALUES ($18, $19, $20, $21, $22, $23, $24, $25) RETURNING id)"
);

const SAVE: &str = platform::write_statement!(
    "saved AS (UPDATE users SET name = $19, email = $20, phone = $21, active = $22, version = $23, updated_at = $24
               WHERE id = $18 AND version = $25 AND erased_at IS NULL RETURNING id)"
);

const ERASE: &str = platform::write_statement!(
    "saved AS (UPDATE users SET name = NULL, email = NULL, phone = NULL, active = false,
                                version = $19, updated_at = $20, erased_at = $20
               WHERE id = $18 AND version = $21 AND erased_at IS NULL RETURNING id)"
);

const FIND: &str = "SELECT id, name, email, phone, active, version, created_at, updated_at
    FROM users WHERE id = $1 AND erased_at IS NULL";

const FIND_WITH_KEY: &str = "SELECT u.id, u.name, u.email, u.phone, u.active, u.version, u.created_at, u.updated_at,
           k.fingerprint AS kept_fingerprint, k.refused AS kept_refused, k.answer AS kept_answer
    FROM (VALUES (1)) AS one (row)
    LEFT JOIN users u ON u.id = $1 AND u.erased_at IS NULL
    LEFT JOIN idempotency_keys k ON k.caller = $2 AND k.method = $3 AND k.key = $4";

const LIST: &str = "SELECT id, name, email, phone, active, version, created_at, updated_at
    FROM users WHERE erased_at IS NULL AND ($1::timestamptz IS NULL OR (created_at, id) < ($1, $2))
    ORDER BY created_at DESC, id DESC LIMIT $3";

/// [`Users`] in Postgres.
#[derive(Debug, Clone)]
pub struct PgUsers {
    pool: Pool,
    sequencer: Sequencer,
}

impl PgUsers {
    /// Profiles in this database; the sequencer is woken after every change.
    pub const fn new(pool: Pool, sequencer: Sequencer) -> Self {
        Self { pool, sequencer }
    }

    async fn find_with_key(
        &self,
        id: UserId,
        key: &IdempotencyKey,
    ) -> Result<(Option<User>, Option<Kept<Vec<u8>>>), StoreError> {
        let found = sqlx::query(FIND_WITH_KEY)
            .bind(id.as_uuid())
            .bind(&key.caller)
            .bind(key.method)
            .bind(&key.key)
            .fetch_one(&self.pool)
            .await?;
        Ok((row::maybe_user(&found)?, idempotency::kept_of_row(&found, key)?))
    }

    async fn find_alone(&self, id: UserId) -> Result<Option<User>, StoreError> {
        let found = sqlx::query(FIND).bind(id.as_uuid()).fetch_optional(&self.pool).await?;
        found.as_ref().map(row::user).transpose()
    }

    /// What the statement came to, for a change that is answered with the profile.
    async fn run(&self, write: Write<'_>, user: &User) -> Result<Change<User>, WriteError> {
        match write.run(&self.pool).await.map_err(write_error)? {
            Written::Saved => {
                self.sequencer.wake();
                Ok(Change::Done(user.settled()))
            }
            Written::NotSaved => Err(WriteError::Stale),
            Written::Kept(kept) => match kept_user(kept).map_err(write_error)? {
                Kept::Answer(user) => Ok(Change::Replayed(user)),
                Kept::Refusal(refusal) => Err(WriteError::Refused(refusal)),
            },
        }
    }
}

#[async_trait]
impl Users for PgUsers {
    async fn insert(&self, user: &User, key: Option<&IdempotencyKey>) -> Result<Change<User>, WriteError> {
        let record = user.record();
        let write = Write::new(INSERT, key, &Kept::Answer(answer(user)), &new_events(user.events()))
            .bind(record.id.as_uuid())
            .bind(record.name.as_str())
            .bind(record.email.as_str())
            .bind(record.phone.as_ref().map(|phone| phone.as_str()))
            .bind(record.active)
            .bind(record.version)
            .bind(record.created_at)
            .bind(record.updated_at);
        self.run(write, user).await
    }

    async fn find(&self, id: UserId) -> Result<Option<User>, PortError> {
        self.find_alone(id).await.map_err(PortError::new)
    }

    async fn find_for_change(&self, id: UserId, key: Option<&IdempotencyKey>) -> Result<ForChange<User>, PortError> {
        let Some(key) = key else {
            let user = self.find(id).await?;
            return Ok(ForChange { user, kept: None });
        };
        let (user, kept) = self.find_with_key(id, key).await.map_err(PortError::new)?;
        let kept = kept.map(kept_user).transpose().map_err(PortError::new)?;
        Ok(ForChange { user, kept })
    }

    async fn find_for_erase(&self, id: UserId, key: Option<&IdempotencyKey>) -> Result<ForChange<()>, PortError> {
        let Some(key) = key else {
            let user = self.find(id).await?;
            return Ok(ForChange { user, kept: None });
        };
        let (user, kept) = self.find_with_key(id, key).await.map_err(PortError::new)?;
        let kept = kept.map(|kept| match kept {
            Kept::Answer(_) => Kept::Answer(()),
            Kept::Refusal(refusal) => Kept::Refusal(refusal),
        });
        Ok(ForChange { user, kept })
    }

    async fn save(&self, user: &User, key: Option<&IdempotencyKey>) -> Result<Change<User>, WriteError> {
        let record = user.record();
        let write = Write::new(SAVE, key, &Kept::Answer(answer(user)), &new_events(user.events()))
            .bind(record.id.as_uuid())
            .bind(record.name.as_str())
            .bind(record.email.as_str())
            .bind(record.phone.as_ref().map(|phone| phone.as_str()))
            .bind(record.active)
            .bind(record.version)
            .bind(record.updated_at)
            .bind(user.stored_version());
        self.run(write, user).await
    }

    async fn erase(&self, user: &User, key: Option<&IdempotencyKey>) -> Result<Change<()>, WriteError> {
        let record = user.record();
        let write = Write::new(ERASE, key, &Kept::Answer(Vec::new()), &new_events(user.events()))
            .bind(record.id.as_uuid())
            .bind(record.version)
            .bind(record.updated_at)
            .bind(user.stored_version());
        match write.run(&self.pool).await.map_err(write_error)? {
            Written::Saved => {
                self.sequencer.wake();
                Ok(Change::Done(()))
            }
            Written::NotSaved => Err(WriteError::Stale),
            Written::Kept(Kept::Answer(_)) => Ok(Change::Replayed(())),
            Written::Kept(Kept::Refusal(refusal)) => Err(WriteError::Refused(refusal)),
        }
    }

    async fn list(&self, after: Option<UserCursor>, size: PageSize) -> Result<Page<User, UserCursor>, PortError> {
        let found = sqlx::query(LIST)
            .bind(after.map(|after| after.created_at))
            .bind(after.map(|after| after.id.as_uuid()))
            .bind(i64::from(size.get()) + 1)
            .fetch_all(&self.pool)
            .await
            .map_err(|error| PortError::new(StoreError::from(error)))?;
        let users: Result<Vec<User>, StoreError> = found.iter().map(row::user).collect();
        Ok(Page::of(users.map_err(PortError::new)?, size, UserCursor::of))
    }

    async fn refuse(&self, key: &IdempotencyKey, refusal: &Refusal) -> Result<Option<Kept<User>>, PortError> {
        let earlier = idempotency::keep(&self.pool, key, &Kept::Refusal(refusal.clone())).await;
        let earlier = earlier.map_err(PortError::new)?;
        earlier.map(kept_user).transpose().map_err(PortError::new)
    }

    async fn count_active(&self) -> Result<u64, PortError> {
        let count: i64 = sqlx::query_scalar("SELECT count(*) FROM users WHERE active")
            .fetch_one(&self.pool)
            .await
            .map_err(|error| PortError::new(StoreError::from(error)))?;
        Ok(u64::try_from(count).unwrap_or_default())
    }
}

/// The constraints whose violation is an outcome of the domain.
fn write_error(error: StoreError) -> WriteError {
    match error.constraint() {
        Some("users_email_key") => WriteError::EmailTaken,
        Some("users_pkey") => WriteError::IdTaken,
        _ => WriteError::Storage(PortError::new(error)),
    }
}

/// What is kept under a key: whose profile it shows, by which [`forget_kept`] finds it, and the profile as
/// it was answered.
fn answer(user: &User) -> Vec<u8> {
    let mut bytes = user.id().as_uuid().as_bytes().to_vec();
    bytes.extend(convert::user(user).encode_to_vec());
    bytes
}

fn kept_user(kept: Kept<Vec<u8>>) -> Result<Kept<User>, StoreError> {
    match kept {
        Kept::Answer(bytes) => {
            let shown = bytes.get(16..).unwrap_or_default();
            let message = proto::User::decode(shown).map_err(StoreError::undecodable)?;
            let user = convert::kept_user(&message).map_err(StoreError::undecodable)?;
            Ok(Kept::Answer(user))
        }
        Kept::Refusal(refusal) => Ok(Kept::Refusal(refusal)),
    }
}

/// Deletes what creating and changing a profile were answered, which shows it.
pub(crate) async fn forget_kept(pool: &Pool, user: Uuid) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM idempotency_keys WHERE NOT refused AND substring(answer FROM 1 FOR 16) = $1")
        .bind(user.as_bytes().as_slice())
        .execute(pool)
        .await?;
    Ok(())
}

/// Events as the log keeps them: ids only, so that the payload has nothing to add.
fn new_events(events: &[UserEvent]) -> Vec<NewEvent> {
    let traceparent = platform::grpc::current_traceparent();
    let logged = |event: &UserEvent| NewEvent {
        event_id: event.id,
        aggregate_type: "user",
        aggregate_id: event.user_id.as_uuid(),
        aggregate_version: event.version,
        owner_id: Some(event.user_id.as_uuid()),
        event_type: event.kind.as_str(),
        schema_version: 1,
        occurred_at: event.occurred_at,
        actor: event.actor.clone(),
        traceparent: traceparent.clone(),
        payload: Vec::new(),
    };
    events.iter().map(logged).collect()
}
