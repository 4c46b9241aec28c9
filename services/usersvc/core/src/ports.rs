//! What profiles need from the world. The doc comments are contracts; `testing::users_contract!` tests
//! every adapter against them.

use async_trait::async_trait;
use kernel::{Change, IdempotencyKey, Kept, Page, PageSize, PortError, Refusal, UserId};
use time::OffsetDateTime;

use crate::User;

/// Position in the listing: newest first, by creation and id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UserCursor {
    /// When the last profile shown was created.
    pub created_at: OffsetDateTime,
    /// Its id.
    pub id: UserId,
}

impl UserCursor {
    /// The position of a profile.
    pub fn of(user: &User) -> Self {
        Self {
            created_at: user.record().created_at,
            id: user.id(),
        }
    }
}

/// A profile about to be changed, and what an earlier call with the same key was answered.
#[derive(Debug)]
pub struct ForChange<T> {
    /// The profile, unless it does not exist or was erased.
    pub user: Option<User>,
    /// What is kept under the key.
    pub kept: Option<Kept<T>>,
}

/// Why a write was not made.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// Another profile has the address.
    #[error("the e-mail address belongs to another profile")]
    EmailTaken,
    /// A profile, perhaps an erased one, has the id.
    #[error("the id belongs to another profile")]
    IdTaken,
    /// The stored version is another than the one read, or the profile was erased.
    #[error("the profile has changed since it was read")]
    Stale,
    /// The key was kept with a refusal.
    #[error("an earlier call with the same key was refused")]
    Refused(#[source] Refusal),
    /// The world failed.
    #[error("profiles cannot be written")]
    Storage(#[source] PortError),
}

/// Profiles.
///
/// A write MUST be one step: profile, events and key together or none of them. When the key is kept
/// already, a write MUST change nothing and answer what is kept (`Change::Replayed`); a key of another
/// fingerprint MUST be `IDEMPOTENCY_KEY_REUSED` through `Storage`, also in `find_for_change` and
/// `find_for_erase`. A write that is not made MUST leave no key behind.
#[async_trait]
pub trait Users: Send + Sync {
    /// Adds a new profile. MUST refuse an address that any profile has; erased ones have none.
    async fn insert(&self, user: &User, key: Option<&IdempotencyKey>) -> Result<Change<User>, WriteError>;

    /// The profile; never an erased one.
    async fn find(&self, id: UserId) -> Result<Option<User>, PortError>;

    /// As [`Users::find`], with what is kept under the key of a change.
    async fn find_for_change(&self, id: UserId, key: Option<&IdempotencyKey>) -> Result<ForChange<User>, PortError>;

    /// As [`Users::find`], with what is kept under the key of an erasure.
    async fn find_for_erase(&self, id: UserId, key: Option<&IdempotencyKey>) -> Result<ForChange<()>, PortError>;

    /// Stores a changed profile. MUST be conditional on `stored_version`. A profile without events is
    /// stored as well: its key is kept.
    async fn save(&self, user: &User, key: Option<&IdempotencyKey>) -> Result<Change<User>, WriteError>;

    /// Erases all personal data, keeps the id. MUST be conditional on `stored_version`.
    async fn erase(&self, user: &User, key: Option<&IdempotencyKey>) -> Result<Change<()>, WriteError>;

    /// Profiles after a position, newest first, erased ones left out. No skip and no duplicate while
    /// profiles are added.
    async fn list(&self, after: Option<UserCursor>, size: PageSize) -> Result<Page<User, UserCursor>, PortError>;

    /// Keeps a refusal under the key of a change. What was kept before wins and is answered; `None` when the
    /// refusal is kept. A key of another fingerprint MUST be `IDEMPOTENCY_KEY_REUSED`.
    async fn refuse(&self, key: &IdempotencyKey, refusal: &Refusal) -> Result<Option<Kept<User>>, PortError>;

    /// How many profiles are active.
    async fn count_active(&self) -> Result<u64, PortError>;
}
