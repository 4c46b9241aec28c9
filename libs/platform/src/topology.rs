//! Which service listens where. The one place: servers, clients, all-in-one and checks ask here.

/// One service of the installation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Directory, package, binary, image, Deployment and Service: `ordersvc`.
    pub name: &'static str,
    /// What it is about; its contracts are `<domain>.v1`.
    pub domain: &'static str,
    /// Where its gRPC server listens.
    pub port: u16,
    /// Its database, if it keeps anything.
    pub database: Option<&'static str>,
}

impl Place {
    /// Where it is found from another pod of the installation: `https://ordersvc:50054`.
    pub fn url(&self) -> String {
        format!("https://{}:{}", self.name, self.port)
    }
}

/// User profiles.
pub const USERSVC: Place = Place {
    name: "usersvc",
    domain: "user",
    port: 50051,
    database: Some("users_db"),
};

/// Payments, their provider and their ledger.
pub const PAYMENTSVC: Place = Place {
    name: "paymentsvc",
    domain: "payment",
    port: 50052,
    database: Some("payments_db"),
};

/// Credentials, sessions, tokens, keys.
pub const AUTHSVC: Place = Place {
    name: "authsvc",
    domain: "auth",
    port: 50053,
    database: Some("auth_db"),
};

/// Orders and their events.
pub const ORDERSVC: Place = Place {
    name: "ordersvc",
    domain: "order",
    port: 50054,
    database: Some("orders_db"),
};

/// The smallest service.
pub const CALCULATORSVC: Place = Place {
    name: "calculatorsvc",
    domain: "calculator",
    port: 50057,
    database: None,
};

/// Every service, by port.
pub const PLACES: &[Place] = &[USERSVC, PAYMENTSVC, AUTHSVC, ORDERSVC, CALCULATORSVC];

/// Native gRPC of everything: the gateway and all-in-one.
pub const EVERYTHING_PORT: u16 = 9090;
/// Plaintext health, for probes.
pub const HEALTH_PORT: u16 = 8081;
/// Metrics, health and profiles over HTTP.
pub const ADMIN_PORT: u16 = 9464;
/// The sandbox payment provider over HTTP, where there is one.
pub const SANDBOX_PSP_PORT: u16 = 8090;

/// Where a service is, by name.
pub fn find(name: &str) -> Option<&'static Place> {
    PLACES.iter().find(|place| place.name == name)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_services_share_a_name_a_port_or_a_database() {
        let mut taken = BTreeSet::from([EVERYTHING_PORT, HEALTH_PORT, ADMIN_PORT, SANDBOX_PSP_PORT]);
        let mut names = BTreeSet::new();
        for place in PLACES {
            assert!(taken.insert(place.port), "{place:?}");
            assert!(names.insert(place.name), "{place:?}");
            assert!(place.database.is_none_or(|name| names.insert(name)), "{place:?}");
        }
    }
}
