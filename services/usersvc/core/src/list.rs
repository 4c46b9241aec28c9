use kernel::{Caller, NotAllowed, Page, PageSize, PortError};

use crate::{Directory, User, ports::UserCursor};

/// Why profiles are not listed.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// Only staff and services list.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// The world failed.
    #[error(transparent)]
    Storage(#[from] PortError),
}

kernel::classify!(ListError {
    pass NotAllowed, Storage;
});

impl Directory {
    /// One page of all profiles, newest first; a stream is page after page.
    ///
    /// # Errors
    /// [`ListError`].
    pub async fn list(
        &self,
        caller: &Caller,
        after: Option<UserCursor>,
        size: PageSize,
    ) -> Result<Page<User, UserCursor>, ListError> {
        if !caller.sees_everyone() {
            return Err(NotAllowed.into());
        }
        Ok(self.users.list(after, size).await?)
    }
}
