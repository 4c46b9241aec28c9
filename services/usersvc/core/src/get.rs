use kernel::{Caller, PortError, UserId};

use crate::{Directory, User, UserNotFound};

/// Why a profile is not shown.
#[derive(Debug, thiserror::Error)]
pub enum GetError {
    /// It does not exist, or is another's.
    #[error(transparent)]
    NotFound(#[from] UserNotFound),
    /// The world failed.
    #[error(transparent)]
    Storage(#[from] PortError),
}

kernel::classify!(GetError {
    pass NotFound, Storage;
});

impl Directory {
    /// Shows a profile to its owner, staff and services.
    ///
    /// # Errors
    /// [`GetError`].
    pub async fn get(&self, caller: &Caller, id: UserId) -> Result<User, GetError> {
        if !caller.may_act_for(id) {
            return Err(UserNotFound.into());
        }
        Ok(self.users.find(id).await?.ok_or(UserNotFound)?)
    }
}
