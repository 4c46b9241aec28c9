//! What there must be.

use std::{collections::BTreeMap, fmt, str::FromStr};

use serde::Deserialize;

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

/// One service, as far as its Secrets go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// What it is called, and its role in its database.
    pub name: String,
    /// Its database, if it has one.
    pub database: Option<String>,
    /// Its lists of keys: what the keys of its Secret are called.
    pub keys: Vec<String>,
    /// Secrets of other names than the usual ones: given, whatever else is made.
    pub given: BTreeMap<Kind, String>,
}

/// What a Secret of a service holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Its certificate.
    Tls,
    /// Its lists of keys.
    Keys,
    /// The address of its database, for the server.
    Database,
    /// The same for the role that owns the schema.
    Migrator,
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
    /// On this server, `HOST:PORT`, whose administrator makes the roles.
    At(String),
}

/// Why a table or a setting cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// The table is not as expected.
    #[error(
        "the table of services cannot be read: expected `services`, and below it a name with `database` and `keys`"
    )]
    Table(#[source] serde_norway::Error),
    /// The table is empty.
    #[error("the table has no services")]
    Empty,
    /// A name in it.
    #[error("the table of services has `{name}` as {what}: expected {expected}")]
    Name {
        /// The name.
        name: String,
        /// What it names.
        what: &'static str,
        /// What may stand there.
        expected: &'static str,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    services: BTreeMap<String, Option<Row>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Row {
    database: Option<String>,
    #[serde(default)]
    keys: Vec<String>,
    #[serde(default)]
    secrets: BTreeMap<Kind, String>,
}

impl Service {
    /// Reads a table: YAML, `services`, and below it the name of each with `database`, `keys` and `secrets`.
    ///
    /// # Errors
    /// It is not such a table, or a name in it cannot be one.
    pub fn table(text: &str) -> Result<Vec<Self>, Unusable> {
        let table: Table = serde_norway::from_str(text).map_err(Unusable::Table)?;
        if table.services.is_empty() {
            return Err(Unusable::Empty);
        }
        let rows = table.services.into_iter();
        rows.map(|(name, row)| Self::of(name, row.unwrap_or_default()))
            .collect()
    }

    fn of(name: String, row: Row) -> Result<Self, Unusable> {
        let dns = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let expected = "lower-case letters, digits and `-`";
        check(&name, "a service", expected, |name| {
            name.len() <= 42 && name.bytes().all(dns)
        })?;
        if let Some(database) = &row.database {
            let expected = "a letter, and then lower-case letters, digits and `_`";
            check(database, "a database", expected, |name| {
                let word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
                name.len() <= 63 && name.starts_with(|c: char| c.is_ascii_lowercase()) && name.bytes().all(word)
            })?;
        }
        for key in &row.keys {
            check(key, "a list of keys", expected, |name| name.bytes().all(dns))?;
        }
        for secret in row.secrets.values() {
            let expected = "the name of a Secret";
            check(secret, "a Secret", expected, |name| {
                name.bytes().all(|byte| dns(byte) || byte == b'.')
            })?;
        }
        Ok(Self {
            name,
            database: row.database,
            keys: row.keys,
            given: row.secrets,
        })
    }

    /// The name of one of its Secrets.
    pub fn secret(&self, kind: Kind) -> String {
        self.given
            .get(&kind)
            .cloned()
            .unwrap_or_else(|| format!("{}-{kind}", self.name))
    }

    /// The role that owns its schema.
    pub fn migrator(&self) -> String {
        format!("{}_migrator", self.name)
    }

    /// What its certificate is for: the names that it is called by, and the loopback for who looks from inside.
    pub fn names(&self, namespace: &str) -> Vec<String> {
        let mut names = vec![self.name.clone(), "localhost".to_owned()];
        for host in [self.name.clone(), format!("{}-headless", self.name)] {
            names.extend(["", ".svc", ".svc.cluster.local"].map(|rest| format!("{host}.{namespace}{rest}")));
        }
        names
    }

    /// Whether it has such a Secret at all.
    fn has(&self, kind: Kind) -> bool {
        match kind {
            Kind::Tls => true,
            Kind::Keys => !self.keys.is_empty(),
            Kind::Database | Kind::Migrator => self.database.is_some(),
        }
    }
}

fn check(name: &str, what: &'static str, expected: &'static str, is: impl Fn(&str) -> bool) -> Result<(), Unusable> {
    if !name.is_empty() && is(name) {
        return Ok(());
    }
    Err(Unusable::Name {
        name: name.to_owned(),
        what,
        expected,
    })
}

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

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tls => "tls",
            Self::Keys => "keys",
            Self::Database => "database",
            Self::Migrator => "migrator",
        })
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
        let server = |host: &str, port: &str| {
            let named = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.';
            !host.is_empty() && host.bytes().all(named) && port.parse::<u16>().is_ok_and(|port| port > 0)
        };
        match (text, text.rsplit_once(':')) {
            ("given", _) => Ok(Self::Given),
            ("bundled", _) => Ok(Self::Bundled),
            (_, Some((host, port))) if server(host, port) => Ok(Self::At(text.to_owned())),
            _ => Err("expected `given`, `bundled` or HOST:PORT, such as db.example.com:5432"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_read() {
        let services = Service::table(
            "services:\n  calculatorsvc: {}\n  ordersvc: {database: orders_db, keys: [token-keys], secrets: {database: elsewhere}}\n",
        )
        .unwrap();
        assert_eq!(services[0].name, "calculatorsvc");
        assert_eq!(services[1].secret(Kind::Database), "elsewhere");
        assert_eq!(services[1].secret(Kind::Migrator), "ordersvc-migrator");
    }

    #[test]
    fn a_table_that_cannot_be_used_is_refused_with_a_sentence() {
        for (text, sentence) in [
            ("services: {}", "the table has no services"),
            (
                "services: {orders_svc: {}}",
                "the table of services has `orders_svc` as a service: expected lower-case letters, digits and `-`",
            ),
            (
                "services: {ordersvc: {database: 'orders;drop'}}",
                "the table of services has `orders;drop` as a database: expected a letter, and then lower-case letters, digits and `_`",
            ),
            (
                "services: {ordersvc: {keys: [a b]}}",
                "the table of services has `a b` as a list of keys: expected lower-case letters, digits and `-`",
            ),
            (
                "services: {ordersvc: {secret: {}}}",
                "the table of services cannot be read: expected `services`, and below it a name with `database` and `keys`",
            ),
        ] {
            assert_eq!(Service::table(text).unwrap_err().to_string(), sentence);
        }
    }

    #[test]
    fn a_server_of_databases_has_a_port() {
        assert_eq!("given".parse(), Ok(Databases::Given));
        assert_eq!("bundled".parse(), Ok(Databases::Bundled));
        let server = "db.example.com:5432";
        assert_eq!(server.parse(), Ok(Databases::At(server.to_owned())));
        for wrong in ["", "db.example.com", ":5432", "db:0", "db/x:5432", "a@b:5432"] {
            assert!(wrong.parse::<Databases>().is_err(), "{wrong}");
        }
    }
}
