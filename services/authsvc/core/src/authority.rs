use std::{sync::Arc, time::Duration};

use kernel::{Clock, IdSource};

use crate::{
    Credential, Issuer, KeyringError, Ladder, RefreshToken, SessionRecord, Subject, Tokens,
    ports::{Attempts, Credentials, PasswordHasher, RefreshChain, ServiceIdentity, Sessions, TokenReader, Users},
};

/// How often a change is decided anew when others are faster.
pub(crate) const DECISIONS: usize = 16;

/// Times that the contract fixes, or an installation chooses.
#[derive(Debug, Clone)]
pub struct Rules {
    /// How long a session lives, however much it is used.
    pub session_lifetime: Duration,
    /// How long a used refresh token still gets its successor again.
    pub refresh_grace: Duration,
    /// How old a pending registration must be before another password may take it over, and before the
    /// sweeper goes on with it.
    pub pending_patience: Duration,
    /// What failures cost.
    pub ladder: Ladder,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            session_lifetime: Duration::from_secs(30 * 24 * 3600),
            refresh_grace: Duration::from_secs(10),
            pending_patience: Duration::from_secs(60),
            ladder: Ladder::default(),
        }
    }
}

/// What the domain needs from the world.
#[derive(Clone)]
pub struct Ports {
    /// Credentials.
    pub credentials: Arc<dyn Credentials>,
    /// Sessions.
    pub sessions: Arc<dyn Sessions>,
    /// Failed attempts.
    pub attempts: Arc<dyn Attempts>,
    /// Password hashes.
    pub hasher: Arc<dyn PasswordHasher>,
    /// Profiles, at the user service.
    pub users: Arc<dyn Users>,
    /// Refresh token secrets.
    pub chain: Arc<dyn RefreshChain>,
    /// Reads access tokens.
    pub reader: Arc<dyn TokenReader>,
    /// Who a service is.
    pub services: Arc<dyn ServiceIdentity>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Identity.
    pub ids: Arc<dyn IdSource>,
}

/// Signs users and services in: every use case is a method, in a file of its own.
#[derive(Clone)]
pub struct Authority {
    pub(crate) ports: Ports,
    pub(crate) issuer: Issuer,
    pub(crate) rules: Rules,
}

impl Authority {
    /// The domain over its ports.
    pub fn new(ports: Ports, issuer: Issuer, rules: Rules) -> Self {
        Self { ports, issuer, rules }
    }

    pub(crate) async fn tokens(
        &self,
        credential: &Credential,
        session: &SessionRecord,
        refresh: RefreshToken,
    ) -> Result<Tokens, KeyringError> {
        let subject = Subject::User {
            id: credential.user_id(),
            session: session.id,
            roles: credential.record().roles.clone(),
        };
        let issued = self.issuer.issue(subject).await?;
        Ok(Tokens {
            user_id: credential.user_id(),
            access_token: issued.access_token,
            refresh_token: refresh,
            expires_in: issued.expires_in,
        })
    }
}
