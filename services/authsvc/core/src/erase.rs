use kernel::{Caller, NotAllowed, PortError, UserId};

use crate::Authority;

/// Why nothing was erased.
#[derive(Debug, thiserror::Error)]
pub enum EraseError {
    /// Only services erase.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// The world failed.
    #[error(transparent)]
    Storage(#[from] PortError),
}

kernel::classify!(EraseError { pass NotAllowed, Storage; });

impl Authority {
    /// Erases the address and password of a deleted user and ends the sessions. Erasing again succeeds.
    ///
    /// # Errors
    /// [`EraseError`].
    pub async fn erase(&self, caller: &Caller, user: UserId) -> Result<(), EraseError> {
        if !matches!(caller, Caller::Service { .. }) {
            return Err(NotAllowed.into());
        }
        Ok(self.ports.credentials.erase(user).await?)
    }
}
