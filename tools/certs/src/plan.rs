//! What follows from what there must be and what there is.

mod certificates;
mod databases;
mod keys;

use std::collections::{BTreeMap, BTreeSet};

use time::{Date, OffsetDateTime};

use crate::{
    installation::Installation,
    secrets::{Change, Secret},
};

/// The Secrets that there are, by name.
pub(crate) type There = BTreeMap<String, Secret>;

/// What to do, and what to say.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// What to change, and what to say of each when it is done.
    pub(crate) changes: Vec<(Change, String)>,
    /// What whoever looks should know.
    pub(crate) remarks: Vec<String>,
    /// What is wrong, and cannot be put right here.
    pub(crate) faults: Vec<Fault>,
    /// The certificate of ours that ends first, and its Secret.
    pub(crate) first_to_end: Option<(Date, String)>,
}

/// Something that is wrong, and cannot be put right here.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Fault {
    /// A Secret that was given lacks something.
    #[error("the Secret `{secret}` has no `{key}`, and certs did not make it: expected {expected}")]
    Missing {
        /// Its name.
        secret: String,
        /// What it lacks.
        key: String,
        /// What should be there.
        expected: String,
    },
    /// What a Secret holds cannot be used.
    #[error("`{key}` of the Secret `{secret}` cannot be used: expected {expected}")]
    Unusable {
        /// Its name.
        secret: String,
        /// What it holds.
        key: &'static str,
        /// What should be there.
        expected: String,
    },
    /// An address of ours leads to another server than the databases are on.
    #[error(
        "`{key}` of the Secret `{secret}` leads to {is}, and the databases are to be {expected} (DATABASES, in the chart \
         secrets.databaseServer and postgres.enabled): bring its data there and change the address, or take the label \
         app.kubernetes.io/managed-by from the Secret to keep it"
    )]
    Elsewhere {
        /// Its name.
        secret: String,
        /// The address.
        key: &'static str,
        /// Where it leads.
        is: String,
        /// Where the databases are to be.
        expected: String,
    },
    /// The authority cannot sign.
    #[error("the authority in the Secret `{secret}` cannot be used: {why}")]
    Authority {
        /// Its name.
        secret: &'static str,
        /// Why.
        why: String,
    },
}

/// Which certificates are renewed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Renew {
    /// Those within a third of their life of their end.
    Due,
    /// Every one of ours.
    All,
}

/// One run of the program, which may compare more than once.
#[derive(Debug)]
pub(crate) struct Run {
    /// When it is.
    pub(crate) now: OffsetDateTime,
    /// What it was asked for.
    pub(crate) renew: Renew,
    /// The Secrets that it has made or changed.
    pub(crate) kept: BTreeSet<String>,
}

/// Compares.
pub(crate) fn plan(installation: &Installation, there: &There, run: &Run) -> anyhow::Result<Plan> {
    let mut draft = Draft {
        there,
        changes: BTreeMap::new(),
        plan: Plan::default(),
    };
    certificates::plan(&mut draft, installation, run)?;
    keys::plan(&mut draft, installation)?;
    databases::plan(&mut draft, installation)?;
    Ok(draft.done())
}

/// The Secrets as they are, and as they will be.
struct Draft<'a> {
    there: &'a There,
    changes: BTreeMap<String, (Change, Vec<String>)>,
    plan: Plan,
}

impl Draft<'_> {
    /// What a Secret will hold under a key.
    fn value(&self, secret: &str, key: &str) -> Option<&[u8]> {
        let changed = self.changes.get(secret).and_then(|(change, _)| change.data.get(key));
        let there = || self.there.get(secret).and_then(|secret| secret.data.get(key));
        changed.or_else(there).map(Vec::as_slice)
    }

    /// The same as text; none when it is no text.
    fn text(&self, secret: &str, key: &str) -> Option<&str> {
        std::str::from_utf8(self.value(secret, key)?).ok()
    }

    /// Whether there is such a Secret already.
    fn exists(&self, secret: &str) -> bool {
        self.there.contains_key(secret)
    }

    /// Whether it is there, and was made here.
    fn ours(&self, secret: &str) -> bool {
        self.there.get(secret).is_some_and(|secret| secret.ours)
    }

    /// Whether it may be changed here, or made.
    fn may_change(&self, secret: &str) -> bool {
        self.there.get(secret).is_none_or(|secret| secret.ours)
    }

    /// Sets a key; `said` when it is done.
    fn set(&mut self, secret: &str, key: &str, value: impl Into<Vec<u8>>, said: impl Into<String>) {
        let there = self.there.get(secret);
        let (change, words) = self.changes.entry(secret.to_owned()).or_insert_with(|| {
            let change = Change {
                name: secret.to_owned(),
                tls: key.starts_with("tls."),
                version: there.map(|secret| secret.version.clone()),
                data: BTreeMap::new(),
            };
            (change, Vec::new())
        });
        change.data.insert(key.to_owned(), value.into());
        let said = said.into();
        if !words.contains(&said) {
            words.push(said);
        }
    }

    /// Looks at a Secret that somebody else makes: it may come later, but what it lacks it lacks.
    fn look_at(&mut self, secret: &str, service: &str, keys: &[(&str, String)]) {
        if !self.exists(secret) {
            let expected: Vec<String> = keys.iter().map(|(key, what)| format!("`{key}`, {what}")).collect();
            self.plan.remarks.push(format!(
                "{service} waits for the Secret `{secret}`, which is not there: expected {}",
                expected.join("; ")
            ));
            return;
        }
        for (key, expected) in keys {
            if self.value(secret, key).is_none_or(<[u8]>::is_empty) {
                self.plan.faults.push(Fault::Missing {
                    secret: secret.to_owned(),
                    key: (*key).to_owned(),
                    expected: expected.clone(),
                });
            }
        }
    }

    fn done(self) -> Plan {
        let mut plan = self.plan;
        for (name, (change, words)) in self.changes {
            let verb = if change.version.is_some() { "changed" } else { "made" };
            let said = format!("{verb} the Secret `{name}`: {}", words.join(", "));
            plan.changes.push((change, said));
        }
        plan
    }
}
