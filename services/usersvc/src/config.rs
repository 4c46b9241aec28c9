//! The only file that knows the names of the variables.

use identity::{IdentitySettings, ServiceCredential};
use platform::{postgres::DatabaseSettings, tokens::KeyRing};

platform::settings! {
    /// What usersvc reads from its environment beside what every service does.
    pub struct Config {
        /// Where profiles are kept.
        pub database: DatabaseSettings;
        /// Whom it believes.
        pub identity: IdentitySettings;
        /// How it proves itself to authsvc.
        pub credential: ServiceCredential;
        /// The keys that tell requests under one idempotency key apart.
        pub token_keys: KeyRing = "TOKEN_KEYS", required;
    }
}
