use std::{
    fmt,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use kernel::{Clock, IdSource, PortError, Secret};
use time::OffsetDateTime;

use crate::ports::{KeyCipher, SigningKeys, TokenSigner};

/// The name of a signing key, as in the header of the tokens it signed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(String);

impl KeyId {
    /// Takes a name.
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A signing key at rest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedKey {
    /// Its name.
    pub id: KeyId,
    /// The key it follows.
    pub predecessor: Option<KeyId>,
    /// Ed25519 public key.
    pub public: [u8; 32],
    /// The private key, sealed.
    pub sealed: Vec<u8>,
    /// When it was made and published.
    pub created_at: OffsetDateTime,
    /// From when it signs.
    pub signs_from: OffsetDateTime,
}

/// What verifies: published from before the first use until after the last token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    /// Its name.
    pub id: KeyId,
    /// Ed25519 public key.
    pub key: [u8; 32],
}

/// A key that signs now.
#[derive(Debug, Clone)]
pub(crate) struct OpenKey {
    pub(crate) id: KeyId,
    pub(crate) private: Secret<Vec<u8>>,
    signs_from: OffsetDateTime,
}

/// How keys follow one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyPolicy {
    /// How long a key signs.
    pub period: Duration,
    /// How long before it signs a key is published.
    pub publish_ahead: Duration,
    /// How long after its last signature a key still verifies: the life of a token and the leeway.
    pub keep: Duration,
}

impl Default for KeyPolicy {
    fn default() -> Self {
        Self {
            period: Duration::from_secs(30 * 24 * 3600),
            publish_ahead: Duration::from_secs(3600),
            keep: Duration::from_secs(900),
        }
    }
}

/// What is to be done about the keys at some time.
#[derive(Debug, PartialEq, Eq)]
struct Plan {
    /// Make a key that signs from then, after this one.
    make: Option<(OffsetDateTime, Option<KeyId>)>,
    /// Remove these.
    remove: Vec<KeyId>,
}

