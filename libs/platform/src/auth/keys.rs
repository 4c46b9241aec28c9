use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use async_trait::async_trait;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::DecodingKey;
use kernel::Clock;
use time::OffsetDateTime;
use tokio::sync::Mutex;

use super::AuthError;

/// An unknown key id makes us ask for new keys at most once in so long.
const BETWEEN_FETCHES: Duration = Duration::from_secs(10);

/// Without any key at all we ask more often: nobody is served until there is one.
const BETWEEN_FIRST_FETCHES: Duration = Duration::from_millis(500);

/// Keys older than this are fetched again in the background, while the old ones still serve.
const REFRESH_AFTER: Duration = Duration::from_secs(300);

/// One public key that tokens are verified with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    /// Its id, which tokens name in their header.
    pub kid: String,
    /// The Ed25519 public key.
    pub ed25519: [u8; 32],
}

/// The keys could not be read.
#[derive(Debug, thiserror::Error)]
#[error("could not read the key set")]
pub struct KeySourceError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// Where public keys come from. An implementation MUST answer with every key that tokens may be signed
/// with at the moment, and MUST be bounded in time.
#[async_trait]
pub trait KeySource: Send + Sync {
    /// Reads the current keys.
    async fn fetch(&self) -> Result<Vec<PublicKey>, KeySourceError>;
}

type Keys = HashMap<String, Arc<DecodingKey>>;

/// Keys as they were read last.
pub struct KeyCache {
    source: Arc<dyn KeySource>,
    clock: Arc<dyn Clock>,
    known: RwLock<Known>,
    /// Held while fetching, so that callers who need the same fetch wait for one.
    fetching: Arc<Mutex<Attempt>>,
}

#[derive(Default)]
struct Known {
    keys: Keys,
    fetched_at: Option<OffsetDateTime>,
}

#[derive(Default)]
struct Attempt {
    at: Option<OffsetDateTime>,
    failed: Option<Arc<KeySourceError>>,
}

impl std::fmt::Debug for KeyCache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyCache").finish_non_exhaustive()
    }
}

impl KeyCache {
    /// An empty cache in front of a source.
    pub fn new(source: Arc<dyn KeySource>, clock: Arc<dyn Clock>) -> Self {
        Self {
            source,
            clock,
            known: RwLock::default(),
            fetching: Arc::default(),
        }
    }

    /// The key of this id.
    ///
    /// # Errors
    /// The key does not exist, or there are no keys and none can be read.
    pub(super) async fn key(self: &Arc<Self>, kid: &str) -> Result<Arc<DecodingKey>, AuthError> {
        if let Some((key, fetched_at)) = self.find(kid) {
            if self.clock.now() - fetched_at > REFRESH_AFTER {
                self.refresh_in_background();
            }
            return Ok(key);
        }
        self.fetch_for(kid).await
    }

    fn find(&self, kid: &str) -> Option<(Arc<DecodingKey>, OffsetDateTime)> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.keys.get(kid).cloned().zip(known.fetched_at)
    }

    fn is_empty(&self) -> bool {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.keys.is_empty()
    }

    async fn fetch_for(self: &Arc<Self>, kid: &str) -> Result<Arc<DecodingKey>, AuthError> {
        let mut attempt = self.fetching.clone().lock_owned().await;
        if let Some((key, _)) = self.find(kid) {
            return Ok(key);
        }
        let pause = if self.is_empty() && attempt.failed.is_some() {
            BETWEEN_FIRST_FETCHES
        } else {
            BETWEEN_FETCHES
        };
        if attempt.at.is_none_or(|at| self.clock.now() - at >= pause) {
            // A task of its own, or a caller who gives up would leave the others without an outcome.
            let cache = self.clone();
            let fetched = tokio::spawn(async move {
                cache.fetch(&mut attempt).await;
                attempt
            });
            attempt = fetched
                .await
                .map_err(|error| AuthError::KeysUnavailable(Arc::new(KeySourceError(Box::new(error)))))?;
        }
        match (self.find(kid), &attempt.failed) {
            (Some((key, _)), _) => Ok(key),
            (None, Some(error)) if self.is_empty() => Err(AuthError::KeysUnavailable(error.clone())),
            (None, _) => Err(AuthError::Invalid),
        }
    }

    fn refresh_in_background(self: &Arc<Self>) {
        let cache = self.clone();
        tokio::spawn(async move {
            let Ok(mut attempt) = cache.fetching.try_lock() else {
                return;
            };
            if attempt.at.is_none_or(|at| cache.clock.now() - at >= BETWEEN_FETCHES) {
                cache.fetch(&mut attempt).await;
            }
        });
    }

    async fn fetch(&self, attempt: &mut Attempt) {
        attempt.at = Some(self.clock.now());
        match self.source.fetch().await {
            Ok(keys) => {
                attempt.failed = None;
                let keys = keys
                    .into_iter()
                    .filter_map(|key| {
                        let x = URL_SAFE_NO_PAD.encode(key.ed25519);
                        let decoding = DecodingKey::from_ed_components(&x).ok()?;
                        Some((key.kid, Arc::new(decoding)))
                    })
                    .collect();
                let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
                known.keys = keys;
                known.fetched_at = Some(self.clock.now());
            }
            Err(error) => {
                tracing::warn!(error = %kernel::Chain(&error), "could not read the keys that verify tokens");
                attempt.failed = Some(Arc::new(error));
            }
        }
    }
}
