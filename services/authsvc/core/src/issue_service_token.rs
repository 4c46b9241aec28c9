use kernel::{PortError, Secret};

use crate::{Authority, InvalidCredentials, IssuedToken, KeyringError};

/// Why a service gets no token.
#[derive(Debug, thiserror::Error)]
pub enum IssueServiceTokenError {
    /// There is no such service, or it is not that one.
    #[error(transparent)]
    Invalid(#[from] InvalidCredentials),
    /// No token can be signed.
    #[error(transparent)]
    Keys(#[from] KeyringError),
    /// The world failed.
    #[error(transparent)]
    Storage(#[from] PortError),
}

kernel::classify!(IssueServiceTokenError { pass Invalid, Keys, Storage; });

impl Authority {
    /// Issues a token to a service that proves itself.
    ///
    /// # Errors
    /// [`IssueServiceTokenError`].
    pub async fn issue_service_token(
        &self,
        name: &str,
        credential: &Secret<String>,
    ) -> Result<IssuedToken, IssueServiceTokenError> {
        if !self.ports.services.proves(name, credential).await? {
            return Err(InvalidCredentials.into());
        }
        let issued = self.issuer.issue_to_service(name).await?;
        Ok(issued.ok_or(InvalidCredentials)?)
    }
}