impl KeyPolicy {
    fn plan(&self, keys: &[SealedKey], now: OffsetDateTime) -> Plan {
        let mut keys: Vec<&SealedKey> = keys.iter().collect();
        keys.sort_by_key(|key| key.signs_from);
        let make = match keys.last() {
            None => Some((now, None)),
            Some(newest) => {
                let ends = newest.signs_from + self.period;
                let due = now >= ends - self.publish_ahead;
                due.then(|| (ends.max(now + self.publish_ahead), Some(newest.id.clone())))
            }
        };
        let remove = keys
            .windows(2)
            .filter_map(|pair| match pair {
                [old, next] if now >= next.signs_from + self.keep => Some(old.id.clone()),
                _ => None,
            })
            .collect();
        Plan { make, remove }
    }
}

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyringError {
    /// The world failed.
    #[error(transparent)]
    Storage(#[from] PortError),
    /// No key signs yet.
    #[error("there is no signing key yet")]
    NoKey,
}

kernel::classify!(KeyringError {
    pass Storage;
    NoKey => Unavailable "NO_SIGNING_KEY";
});

#[derive(Debug, Default)]
struct Snapshot {
    published: Vec<PublicKey>,
    open: Vec<OpenKey>,
}

/// The signing keys, kept at hand. `tend` is called now and then, more often than `publish_ahead`.
pub struct Keyring {
    keys: Arc<dyn SigningKeys>,
    cipher: Arc<dyn KeyCipher>,
    signer: Arc<dyn TokenSigner>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
    policy: KeyPolicy,
    snapshot: RwLock<Arc<Snapshot>>,
}

impl Keyring {
    /// An empty ring; the first use or `tend` fills it.
    pub fn new(
        keys: Arc<dyn SigningKeys>,
        cipher: Arc<dyn KeyCipher>,
        signer: Arc<dyn TokenSigner>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdSource>,
        policy: KeyPolicy,
    ) -> Self {
        Self {
            keys,
            cipher,
            signer,
            clock,
            ids,
            policy,
            snapshot: RwLock::default(),
        }
    }

    /// Makes the next key when it is due, removes what verifies nothing any more, and takes the keys of
    /// other processes in.
    ///
    /// # Errors
    /// The world failed; the keys at hand stay.
    pub async fn tend(&self) -> Result<(), KeyringError> {
        let now = self.clock.now();
        let mut keys = self.keys.list().await?;
        let plan = self.policy.plan(&keys, now);
        if let Some((signs_from, predecessor)) = plan.make {
            let id = KeyId::new(self.ids.next().as_simple().to_string());
            let pair = self.signer.generate()?;
            let key = SealedKey {
                sealed: self.cipher.seal(&id, &pair.private).await?,
                id,
                predecessor,
                public: pair.public,
                created_at: now,
                signs_from,
            };
            if self.keys.insert(&key).await? {
                keys.push(key);
            } else {
                keys = self.keys.list().await?;
            }
        }
        for id in &plan.remove {
            self.keys.remove(id).await?;
        }
        keys.retain(|key| !plan.remove.contains(&key.id));
        keys.sort_by_key(|key| std::cmp::Reverse(key.signs_from));
        let mut open = Vec::with_capacity(keys.len());
        for key in &keys {
            open.push(OpenKey {
                id: key.id.clone(),
                private: self.cipher.open(&key.id, &key.sealed).await?,
                signs_from: key.signs_from,
            });
        }
        let published = keys.iter().map(|key| PublicKey {
            id: key.id.clone(),
            key: key.public,
        });
        let snapshot = Arc::new(Snapshot {
            published: published.collect(),
            open,
        });
        *self.snapshot.write().unwrap_or_else(PoisonError::into_inner) = snapshot;
        Ok(())
    }

    /// The published keys, newest first.
    ///
    /// # Errors
    /// The ring is empty and cannot be filled.
    pub async fn published(&self) -> Result<Vec<PublicKey>, KeyringError> {
        if self.at_hand().published.is_empty() {
            self.tend().await?;
        }
        Ok(self.at_hand().published.clone())
    }

    pub(crate) async fn signing_key(&self) -> Result<OpenKey, KeyringError> {
        if let Some(key) = self.signing_now() {
            return Ok(key);
        }
        self.tend().await?;
        self.signing_now().ok_or(KeyringError::NoKey)
    }

    fn signing_now(&self) -> Option<OpenKey> {
        let now = self.clock.now();
        self.at_hand().open.iter().find(|key| key.signs_from <= now).cloned()
    }

    fn at_hand(&self) -> Arc<Snapshot> {
        Arc::clone(&self.snapshot.read().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: KeyPolicy = KeyPolicy {
        period: Duration::from_secs(1_000),
        publish_ahead: Duration::from_secs(100),
        keep: Duration::from_secs(50),
    };

    fn at(seconds: u64) -> OffsetDateTime {
        OffsetDateTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    fn key(id: &str, predecessor: Option<&str>, signs_from: u64) -> SealedKey {
        SealedKey {
            id: KeyId::new(id),
            predecessor: predecessor.map(KeyId::new),
            public: [0; 32],
            sealed: Vec::new(),
            created_at: at(0),
            signs_from: at(signs_from),
        }
    }

    #[test]
    fn the_first_key_signs_at_once_and_the_next_is_published_ahead() {
        let none = Plan {
            make: None,
            remove: vec![],
        };
        assert_eq!(POLICY.plan(&[], at(5)).make, Some((at(5), None)));
        let one = [key("a", None, 0)];
        assert_eq!(POLICY.plan(&one, at(899)), none);
        assert_eq!(
            POLICY.plan(&one, at(900)).make,
            Some((at(1_000), Some(KeyId::new("a"))))
        );
        // After a long stop there is still time to see the next one.
        assert_eq!(
            POLICY.plan(&one, at(5_000)).make,
            Some((at(5_100), Some(KeyId::new("a"))))
        );
    }

    #[test]
    fn an_old_key_verifies_until_the_last_token_it_signed_is_over() {
        let two = [key("a", None, 0), key("b", Some("a"), 1_000)];
        assert_eq!(POLICY.plan(&two, at(1_049)).remove, []);
        assert_eq!(POLICY.plan(&two, at(1_050)).remove, [KeyId::new("a")]);
    }
}
