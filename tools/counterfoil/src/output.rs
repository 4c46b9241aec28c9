//! What is shown, as a table or as JSON.

use std::io::{self, Write};

use clap::ValueEnum;
use prost_types::Timestamp;
use serde_json::Value;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::table::Table;

/// How it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// For people.
    Table,
    /// For programs: JSON as the contract has it.
    Json,
}

/// Something to show.
#[derive(Debug)]
pub(crate) struct Shown {
    pub(crate) tables: Vec<Table>,
    pub(crate) json: Value,
}

impl Output {
    pub(crate) fn show(self, shown: &Shown, to: &mut dyn Write) -> io::Result<()> {
        match self {
            Output::Table => {
                for (number, table) in shown.tables.iter().enumerate() {
                    if number > 0 {
                        writeln!(to)?;
                    }
                    write!(to, "{table}")?;
                }
                Ok(())
            }
            Output::Json => writeln!(to, "{:#}", shown.json),
        }
    }
}

/// An amount and its currency; in minor units, as everywhere.
pub(crate) fn money(cents: i64, currency: &str) -> String {
    format!("{cents} {currency}")
}

/// To the second, in UTC.
pub(crate) fn instant(at: Option<Timestamp>) -> String {
    at.and_then(|at| OffsetDateTime::from_unix_timestamp(at.seconds).ok())
        .and_then(|at| at.format(&Rfc3339).ok())
        .unwrap_or_default()
}

/// The name of a value without that of its kind.
pub(crate) fn short<'a>(name: &'a str, kind: &str) -> &'a str {
    name.strip_prefix(kind).unwrap_or(name)
}

/// The value of a kind that somebody named: `needs-attention`, `NEEDS_ATTENTION`.
pub(crate) fn named<T>(kind: &str, text: &str, value: impl Fn(&str) -> Option<T>) -> Result<T, String> {
    let name = text.to_uppercase().replace('-', "_");
    let unspecified = name == "UNSPECIFIED";
    value(&format!("{kind}{name}"))
        .filter(|_| !unspecified)
        .ok_or_else(|| "there is no such state".to_owned())
}
