use kernel::{Caller, Change, Etag, EtagMismatch, IdempotencyKey, Kept, PortError, Refusal, UserId};

use crate::{
    Directory, UserNotFound,
    directory::DECISIONS,
    ports::{ForChange, WriteError},
};

/// Why a profile was not erased.
#[derive(Debug, thiserror::Error)]
pub enum DeleteError {
    /// It does not exist, or is another's.
    #[error(transparent)]
    NotFound(#[from] UserNotFound),
    /// Others were faster.
    #[error(transparent)]
    Conflict(#[from] EtagMismatch),
    /// An earlier call with the same key was refused.
    #[error(transparent)]
    Replayed(Refusal),
    /// The world failed.
    #[error(transparent)]
    Storage(#[from] PortError),
}

kernel::classify!(DeleteError {
    pass NotFound, Conflict, Replayed, Storage;
});

impl Directory {
    /// Erases a profile for its owner or staff; the id stays and is never given again.
    ///
    /// # Errors
    /// [`DeleteError`].
    pub async fn delete(
        &self,
        caller: &Caller,
        id: UserId,
        etag: Option<&Etag>,
        key: Option<&IdempotencyKey>,
    ) -> Result<Change<()>, DeleteError> {
        if !caller.may_act_for(id) {
            return Err(UserNotFound.into());
        }
        for _ in 0..DECISIONS {
            let ForChange { user, kept } = self.users.find_for_erase(id, key).await?;
            match kept {
                Some(Kept::Answer(())) => return Ok(Change::Replayed(())),
                Some(Kept::Refusal(refusal)) => return Err(DeleteError::Replayed(refusal)),
                None => {}
            }
            let mut user = user.ok_or(UserNotFound)?;
            Etag::check(etag, user.version())?;
            user.delete(self.stamp(caller));
            match self.users.erase(&user, key).await {
                Ok(change) => return Ok(change),
                Err(WriteError::Stale | WriteError::IdTaken | WriteError::EmailTaken) => {}
                Err(WriteError::Refused(refusal)) => return Err(DeleteError::Replayed(refusal)),
                Err(WriteError::Storage(error)) => return Err(error.into()),
            }
        }
        Err(EtagMismatch.into())
    }
}
