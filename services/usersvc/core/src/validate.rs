use kernel::{Caller, NotAllowed, PortError, UserId};

use crate::{Directory, User};

/// Whether somebody may act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Validity {
    /// May act.
    Valid(User),
    /// Exists, but staff said no.
    Inactive(User),
    /// Does not exist, or was erased.
    Unknown,
}

impl Validity {
    /// May act.
    pub const fn is_valid(&self) -> bool {
        matches!(self, Validity::Valid(_))
    }
    /// Why not, stable.
    pub const fn reason(&self) -> Option<&'static str> {
        match self {
            Validity::Valid(_) => None,
            Validity::Inactive(_) => Some("USER_INACTIVE"),
            Validity::Unknown => Some("USER_NOT_FOUND"),
        }
    }
}

/// Why nothing can be said.
#[derive(Debug, thiserror::Error)]
pub enum ValidateError {
    /// Only services ask.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// The world failed.
    #[error(transparent)]
    Storage(#[from] PortError),
}

kernel::classify!(ValidateError {
    pass NotAllowed, Storage;
});

impl Directory {
    /// Says whether a user may act, to another service.
    ///
    /// # Errors
    /// [`ValidateError`].
    pub async fn validate(&self, caller: &Caller, id: UserId) -> Result<Validity, ValidateError> {
        if !caller.sees_everyone() {
            return Err(NotAllowed.into());
        }
        Ok(match self.users.find(id).await? {
            Some(user) if user.is_active() => Validity::Valid(user),
            Some(user) => Validity::Inactive(user),
            None => Validity::Unknown,
        })
    }
}
