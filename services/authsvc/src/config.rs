//! The only file that knows the names of the variables.

use std::{path::PathBuf, time::Duration};

use platform::{auth::AccessTokenSettings, config::Value, postgres::DatabaseSettings, tokens::KeyRing};

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
        /// What services prove themselves with, as service=key, one a line or separated by commas.
        pub bootstrap_keys: Option<BootstrapKeys> = "SERVICE_BOOTSTRAP_KEYS", optional;
        /// Where usersvc is, which makes the profiles.
        pub usersvc_url: String = "USERSVC_URL", default "https://usersvc:50051";
        /// The authority that signed the certificates of other services (PEM).
        pub peer_ca: Option<PathBuf> = "PEER_CA_FILE", optional;
        /// How many passwords are hashed at once; half of the processors when not set.
        pub hashes_at_once: Option<usize> = "PASSWORD_HASHES_AT_ONCE", optional;
        /// How long a signing key signs before the next one does.
        pub key_period: Duration = "SIGNING_KEY_PERIOD", default "30d";
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
