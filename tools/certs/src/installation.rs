//! What there must be.

use std::str::FromStr;

pub use self::service::{Kind, Service, Unusable};

mod service;

/// The Secret of the authority that signs the certificates of services.
pub const AUTHORITY: &str = "counterfoil-authority";
/// The Secret with the superuser's password of the bundled database server.
pub const POSTGRES: &str = "postgres";
/// The Secret with the databases and roles of the bundled server, a key for each database.
pub const POSTGRES_DATABASES: &str = "postgres-databases";

/// The services of a namespace, and who makes their Secrets.
#[derive(Debug, Clone)]
pub struct Installation {
    /// Where it is installed: part of the names in certificates.
    pub namespace: String,
    /// Every service, by name.
    pub services: Vec<Service>,
    /// Where certificates come from.
    pub certificates: Certificates,
    /// Where keys, passwords and addresses of databases come from.
    pub secrets: Secrets,
    /// Where the databases are.
    pub databases: Databases,
}

/// Where certificates come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certificates {
    /// Made and renewed here.
    Made,
    /// Somebody else makes them.
    Given,
    /// Nobody needs any: the installation is plaintext.
    Unused,
}

/// Where other secrets come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Secrets {
    /// Made here, once.
    Made,
    /// Somebody else makes them.
    Given,
}

/// Where databases are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Databases {
    /// Somebody else writes their addresses into Secrets.
    Given,
    /// On the server `postgres` of this namespace, which makes roles by `postgres-databases`.
    Bundled,
    /// On this server, whose administrator makes the roles.
    At(Server),
}

/// A server of databases that others run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// `HOST:PORT`.
    pub address: String,
    /// Whether connections to it are encrypted and its certificate is looked at, as PostgreSQL calls it; the client's default when
    /// it is not said.
    pub sslmode: Option<String>,
}

const SSLMODES: [&str; 6] = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"];

impl Installation {
    /// Whether this Secret of a service is made here, when it is missing.
    pub fn makes(&self, service: &Service, kind: Kind) -> bool {
        let made = match kind {
            Kind::Tls => self.certificates == Certificates::Made,
            Kind::Keys => self.secrets == Secrets::Made,
            Kind::Database | Kind::Migrator => self.secrets == Secrets::Made && self.databases != Databases::Given,
        };
        made && !service.given.contains_key(&kind)
    }

    /// The services that have such a Secret.
    pub fn with(&self, kind: Kind) -> impl Iterator<Item = &Service> {
        let unused = kind == Kind::Tls && self.certificates == Certificates::Unused;
        self.services.iter().filter(move |service| !unused && service.has(kind))
    }

    /// The names of all Secrets that have to do with it.
    pub fn secrets(&self) -> Vec<String> {
        let mut names: Vec<String> = [Kind::Tls, Kind::Keys, Kind::Database, Kind::Migrator]
            .into_iter()
            .flat_map(|kind| self.with(kind).map(move |service| service.secret(kind)))
            .collect();
        names.extend([AUTHORITY, POSTGRES, POSTGRES_DATABASES].map(str::to_owned));
        names.sort();
        names.dedup();
        names
    }
}

impl FromStr for Certificates {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "made" => Ok(Self::Made),
            "given" => Ok(Self::Given),
            "unused" => Ok(Self::Unused),
            _ => Err("expected `made`, `given` or `unused`"),
        }
    }
}

impl FromStr for Secrets {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "made" => Ok(Self::Made),
            "given" => Ok(Self::Given),
            _ => Err("expected `made` or `given`"),
        }
    }
}

impl FromStr for Databases {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (address, options) = text
            .split_once('?')
            .map_or((text, None), |(address, options)| (address, Some(options)));
        let sslmode = options.map(|options| options.strip_prefix("sslmode=").unwrap_or_default());
        let server = |host: &str, port: &str| {
            let named = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.';
            !host.is_empty()
                && host.bytes().all(named)
                && port.parse::<u16>().is_ok_and(|port| port > 0)
                && sslmode.is_none_or(|mode| SSLMODES.contains(&mode))
        };
        match (text, address.rsplit_once(':')) {
            ("given", _) => Ok(Self::Given),
            ("bundled", _) => Ok(Self::Bundled),
            (_, Some((host, port))) if server(host, port) => Ok(Self::At(Server {
                address: address.to_owned(),
                sslmode: sslmode.map(str::to_owned),
            })),
            _ => Err(
                "expected `given`, `bundled` or HOST:PORT, such as db.example.com:5432 or \
                 db.example.com:5432?sslmode=verify-full",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_of_databases_has_a_port() {
        assert_eq!("given".parse(), Ok(Databases::Given));
        assert_eq!("bundled".parse(), Ok(Databases::Bundled));
        let at = |sslmode: Option<&str>| {
            Ok(Databases::At(Server {
                address: "db.example.com:5432".to_owned(),
                sslmode: sslmode.map(str::to_owned),
            }))
        };
        assert_eq!("db.example.com:5432".parse(), at(None));
        assert_eq!("db.example.com:5432?sslmode=require".parse(), at(Some("require")));
        let wrong_options = [
            "db:5432?",
            "db:5432?sslmode=",
            "db:5432?sslmode=on",
            "db:5432?user=me",
            "given?sslmode=require",
        ];
        let wrong = ["", "db.example.com", ":5432", "db:0", "db/x:5432", "a@b:5432"];
        for wrong in wrong.into_iter().chain(wrong_options) {
            assert!(wrong.parse::<Databases>().is_err(), "{wrong}");
        }
    }
}
