//! The cryptography behind the ports: passwords, refresh tokens, signing keys, access tokens, bootstrap
//! keys. Everything else is `aws-lc-rs`; passwords are argon2.

mod bootstrap;
mod chain;
mod cipher;
mod master;
mod passwords;
mod queue;
mod signer;

pub use bootstrap::{BadBootstrapKeys, BootstrapKeys};
pub use chain::HmacChain;
pub use cipher::AeadCipher;
pub(crate) use master::tag;
pub use master::{BadMasterKeys, MasterKeys};
pub use passwords::{Argon2Hasher, HashingCost};
pub use signer::Ed25519Signer;

/// Cryptography that failed: a bug, or a machine without randomness.
#[derive(Debug, thiserror::Error)]
pub enum CryptoError {
    /// The system gave no random bytes.
    #[error("the system gave no random bytes")]
    NoRandomness,
    /// What was sealed does not open: it was changed, or the key that sealed it is missing.
    #[error("what was sealed does not open with any key we have")]
    DoesNotOpen,
    /// A key or a hash is not of the form it was written in.
    #[error("stored key material is not readable")]
    Unreadable,
    /// A token could not be signed.
    #[error("the token could not be signed")]
    Signing(#[source] jsonwebtoken::errors::Error),
    /// A hash was not made to its end.
    #[error("a password hash was not made to its end")]
    Unfinished,
}

/// Everything here is a bug or a broken installation to a caller.
impl kernel::Classify for CryptoError {
    fn kind(&self) -> kernel::ErrorKind {
        kernel::ErrorKind::Internal
    }
    fn reason(&self) -> &str {
        "INTERNAL"
    }
}

impl From<CryptoError> for kernel::PortError {
    fn from(error: CryptoError) -> Self {
        Self::new(error)
    }
}
