use kernel::UserId;
use time::OffsetDateTime;
use uuid::Uuid;

/// Something that happened to a profile. Carries ids, never personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserEvent {
    /// Identity of the event.
    pub id: Uuid,
    /// Whose profile.
    pub user_id: UserId,
    /// Version of the profile right after.
    pub version: i64,
    /// When.
    pub occurred_at: OffsetDateTime,
    /// Who did it, as [`kernel::Caller`] displays it.
    pub actor: String,
    /// What happened.
    pub kind: UserEventKind,
}

/// What can happen to a profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UserEventKind {
    /// It exists now.
    Created,
    /// Something about it changed.
    Updated,
    /// It was erased.
    Deleted,
}

impl UserEventKind {
    /// The stable name in the event log.
    pub const fn as_str(self) -> &'static str {
        match self {
            UserEventKind::Created => "user.created",
            UserEventKind::Updated => "user.updated",
            UserEventKind::Deleted => "user.deleted",
        }
    }
}

/// Identity, time and author of a change, as its event will tell them.
#[derive(Debug, Clone)]
pub(crate) struct Stamp {
    pub(crate) event_id: Uuid,
    pub(crate) at: OffsetDateTime,
    pub(crate) actor: String,
}
