use std::{sync::Arc, time::Duration};

use kernel::{Clock, Secret};

use crate::{Claims, Keyring, KeyringError, Subject, ports::TokenSigner, service};

/// How long an access token is valid, a user's or a service's.
const LIFETIME: Duration = Duration::from_secs(600);

/// An access token as it is handed out.
#[derive(Debug, Clone)]
pub struct IssuedToken {
    /// Goes with every call.
    pub access_token: Secret<String>,
    /// How long it is valid.
    pub expires_in: Duration,
}

/// Issues access tokens.
#[derive(Clone)]
pub struct Issuer {
    keyring: Arc<Keyring>,
    signer: Arc<dyn TokenSigner>,
    clock: Arc<dyn Clock>,
}

impl Issuer {
    /// Signs with the keys of this ring.
    pub fn new(keyring: Arc<Keyring>, signer: Arc<dyn TokenSigner>, clock: Arc<dyn Clock>) -> Self {
        Self { keyring, signer, clock }
    }

    /// A token that speaks for somebody.
    ///
    /// # Errors
    /// There is no key to sign with.
    pub(crate) async fn issue(&self, subject: Subject) -> Result<IssuedToken, KeyringError> {
        let now = self.clock.now();
        let claims = Claims {
            subject,
            issued_at: now,
            expires_at: now + LIFETIME,
        };
        let key = self.keyring.signing_key().await?;
        Ok(IssuedToken {
            access_token: self.signer.sign(&key.id, &key.private, &claims)?,
            expires_in: LIFETIME,
        })
    }

    /// A token for a service whose identity is beyond doubt; `None` when there is no such service.
    ///
    /// # Errors
    /// There is no key to sign with.
    pub async fn issue_to_service(&self, name: &str) -> Result<Option<IssuedToken>, KeyringError> {
        let Some(permissions) = service::permissions(name) else {
            return Ok(None);
        };
        let name = name.to_owned();
        self.issue(Subject::Service { name, permissions }).await.map(Some)
    }
}
