use auth_core::{
    Claims, KeyId, Subject,
    ports::{KeyPair, TokenSigner},
};
use aws_lc_rs::{
    rand::SystemRandom,
    signature::{Ed25519KeyPair, KeyPair as _},
};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use kernel::{PortError, Secret};
use platform::auth::SERVICE_SUBJECT;

use super::CryptoError;

/// Signs access tokens as EdDSA JWTs with the claims that [`platform::auth`] reads.
#[derive(Debug, Clone)]
pub struct Ed25519Signer {
    issuer: String,
    audience: String,
}

impl Ed25519Signer {
    /// Tokens of this issuer for this audience.
    pub fn new(issuer: impl Into<String>, audience: impl Into<String>) -> Self {
        Self {
            issuer: issuer.into(),
            audience: audience.into(),
        }
    }

    fn spoken(&self, claims: &Claims) -> platform::auth::Claims {
        let mut spoken = platform::auth::Claims {
            iss: self.issuer.clone(),
            aud: self.audience.clone(),
            sub: String::new(),
            iat: claims.issued_at.unix_timestamp(),
            exp: claims.expires_at.unix_timestamp(),
            sid: None,
            roles: Vec::new(),
            permissions: Vec::new(),
        };
        match &claims.subject {
            Subject::User { id, session, roles } => {
                spoken.sub = id.to_string();
                spoken.sid = Some(session.to_string());
                spoken.roles = roles.iter().map(ToString::to_string).collect();
            }
            Subject::Service { name, permissions } => {
                spoken.sub = format!("{SERVICE_SUBJECT}{name}");
                spoken.permissions = permissions.iter().cloned().collect();
            }
        }
        spoken
    }
}

impl TokenSigner for Ed25519Signer {
    fn generate(&self) -> Result<KeyPair, PortError> {
        let document = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).map_err(|_| CryptoError::NoRandomness)?;
        let pair = Ed25519KeyPair::from_pkcs8(document.as_ref()).map_err(|_| CryptoError::Unreadable)?;
        let mut public = [0; 32];
        public.copy_from_slice(pair.public_key().as_ref());
        Ok(KeyPair {
            public,
            private: Secret::new(document.as_ref().to_vec()),
        })
    }

    fn sign(&self, key: &KeyId, private: &Secret<Vec<u8>>, claims: &Claims) -> Result<Secret<String>, PortError> {
        let header = Header {
            kid: Some(key.as_str().to_owned()),
            ..Header::new(Algorithm::EdDSA)
        };
        let key = EncodingKey::from_ed_der(private.expose());
        let token = jsonwebtoken::encode(&header, &self.spoken(claims), &key).map_err(CryptoError::Signing)?;
        Ok(Secret::new(token))
    }
}
