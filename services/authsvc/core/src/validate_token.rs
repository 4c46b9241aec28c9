use kernel::{Caller, NotAllowed, PortError};

use crate::{Authority, Claims, Subject, ports::ReadError};

/// What a token is worth now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenState {
    /// Believed, and its session runs.
    Valid(Claims),
    /// Not ours, not for us, or no token.
    Invalid,
    /// Ours, but over.
    Expired,
    /// Ours, but its session was ended.
    SessionEnded,
}

/// Why nothing can be said.
#[derive(Debug, thiserror::Error)]
pub enum ValidateTokenError {
    /// Only services ask.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// The world failed.
    #[error(transparent)]
    Storage(#[from] PortError),
}

kernel::classify!(ValidateTokenError { pass NotAllowed, Storage; });

impl Authority {
    /// Tells a service what a token is worth now, its session included.
    ///
    /// # Errors
    /// [`ValidateTokenError`].
    pub async fn validate_token(&self, caller: &Caller, token: &str) -> Result<TokenState, ValidateTokenError> {
        if !matches!(caller, Caller::Service { .. }) {
            return Err(NotAllowed.into());
        }
        let claims = match self.ports.reader.read(token).await {
            Ok(claims) => claims,
            Err(ReadError::Invalid) => return Ok(TokenState::Invalid),
            Err(ReadError::Expired) => return Ok(TokenState::Expired),
            Err(ReadError::Away(error)) => return Err(error.into()),
        };
        if let Subject::User { session, .. } = &claims.subject {
            let found = self.ports.sessions.find(*session).await?;
            let now = self.ports.clock.now();
            if !found.is_some_and(|session| session.is_running(now)) {
                return Ok(TokenState::SessionEnded);
            }
        }
        Ok(TokenState::Valid(claims))
    }
}
