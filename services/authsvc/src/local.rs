//! What other services ask authsvc for over the network, authsvc has at hand: keys that verify, tokens
//! of its own, claims of tokens.

use std::sync::Arc;

use async_trait::async_trait;
use auth_core::{
    Claims, Issuer, Keyring, SessionId, Subject,
    ports::{ReadError, TokenReader},
};
use kernel::{Caller, PortError, Secret};
use platform::{
    auth::{AuthError, KeySource, KeySourceError, PublicKey, Verifier},
    grpc::client::{TokenSource, TokenSourceError},
};
use time::OffsetDateTime;

/// Keys of our own ring.
pub(crate) struct LocalKeys(pub(crate) Arc<Keyring>);

#[async_trait]
impl KeySource for LocalKeys {
    async fn fetch(&self) -> Result<Vec<PublicKey>, KeySourceError> {
        // Another process may have made the key that is asked for.
        if let Err(error) = self.0.tend().await {
            tracing::debug!(error = %kernel::Chain(&error), "the keys at hand have to do");
        }
        let keys = self
            .0
            .published()
            .await
            .map_err(|error| KeySourceError(Box::new(error)))?;
        let spoken = keys.into_iter().map(|key| PublicKey {
            kid: key.id.as_str().to_owned(),
            ed25519: key.key,
        });
        Ok(spoken.collect())
    }
}

/// Tokens for our own calls to others.
pub(crate) struct LocalTokens {
    pub(crate) issuer: Issuer,
    pub(crate) service: &'static str,
}

#[derive(Debug, thiserror::Error)]
#[error("this service is not in the table of grants")]
struct NotInTheTable;

#[async_trait]
impl TokenSource for LocalTokens {
    async fn token(&self) -> Result<Secret<String>, TokenSourceError> {
        let issued = self.issuer.issue_to_service(self.service).await;
        let issued = issued.map_err(|error| TokenSourceError(Box::new(error)))?;
        issued
            .map(|issued| issued.access_token)
            .ok_or_else(|| TokenSourceError(Box::new(NotInTheTable)))
    }
}

/// Reads tokens as every service does.
pub(crate) struct VerifierReader(pub(crate) Arc<Verifier>);

#[async_trait]
impl TokenReader for VerifierReader {
    async fn read(&self, token: &str) -> Result<Claims, ReadError> {
        let claims = self.0.claims(token).await.map_err(|error| match error {
            AuthError::Expired => ReadError::Expired,
            AuthError::Missing | AuthError::Invalid => ReadError::Invalid,
            AuthError::KeysUnavailable(_) => ReadError::Away(PortError::new(error)),
        })?;
        let subject = match claims.caller().map_err(|_| ReadError::Invalid)? {
            Caller::User { id, roles, session } => Subject::User {
                id,
                session: SessionId::new(session),
                roles,
            },
            Caller::Service { name, permissions } => Subject::Service { name, permissions },
            Caller::Anonymous => return Err(ReadError::Invalid),
        };
        let instant = |seconds| OffsetDateTime::from_unix_timestamp(seconds).map_err(|_| ReadError::Invalid);
        Ok(Claims {
            subject,
            issued_at: instant(claims.iat)?,
            expires_at: instant(claims.exp)?,
        })
    }
}
