use kernel::{Classify, ErrorKind, PortError};

use crate::{Authority, KeyringError, Presented, RefreshToken, Tokens, authority::DECISIONS};

/// No token of ours, or one that is not good any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the token is not valid: sign in again")]
pub struct TokenInvalid;

impl Classify for TokenInvalid {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Unauthenticated
    }
    fn reason(&self) -> &str {
        "TOKEN_INVALID"
    }
}

/// The session is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the session has expired: sign in again")]
pub struct TokenExpired;

impl Classify for TokenExpired {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Unauthenticated
    }
    fn reason(&self) -> &str {
        "TOKEN_EXPIRED"
    }
}

/// Why there are no next tokens.
#[derive(Debug, thiserror::Error)]
pub enum RefreshError {
    /// Not valid: never issued, used before, or the session was ended.
    #[error(transparent)]
    Invalid(#[from] TokenInvalid),
    /// The session is over.
    #[error(transparent)]
    Expired(#[from] TokenExpired),
    /// No token can be signed.
    #[error(transparent)]
    Keys(#[from] KeyringError),
    /// The world failed.
    #[error(transparent)]
    Storage(#[from] PortError),
}

kernel::classify!(RefreshError { pass Invalid, Expired, Keys, Storage; });

impl Authority {
    /// Exchanges a refresh token for the next tokens of its session. The same one again within the grace
    /// gives the same successor; later it ends the session.
    ///
    /// # Errors
    /// [`RefreshError`].
    pub async fn refresh(&self, token: &str) -> Result<Tokens, RefreshError> {
        let token: RefreshToken = token.parse().map_err(|_| TokenInvalid)?;
        for _ in 0..DECISIONS {
            let found = self.ports.sessions.find(token.session).await?;
            let mut session = found.ok_or(TokenInvalid)?;
            let now = self.ports.clock.now();
            let chain = self.ports.chain.as_ref();
            let next = match session.present(&token, self.rules.refresh_grace, now, chain) {
                Presented::Rotated(next) => {
                    if !self.ports.sessions.advance(&session).await? {
                        continue;
                    }
                    next
                }
                Presented::Repeated(next) => next,
                Presented::Reused => {
                    self.ports.sessions.end(token.session, now).await?;
                    return Err(TokenInvalid.into());
                }
                Presented::Forged | Presented::Ended => return Err(TokenInvalid.into()),
                Presented::Expired => return Err(TokenExpired.into()),
            };
            let credential = self.ports.credentials.find(session.record().user_id).await?;
            let credential = credential.ok_or(TokenInvalid)?;
            return Ok(self.tokens(&credential, session.record(), next).await?);
        }
        Err(TokenInvalid.into())
    }
}
