use std::{sync::Arc, time::Duration};

use jsonwebtoken::{Algorithm, Validation, decode, decode_header};
use kernel::{Caller, Clock};

use super::{AuthError, Claims, KeyCache, KeySource};

/// Clocks of two machines may differ by so much.
pub const LEEWAY: Duration = Duration::from_secs(60);

/// A token longer than this is not worth looking at.
const LONGEST_TOKEN: usize = 8 * 1_024;

/// Turns an access token into the caller it proves.
///
/// Algorithm, issuer and audience are pinned; what the token's header says about itself only chooses
/// among our own keys.
#[derive(Clone)]
pub struct Verifier {
    keys: Arc<KeyCache>,
    clock: Arc<dyn Clock>,
    validation: Arc<Validation>,
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
    pub async fn claims(&self, token: &str) -> Result<Claims, AuthError> {
        if token.len() > LONGEST_TOKEN {
            return Err(AuthError::Invalid);
        }
        let header = decode_header(token).map_err(|_| AuthError::Invalid)?;
        if header.alg != Algorithm::EdDSA {
            return Err(AuthError::Invalid);
        }
        let kid = header.kid.ok_or(AuthError::Invalid)?;
        let key = self.keys.key(&kid).await?;
        let decoded = decode::<Claims>(token, &key, &self.validation).map_err(|_| AuthError::Invalid)?;
        let now = self.clock.now().unix_timestamp();
        let leeway = LEEWAY.as_secs().cast_signed();
        if now > decoded.claims.exp.saturating_add(leeway) {
            return Err(AuthError::Expired);
        }
        if decoded.claims.iat > now.saturating_add(leeway) {
            return Err(AuthError::Invalid);
        }
        Ok(decoded.claims)
    }
}
