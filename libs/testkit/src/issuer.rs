use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use aws_lc_rs::{
    rand::SystemRandom,
    signature::{Ed25519KeyPair, KeyPair},
};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use kernel::{Caller, Clock, Secret};
use platform::{
    auth::{Claims, KeySource, KeySourceError, PublicKey, SERVICE_SUBJECT, Verifier},
    grpc::client::{Identity, TokenSource, TokenSourceError},
};
use tonic::{Request, Status, metadata::MetadataValue, service::Interceptor};

const NAME: &str = "test";

/// Issues access tokens to whomever a test wants to be.
pub struct TestIssuer {
    clock: Arc<dyn Clock>,
    private: EncodingKey,
    public: [u8; 32],
}

impl TestIssuer {
    /// How long its tokens are good.
    pub const LIFETIME: Duration = Duration::from_secs(600);

    /// An issuer with a key of its own.
    ///
    /// # Errors
    /// The machine gives no key.
    pub fn try_new(clock: Arc<dyn Clock>) -> anyhow::Result<Self> {
        let document = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new())?;
        let pair = Ed25519KeyPair::from_pkcs8(document.as_ref())?;
        Ok(Self {
            clock,
            private: EncodingKey::from_ed_der(document.as_ref()),
            public: pair.public_key().as_ref().try_into()?,
        })
    }

    /// What its tokens name as issuer and as audience.
    pub const fn name(&self) -> &'static str {
        NAME
    }

    /// The key that verifies its tokens.
    pub fn public_key(&self) -> PublicKey {
        PublicKey {
            kid: NAME.to_owned(),
            ed25519: self.public,
        }
    }

    /// Believes this issuer.
    pub fn verifier(&self) -> Arc<Verifier> {
        let source = Arc::new(OneKey(self.public_key()));
        Arc::new(Verifier::new(source, NAME, NAME, Arc::clone(&self.clock)))
    }

    /// A call by this caller.
    ///
    /// # Errors
    /// The token cannot be signed.
    pub fn bearer(&self, caller: &Caller) -> anyhow::Result<Bearer> {
        Ok(match self.token(caller)? {
            Some(token) => Bearer::of(&token),
            None => Bearer::none(),
        })
    }

    /// The identity of a client that calls as this caller.
    ///
    /// # Errors
    /// The token cannot be signed.
    pub fn identity(&self, caller: &Caller) -> anyhow::Result<Identity> {
        Ok(match self.token(caller)? {
            Some(token) => Identity::Service(Arc::new(OneToken(Secret::new(token)))),
            None => Identity::None,
        })
    }

    /// A token of this caller; nobody has none.
    ///
    /// # Errors
    /// The token cannot be signed.
    pub fn token(&self, caller: &Caller) -> anyhow::Result<Option<String>> {
        let now = self.clock.now();
        let mut claims = Claims {
            iss: NAME.to_owned(),
            aud: NAME.to_owned(),
            sub: String::new(),
            iat: now.unix_timestamp(),
            exp: (now + Self::LIFETIME).unix_timestamp(),
            sid: None,
            roles: Vec::new(),
            permissions: Vec::new(),
        };
        match caller {
            Caller::Anonymous => return Ok(None),
            Caller::User { id, roles, session } => {
                claims.sub = id.to_string();
                claims.sid = Some(session.as_hyphenated().to_string());
                claims.roles = roles.iter().map(ToString::to_string).collect();
            }
            Caller::Service { name, permissions } => {
                claims.sub = format!("{SERVICE_SUBJECT}{name}");
                claims.permissions = permissions.iter().cloned().collect();
            }
        }
        let header = Header {
            kid: Some(NAME.to_owned()),
            ..Header::new(Algorithm::EdDSA)
        };
        Ok(Some(jsonwebtoken::encode(&header, &claims, &self.private)?))
    }
}

struct OneKey(PublicKey);

#[async_trait]
impl KeySource for OneKey {
    async fn fetch(&self) -> Result<Vec<PublicKey>, KeySourceError> {
        Ok(vec![self.0.clone()])
    }
}

struct OneToken(Secret<String>);

#[async_trait]
impl TokenSource for OneToken {
    async fn token(&self) -> Result<Secret<String>, TokenSourceError> {
        Ok(self.0.clone())
    }
}

/// Puts a token on every call of a client: `UserServiceClient::with_interceptor(channel, bearer)`.
#[derive(Clone)]
pub struct Bearer(Option<MetadataValue<tonic::metadata::Ascii>>);

impl Bearer {
    /// This token.
    pub fn of(token: &str) -> Self {
        Self(format!("Bearer {token}").parse().ok())
    }
    /// No token.
    pub const fn none() -> Self {
        Self(None)
    }
}

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        if let Some(value) = &self.0 {
            request.metadata_mut().insert("authorization", value.clone());
        }
        Ok(request)
    }
}
