//! What ordersvc reads from its environment beside what every service does.

use std::time::Duration;

use identity::{IdentitySettings, ServiceCredential};
use platform::{postgres::DatabaseSettings, tokens::KeyRing};

platform::settings! {
    /// The settings of ordersvc.
    pub struct Config {
        /// Its database.
        pub database: DatabaseSettings;
        /// Keys of page and resume tokens and of fingerprints of requests, one base64 line each; the first signs, all verify.
        pub token_keys: KeyRing = "TOKEN_KEYS", required;
        /// Whom it believes.
        pub identity: IdentitySettings;
        /// Who it is.
        pub credential: ServiceCredential;
        /// Where usersvc is, which knows the users that staff and services order for.
        pub usersvc_url: String = "USERSVC_URL", default "https://usersvc:50051";
        /// Where paymentsvc is, which takes the money.
        pub paymentsvc_url: String = "PAYMENTSVC_URL", default "https://paymentsvc:50052";
        /// How long after a failed attempt to pay an order is cancelled.
        pub failed_expires_after: Duration = "FAILED_CHECKOUTS_EXPIRE_AFTER", default "30m";
        /// How long an order that nobody tries to pay is kept; for ever when not set.
        pub unpaid_expires_after: Option<Duration> = "UNPAID_ORDERS_EXPIRE_AFTER", optional;
    }
}

#[cfg(test)]
mod tests {
    use platform::{config::Settings, topology};

    use super::*;

    #[test]
    fn other_services_are_where_the_topology_has_them() {
        let variables = Config::variables();
        for (name, service) in [("USERSVC_URL", "usersvc"), ("PAYMENTSVC_URL", "paymentsvc")] {
            let declared = variables.iter().find(|variable| variable.name == name);
            let default = declared.and_then(|variable| variable.default.as_deref().map(str::to_owned));
            assert_eq!(default, topology::find(service).map(|place| place.url()), "{name}");
        }
    }
}
