//! The only file that knows the names of the variables.

use identity::{IdentitySettings, ServiceCredential};
use platform::{postgres::DatabaseSettings, tokens::KeyRing};

platform::settings! {
    /// What paymentsvc reads from its environment beside what every service does.
    pub struct Config {
        /// Its database.
        pub database: DatabaseSettings;
        /// Keys of page tokens and of fingerprints of requests, one base64 line each; the first signs, all verify.
        pub token_keys: KeyRing = "TOKEN_KEYS", required;
        /// Keys of fingerprints of cards, one base64 line each; the first signs.
        pub card_fingerprint_keys: KeyRing = "CARD_FINGERPRINT_KEYS", required;
        /// Whom it believes.
        pub identity: IdentitySettings;
        /// Who it is.
        pub credential: ServiceCredential;
        /// Where the provider is.
        pub sandbox_psp_url: String = "SANDBOX_PSP_URL", default "http://sandbox-psp:8090";
        /// Where ordersvc is, which is told of refunds.
        pub ordersvc_url: String = "ORDERSVC_URL", default "https://ordersvc:50054";
    }
}

#[cfg(test)]
mod tests {
    use platform::{config::Settings, topology};

    use super::*;

    #[test]
    fn ordersvc_is_where_the_topology_has_it() {
        let variables = Config::variables();
        let declared = variables.iter().find(|variable| variable.name == "ORDERSVC_URL");
        let default = declared.and_then(|variable| variable.default.as_deref().map(str::to_owned));
        assert_eq!(default, topology::find("ordersvc").map(|place| place.url()));
    }
}
