use async_trait::async_trait;
use auth_core::{KeyId, ports::KeyCipher};
use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use kernel::{PortError, Secret};

use super::{CryptoError, MasterKeys};

/// Private keys sealed with AES-256-GCM under the name of the key they belong to.
pub struct AeadCipher {
    keys: Vec<RandomizedNonceKey>,
}

impl std::fmt::Debug for AeadCipher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "AeadCipher({} keys)", self.keys.len())
    }
}

impl AeadCipher {
    /// Seals under the newest master key, opens under all.
    ///
    /// # Errors
    /// None in practice: derived keys have the right length.
    pub fn try_new(keys: &MasterKeys) -> Result<Self, CryptoError> {
        let keys = keys.derive("signing-keys");
        let keys = keys.iter().map(|key| RandomizedNonceKey::new(&AES_256_GCM, key));
        Ok(Self {
            keys: keys.collect::<Result<_, _>>().map_err(|_| CryptoError::Unreadable)?,
        })
    }

    fn seal_now(&self, id: &KeyId, private: &[u8]) -> Result<Vec<u8>, CryptoError> {
        let key = self.keys.first().ok_or(CryptoError::Unreadable)?;
        let mut bytes = private.to_vec();
        let nonce = key
            .seal_in_place_append_tag(Aad::from(id.as_str()), &mut bytes)
            .map_err(|_| CryptoError::NoRandomness)?;
        Ok([nonce.as_ref().as_slice(), &bytes].concat())
    }

    fn open_now(&self, id: &KeyId, sealed: &[u8]) -> Result<Secret<Vec<u8>>, CryptoError> {
        let (nonce, sealed) = sealed.split_at_checked(NONCE_LEN).ok_or(CryptoError::DoesNotOpen)?;
        for key in &self.keys {
            let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| CryptoError::DoesNotOpen)?;
            let mut bytes = sealed.to_vec();
            if let Ok(private) = key.open_in_place(nonce, Aad::from(id.as_str()), &mut bytes) {
                return Ok(Secret::new(private.to_vec()));
            }
        }
        Err(CryptoError::DoesNotOpen)
    }
}

#[async_trait]
impl KeyCipher for AeadCipher {
    async fn seal(&self, id: &KeyId, private: &Secret<Vec<u8>>) -> Result<Vec<u8>, PortError> {
        Ok(self.seal_now(id, private.expose())?)
    }

    async fn open(&self, id: &KeyId, sealed: &[u8]) -> Result<Secret<Vec<u8>>, PortError> {
        Ok(self.open_now(id, sealed)?)
    }
}

#[cfg(test)]
mod tests {
    use base64::{Engine, engine::general_purpose::STANDARD};

    use super::*;

    fn cipher(keys: &[u8]) -> AeadCipher {
        let lines: Vec<String> = keys.iter().map(|key| STANDARD.encode([*key; 32])).collect();
        AeadCipher::try_new(&MasterKeys::parse(&lines.join("\n")).unwrap()).unwrap()
    }

    #[test]
    fn what_is_sealed_opens_for_its_key_only_and_survives_a_rotation() {
        let (a, b) = (KeyId::new("a"), KeyId::new("b"));
        let sealed = cipher(&[1]).seal_now(&a, b"private").unwrap();
        assert!(!sealed.windows(7).any(|window| window == b"private"));
        assert_eq!(cipher(&[1]).open_now(&a, &sealed).unwrap().expose(), b"private");
        assert_eq!(cipher(&[2, 1]).open_now(&a, &sealed).unwrap().expose(), b"private");
        assert!(cipher(&[1]).open_now(&b, &sealed).is_err());
        assert!(cipher(&[2]).open_now(&a, &sealed).is_err());
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(cipher(&[1]).open_now(&a, &changed).is_err(), "byte {at}");
        }
        assert!(cipher(&[1]).open_now(&a, &sealed[..5]).is_err());
    }
}
