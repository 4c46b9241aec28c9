use async_trait::async_trait;
use auth_core::{ports::ServiceIdentity, service};
use aws_lc_rs::{constant_time, digest};
use kernel::{PortError, Secret};

type Digest = [u8; 32];

/// Services that prove themselves with a key each was given at the start. Only digests are kept.
#[derive(Clone, Default)]
pub struct BootstrapKeys {
    keys: Vec<(String, Digest)>,
}

impl std::fmt::Debug for BootstrapKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.keys.iter().map(|(name, _)| name)).finish()
    }
}

/// Why a list of bootstrap keys cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadBootstrapKeys {
    /// An entry is not `service=key`.
    #[error("entry {0}: expected service=key")]
    Entry(usize),
    /// No such service.
    #[error("`{0}` is no service of this installation")]
    UnknownService(String),
    /// A key that can be guessed.
    #[error("the key of {0} is shorter than 32 characters")]
    Short(String),
}

impl BootstrapKeys {
    /// Reads entries `service=key`, one a line or separated by commas; a service may have several, so
    /// that they rotate.
    ///
    /// # Errors
    /// An entry is none, names no service, or has a short key.
    pub fn parse(content: &str) -> Result<Self, BadBootstrapKeys> {
        let mut keys = Vec::new();
        let entries = content.split(['\n', ',']).map(str::trim).enumerate();
        for (index, entry) in entries.filter(|(_, entry)| !entry.is_empty() && !entry.starts_with('#')) {
            let (name, key) = entry.split_once('=').ok_or(BadBootstrapKeys::Entry(index + 1))?;
            if !service::names().any(|known| known == name) {
                return Err(BadBootstrapKeys::UnknownService(name.to_owned()));
            }
            if key.len() < 32 {
                return Err(BadBootstrapKeys::Short(name.to_owned()));
            }
            keys.push((name.to_owned(), digest_of(key)));
        }
        Ok(Self { keys })
    }
}

fn digest_of(key: &str) -> Digest {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(digest::digest(&digest::SHA256, key.as_bytes()).as_ref());
    bytes
}

#[async_trait]
impl ServiceIdentity for BootstrapKeys {
    async fn proves(&self, service: &str, credential: &Secret<String>) -> Result<bool, PortError> {
        let given = digest_of(credential.expose());
        let mut proven = false;
        // Every key is compared, whoever asks.
        for (name, digest) in &self.keys {
            let same = constant_time::verify_slices_are_equal(digest, &given).is_ok();
            proven |= same & (name == service);
        }
        Ok(proven)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "0123456789abcdef0123456789abcdef";
    const TWO: &str = "fedcba9876543210fedcba9876543210";

    #[tokio::test]
    async fn a_key_proves_its_own_service_only() {
        let keys = BootstrapKeys::parse(&format!("ordersvc={ONE}\nusersvc={TWO}, usersvc={ONE}x\n")).unwrap();
        for (service, key, proven) in [
            ("ordersvc", ONE.to_owned(), true),
            ("usersvc", TWO.to_owned(), true),
            ("usersvc", format!("{ONE}x"), true),
            ("ordersvc", TWO.to_owned(), false),
            ("nobody", ONE.to_owned(), false),
            ("ordersvc", String::new(), false),
        ] {
            let found = keys.proves(service, &Secret::new(key)).await.unwrap();
            assert_eq!(found, proven, "{service}");
        }
    }

    #[test]
    fn a_bad_entry_is_named() {
        assert_eq!(BootstrapKeys::parse("ordersvc").err(), Some(BadBootstrapKeys::Entry(1)));
        let unknown = BootstrapKeys::parse(&format!("nosvc={ONE}")).err();
        assert_eq!(unknown, Some(BadBootstrapKeys::UnknownService("nosvc".to_owned())));
        let short = BootstrapKeys::parse("ordersvc=short").err();
        assert_eq!(short, Some(BadBootstrapKeys::Short("ordersvc".to_owned())));
    }
}
