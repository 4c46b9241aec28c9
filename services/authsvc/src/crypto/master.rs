use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::STANDARD};

const SHORTEST: usize = 32;

/// The keys that everything secret at rest hangs on: the first seals, all open, so that they rotate.
#[derive(Clone)]
pub struct MasterKeys {
    keys: Vec<hmac::Key>,
}

impl std::fmt::Debug for MasterKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MasterKeys({})", self.keys.len())
    }
}

/// Why a list of master keys cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadMasterKeys {
    /// There is none.
    #[error("expected at least one key, one base64 line each")]
    None,
    /// A line is no key.
    #[error("line {0}: expected at least {SHORTEST} bytes in base64")]
    Line(usize),
}

impl MasterKeys {
    /// Reads one key a line, base64, at least 32 bytes; empty lines and lines that begin with `#` are
    /// passed over. To rotate, let every process know the new one (`old`, `new`), then put it first; take
    /// the old one out once no signing key that it sealed is published any more and no session that was
    /// started under it runs, thirty days later.
    ///
    /// # Errors
    /// A line is no key, or there is none.
    pub fn parse(content: &str) -> Result<Self, BadMasterKeys> {
        let mut keys = Vec::new();
        for (index, line) in content.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let secret = STANDARD.decode(line).map_err(|_| BadMasterKeys::Line(index + 1))?;
            if secret.len() < SHORTEST {
                return Err(BadMasterKeys::Line(index + 1));
            }
            keys.push(hmac::Key::new(hmac::HMAC_SHA256, &secret));
        }
        if keys.is_empty() {
            return Err(BadMasterKeys::None);
        }
        Ok(Self { keys })
    }

    /// A key for one purpose, derived from each master key; the newest first.
    pub(crate) fn derive(&self, purpose: &str) -> Vec<[u8; 32]> {
        self.keys.iter().map(|key| tag(key, &[purpose.as_bytes()])).collect()
    }

    /// The newest key for one purpose.
    pub(crate) fn newest(&self, purpose: &str) -> hmac::Key {
        let newest = self.derive(purpose).into_iter().next().unwrap_or_default();
        hmac::Key::new(hmac::HMAC_SHA256, &newest)
    }
}

pub(crate) fn tag(key: &hmac::Key, parts: &[&[u8]]) -> [u8; 32] {
    let mut context = hmac::Context::with_key(key);
    for part in parts {
        context.update(part);
    }
    let mut bytes = [0; 32];
    bytes.copy_from_slice(context.sign().as_ref());
    bytes
}

#[cfg(test)]
mod tests {
    use auth_core::{
        KeyId,
        ports::{KeyCipher, RefreshChain},
    };
    use kernel::Secret;

    use super::*;
    use crate::crypto::{AeadCipher, HmacChain};

    #[tokio::test]
    async fn while_keys_rotate_pods_of_two_steps_open_what_the_others_seal() {
        let master = |keys: &[u8]| {
            let lines: Vec<String> = keys.iter().map(|key| STANDARD.encode([*key; 32])).collect();
            MasterKeys::parse(&lines.join("\n")).unwrap()
        };
        let (id, private) = (KeyId::new("a"), Secret::new(b"private".to_vec()));
        let (steps, done) = ([master(&[1]), master(&[1, 2, 1]), master(&[2, 1])], master(&[2]));
        let mut side_by_side = vec![(&steps[2], &done)];
        for pair in steps.windows(2) {
            side_by_side.extend([(&pair[0], &pair[1]), (&pair[1], &pair[0])]);
        }
        for (seals, opens) in side_by_side {
            let sealed = AeadCipher::try_new(seals).unwrap().seal(&id, &private).await.unwrap();
            let opened = AeadCipher::try_new(opens).unwrap().open(&id, &sealed).await;
            assert_eq!(opened.unwrap(), private, "{seals:?} {opens:?}");
            let (starts, goes_on) = (HmacChain::new(seals), HmacChain::new(opens));
            let next = goes_on.next(&starts.newest(), &[7; 32]);
            assert_eq!(next, starts.next(&starts.newest(), &[7; 32]));
            assert!(next.is_some(), "{seals:?} {opens:?}");
        }
    }

    #[test]
    fn a_list_of_keys_is_read_and_a_bad_line_named() {
        let key = STANDARD.encode([7; 32]);
        let keys = MasterKeys::parse(&format!("# newest\n{key}\n\n{key}\n")).unwrap();
        assert_eq!(keys.derive("x").len(), 2);
        assert_ne!(keys.derive("x"), keys.derive("y"));
        assert_eq!(MasterKeys::parse("\n# none\n").err(), Some(BadMasterKeys::None));
        assert_eq!(
            MasterKeys::parse(&format!("{key}\nshort\n")).err(),
            Some(BadMasterKeys::Line(2))
        );
        let short = STANDARD.encode([7; 31]);
        assert_eq!(MasterKeys::parse(&short).err(), Some(BadMasterKeys::Line(1)));
    }
}
