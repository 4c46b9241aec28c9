use auth_core::ports::RefreshChain;
use aws_lc_rs::{digest, hmac, rand};
use kernel::PortError;

use super::{
    CryptoError,
    master::{MasterKeys, tag},
};

/// Refresh tokens as a chain of HMACs: neither the database nor the key alone gives the next one.
#[derive(Debug, Clone)]
pub struct HmacChain {
    key: hmac::Key,
}

impl HmacChain {
    /// A chain under the newest master key. With another key, tokens that are used for the first time
    /// still work; only the grace for one that was just used is lost.
    pub fn new(keys: &MasterKeys) -> Self {
        Self {
            key: keys.newest("refresh-chain"),
        }
    }
}

impl RefreshChain for HmacChain {
    fn first(&self) -> Result<[u8; 32], PortError> {
        let mut secret = [0; 32];
        rand::fill(&mut secret).map_err(|_| CryptoError::NoRandomness)?;
        Ok(secret)
    }

    fn next(&self, secret: &[u8; 32]) -> [u8; 32] {
        tag(&self.key, &[secret])
    }

    fn digest(&self, secret: &[u8; 32]) -> [u8; 32] {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(digest::digest(&digest::SHA256, secret).as_ref());
        bytes
    }
}
