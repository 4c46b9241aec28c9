use std::time::Duration;

use kernel::{PortError, Secret};

use crate::{Authority, InvalidCredentials, KeyringError, Subject, service};

/// The token of a service.
#[derive(Debug, Clone)]
pub struct ServiceToken {
    /// Goes with every call to another service.
    pub access_token: Secret<String>,
    /// How long it is valid.
    pub expires_in: Duration,
}

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
    ) -> Result<ServiceToken, IssueServiceTokenError> {
        if !self.ports.services.proves(name, credential).await? {
            return Err(InvalidCredentials.into());
        }
        self.own_token(name).await
    }

    /// Issues a token to a service of this very process.
    ///
    /// # Errors
    /// There is no such service, or no token can be signed.
    pub async fn own_token(&self, name: &str) -> Result<ServiceToken, IssueServiceTokenError> {
        let subject = Subject::Service {
            name: name.to_owned(),
            permissions: service::permissions(name).ok_or(InvalidCredentials)?,
        };
        Ok(ServiceToken {
            access_token: self.access_token(subject, self.rules.service_lifetime).await?,
            expires_in: self.rules.service_lifetime,
        })
    }
}
