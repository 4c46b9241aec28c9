//! What Secrets are here, and what is asked of whoever keeps them.

use std::{collections::BTreeMap, fmt};

use async_trait::async_trait;

/// A Secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret {
    /// Whether this program made it, and so may change it: it has the label `app.kubernetes.io/managed-by: certs`.
    pub ours: bool,
    /// Changes whenever it does.
    pub version: String,
    /// What it holds.
    pub data: BTreeMap<String, Vec<u8>>,
}

/// A Secret to make, or keys of one to set.
#[derive(Clone, PartialEq, Eq)]
pub struct Change {
    /// Its name.
    pub name: String,
    /// Whether it is of the type of certificates.
    pub tls: bool,
    /// The version that it must still have; none for a Secret that is made.
    pub version: Option<String>,
    /// What is set; keys that are not here stay as they are.
    pub data: BTreeMap<String, Vec<u8>>,
}

/// Keeps Secrets. The API server of a cluster does.
#[async_trait]
pub trait Secrets: Send + Sync {
    /// The Secret of this name, if there is one.
    async fn find(&self, name: &str) -> Result<Option<Secret>, NotKept>;

    /// Makes or changes a Secret, which is `ours` from then on if it is made. MUST change nothing and answer
    /// [`NotKept::Outdated`] when it exists although it was to be made, or has another version than was expected.
    async fn keep(&self, change: &Change) -> Result<(), NotKept>;
}

/// Why a Secret was not read or kept.
#[derive(Debug, thiserror::Error)]
pub enum NotKept {
    /// Somebody else changed it meanwhile.
    #[error("the Secret `{0}` was changed by somebody else at the same time")]
    Outdated(String),
    /// Whoever keeps it refuses, or is away.
    #[error("{sentence}")]
    Refused {
        /// What was refused, and what was expected.
        sentence: String,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// Names of keys, never what they hold.
impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secret")
            .field("ours", &self.ours)
            .field("version", &self.version)
            .field("keys", &self.data.keys())
            .finish()
    }
}

/// Names of keys, never what they hold.
impl fmt::Debug for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Change")
            .field("name", &self.name)
            .field("version", &self.version)
            .field("keys", &self.data.keys())
            .finish_non_exhaustive()
    }
}
