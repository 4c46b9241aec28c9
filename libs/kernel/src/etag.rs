use std::fmt;

use crate::{Classify, ErrorKind};

/// The version of a resource as callers see it: opaque text, compared for equality only.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Etag(String);

/// The resource has changed since the caller read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the resource has changed since it was read: read it again and decide again")]
pub struct EtagMismatch;

impl Classify for EtagMismatch {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Conflict
    }
    fn reason(&self) -> &str {
        "ETAG_MISMATCH"
    }
}

impl Etag {
    /// The etag of a version of an aggregate.
    pub fn of_version(version: i64) -> Self {
        Self(format!("v{version}"))
    }

    /// What a caller sent; empty text means that the caller does not care.
    pub fn sent(text: &str) -> Option<Self> {
        (!text.is_empty()).then(|| Self(text.to_owned()))
    }

    /// Passes when the caller sent none or the current one.
    ///
    /// # Errors
    /// The caller sent another one.
    pub fn check(sent: Option<&Etag>, version: i64) -> Result<(), EtagMismatch> {
        match sent {
            Some(etag) if *etag != Etag::of_version(version) => Err(EtagMismatch),
            _ => Ok(()),
        }
    }

    /// As it travels.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Etag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
