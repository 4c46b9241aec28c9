use std::{collections::BTreeMap, fmt};

use serde::Deserialize;

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
    pub(super) fn has(&self, kind: Kind) -> bool {
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
}
