use kernel::{Caller, NotAllowed, PortError};

use crate::{Authority, SessionId};

/// Why no session was ended.
#[derive(Debug, thiserror::Error)]
pub enum LogoutError {
    /// Only users have sessions.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// The world failed.
    #[error(transparent)]
    Storage(#[from] PortError),
}

kernel::classify!(LogoutError { pass NotAllowed, Storage; });

impl Authority {
    /// Ends the caller's session, or all of the caller's. Ending it again succeeds.
    ///
    /// # Errors
    /// [`LogoutError`].
    pub async fn logout(&self, caller: &Caller, all_sessions: bool) -> Result<(), LogoutError> {
        let Caller::User { id, session, .. } = caller else {
            return Err(NotAllowed.into());
        };
        let now = self.ports.clock.now();
        if all_sessions {
            self.ports.sessions.end_all(*id, now).await?;
        } else {
            self.ports.sessions.end(SessionId::new(*session), now).await?;
        }
        Ok(())
    }
}
