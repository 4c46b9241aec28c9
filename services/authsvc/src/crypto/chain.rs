use auth_core::{ChainKey, ports::RefreshChain};
use aws_lc_rs::{digest, hmac, rand};
use kernel::PortError;

use super::{
    CryptoError,
    master::{MasterKeys, tag},
};

/// Refresh tokens as a chain of HMACs: neither the database nor the key alone gives the next one.
#[derive(Debug, Clone)]
pub struct HmacChain {
    newest: ChainKey,
    keys: Vec<(ChainKey, hmac::Key)>,
}

impl HmacChain {
    /// A chain under these master keys: a session goes on with the one it was started under, as long as
    /// that is among them.
    pub fn new(master: &MasterKeys) -> Self {
        let named = |secret: [u8; 32]| {
            let key = hmac::Key::new(hmac::HMAC_SHA256, &secret);
            (name(&key), key)
        };
        Self {
            newest: name(&master.newest(PURPOSE)),
            keys: master.derive(PURPOSE).into_iter().map(named).collect(),
        }
    }
}

const PURPOSE: &str = "refresh-chain";

/// A short name, the same on every machine, that leads back to no key.
fn name(key: &hmac::Key) -> ChainKey {
    let name = tag(key, &[b"name"]);
    ChainKey::new(name.iter().take(8).map(|byte| format!("{byte:02x}")).collect())
}

impl RefreshChain for HmacChain {
    fn first(&self) -> Result<[u8; 32], PortError> {
        let mut secret = [0; 32];
        rand::fill(&mut secret).map_err(|_| CryptoError::NoRandomness)?;
        Ok(secret)
    }

    fn newest(&self) -> ChainKey {
        self.newest.clone()
    }

    fn next(&self, key: &ChainKey, secret: &[u8; 32]) -> Option<[u8; 32]> {
        let (_, key) = self.keys.iter().find(|(name, _)| name == key)?;
        Some(tag(key, &[secret]))
    }

    fn digest(&self, secret: &[u8; 32]) -> [u8; 32] {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(digest::digest(&digest::SHA256, secret).as_ref());
        bytes
    }
}
