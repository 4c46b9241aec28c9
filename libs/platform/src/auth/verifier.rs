use std::{sync::Arc, time::Duration};

use jsonwebtoken::{Algorithm, Validation, decode, decode_header};
use kernel::{Caller, Clock};

use super::{
    AuthError, Claims, KeyCache, KeySource,
    recent::{Recent, Verified},
};

/// Clocks of two machines may differ by so much.
pub const LEEWAY: Duration = Duration::from_secs(60);

/// A token longer than this is not worth looking at.
const LONGEST_TOKEN: usize = 8 * 1_024;

/// Turns an access token into the caller it proves.
///
/// Algorithm, issuer and audience are pinned; what the token's header says about itself only chooses
/// among our own keys. A token that was verified lately is held against its key and the time only.
#[derive(Clone)]
pub struct Verifier {
    keys: Arc<KeyCache>,
    clock: Arc<dyn Clock>,
    validation: Arc<Validation>,
    recent: Arc<Recent>,
}

impl std::fmt::Debug for Verifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Verifier").finish_non_exhaustive()
    }
}

impl Verifier {
    /// Accepts what `issuer` issued for `audience` and signed with a key of `source`.
    pub fn new(source: Arc<dyn KeySource>, issuer: &str, audience: &str, clock: Arc<dyn Clock>) -> Self {
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[issuer]);
        validation.set_audience(&[audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        // Time is held against our own clock below.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        Self {
            keys: Arc::new(KeyCache::new(source, clock.clone())),
            clock,
            validation: Arc::new(validation),
            recent: Arc::default(),
        }
    }

    /// The caller that this token proves.
    ///
    /// # Errors
    /// The token is not ours, not for us, or over; or no keys can be had.
    pub async fn verify(&self, token: &str) -> Result<Caller, AuthError> {
        self.claims(token).await?.caller()
    }

    /// How long from now a token with these claims proves a caller.
    pub(crate) fn proves_for(&self, claims: &Claims) -> Duration {
        let end = claims.exp.saturating_add(LEEWAY.as_secs().cast_signed());
        let left = end.saturating_sub(self.clock.now().unix_timestamp());
        Duration::from_secs(u64::try_from(left).unwrap_or_default())
    }

    /// The claims of a token that proves a caller.
    ///
    /// # Errors
    /// As [`Verifier::verify`].
    pub async fn claims(&self, token: &str) -> Result<Arc<Claims>, AuthError> {
        if token.len() > LONGEST_TOKEN {
            return Err(AuthError::Invalid);
        }
        let claims = match self.recent.find(token) {
            Some(verified) if Arc::ptr_eq(&self.keys.key(&verified.kid).await?, &verified.key) => verified.claims,
            _ => self.verified(token).await?,
        };
        let now = self.clock.now().unix_timestamp();
        if now > claims.exp.saturating_add(LEEWAY.as_secs().cast_signed()) {
            return Err(AuthError::Expired);
        }
        Ok(claims)
    }

    /// The claims of a token that is ours, over or not.
    async fn verified(&self, token: &str) -> Result<Arc<Claims>, AuthError> {
        let header = decode_header(token).map_err(|_| AuthError::Invalid)?;
        if header.alg != Algorithm::EdDSA {
            return Err(AuthError::Invalid);
        }
        let kid = header.kid.ok_or(AuthError::Invalid)?;
        let key = self.keys.key(&kid).await?;
        let decoded = decode::<Claims>(token, &key, &self.validation).map_err(|_| AuthError::Invalid)?;
        let now = self.clock.now().unix_timestamp();
        if decoded.claims.iat > now.saturating_add(LEEWAY.as_secs().cast_signed()) {
            return Err(AuthError::Invalid);
        }
        let claims = Arc::new(decoded.claims);
        let verified = Verified {
            claims: Arc::clone(&claims),
            kid,
            key,
        };
        self.recent.keep(token, verified);
        Ok(claims)
    }
}
