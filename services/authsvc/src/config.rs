//! The only file that knows the names of the variables.

use std::time::Duration;

use identity::PeerSettings;
use platform::{
    auth::AccessTokenSettings,
    config::{Reader, Settings, Value, Variable},
    postgres::DatabaseSettings,
    tokens::KeyRing,
};

use crate::crypto::{BootstrapKeys, MasterKeys};

platform::settings! {
    /// What authsvc reads from its environment beside what every service does.
    pub struct Config {
        /// Where credentials, sessions and keys are kept.
        pub database: DatabaseSettings;
        /// What access tokens say of themselves.
        pub tokens: AccessTokenSettings;
        /// The keys that private signing keys are sealed under and refresh tokens derived with, one base64 line each; the first seals, all open.
        pub master_keys: MasterKeys = "MASTER_KEYS", required;
        /// Keys of fingerprints of requests, one base64 line each; the first signs, all verify.
        pub token_keys: KeyRing = "TOKEN_KEYS", required;
        /// How services prove themselves.
        pub proofs: ServiceProofs;
        /// Where usersvc is, which makes the profiles.
        pub usersvc_url: String = "USERSVC_URL", default "https://usersvc:50051";
        /// How it reaches it.
        pub peers: PeerSettings;
        /// How many passwords are hashed at once; half of the processors when not set.
        pub hashes_at_once: Option<usize> = "PASSWORD_HASHES_AT_ONCE", optional;
        /// How long a signing key signs before the next one does.
        pub key_period: Duration = "SIGNING_KEY_PERIOD", default "30d";
    }
}

platform::settings! {
    struct Proofs {
        /// What services prove themselves with where there is no cluster, as service=key, one a line or separated by commas.
        keys: Option<BootstrapKeys> = "SERVICE_BOOTSTRAP_KEYS", optional;
        /// The audience of the ServiceAccount tokens that services of this namespace prove themselves with.
        audience: Option<String> = "SERVICE_ACCOUNT_AUDIENCE", optional;
    }
}

/// How services prove themselves. As settings: exactly one of the two must be set.
#[derive(Debug, Clone)]
pub enum ServiceProofs {
    /// Each with a key that it was given.
    BootstrapKeys(BootstrapKeys),
    /// Each with a token of its ServiceAccount, made for this audience.
    AccountTokens(String),
}

impl Settings for ServiceProofs {
    fn variables() -> Vec<Variable> {
        Proofs::variables()
    }

    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let Proofs { keys, audience } = Proofs::read(reader)?;
        match (keys, audience) {
            (Some(keys), None) => Some(Self::BootstrapKeys(keys)),
            (None, Some(audience)) => Some(Self::AccountTokens(audience)),
            (keys, _) => {
                reader.note_choice(["SERVICE_BOOTSTRAP_KEYS", "SERVICE_ACCOUNT_AUDIENCE"], keys.is_some());
                None
            }
        }
    }
}

impl Value for MasterKeys {
    const EXPECTED: &'static str = "keys of at least 32 bytes in base64, one a line, the one that seals first";
    const SECRET: bool = true;
    fn parse(text: &str) -> Option<Self> {
        Self::parse(text).ok()
    }
}

impl Value for BootstrapKeys {
    const EXPECTED: &'static str = "service=key entries, each key at least 32 characters";
    const SECRET: bool = true;
    fn parse(text: &str) -> Option<Self> {
        Self::parse(text).ok()
    }
}

#[cfg(test)]
mod tests {
    use platform::config::Layers;

    use super::*;

    #[test]
    fn services_prove_themselves_in_one_way() {
        let keys = ("SERVICE_BOOTSTRAP_KEYS", "ordersvc=0123456789abcdef0123456789abcdef");
        let audience = ("SERVICE_ACCOUNT_AUDIENCE", "counterfoil");
        let read = |set: &[(&str, &str)]| {
            let set = set
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            Layers::new(set).unwrap().read::<ServiceProofs>()
        };
        assert!(matches!(read(&[keys]), Ok(ServiceProofs::BootstrapKeys(_))));
        assert!(matches!(read(&[audience]), Ok(ServiceProofs::AccountTokens(audience)) if audience == "counterfoil"));
        for (set, found) in [(vec![keys, audience], "got both"), (vec![], "neither is set")] {
            let refused = read(&set).unwrap_err().to_string();
            let expected = format!("expected one of SERVICE_BOOTSTRAP_KEYS and SERVICE_ACCOUNT_AUDIENCE, {found}");
            assert!(refused.contains(&expected), "{refused}");
        }
    }
}
