//! What every manifest must be.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod certs;
mod components;
mod discovery;
mod identity;
mod parity;
mod services;
mod topology;
mod workloads;

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use manifests::Rendered;

/// What is applied as it is; the renderings of components alone are compared with the base instead.
const WHOLE: [&str; 5] = ["base", "dev", "staging", "helm-bundled", "helm-staging"];

/// A rendering, read once.
fn golden(name: &'static str) -> &'static Rendered {
    static READ: Mutex<BTreeMap<&str, &Rendered>> = Mutex::new(BTreeMap::new());
    let mut read = READ.lock().unwrap_or_else(PoisonError::into_inner);
    read.entry(name)
        .or_insert_with(|| Box::leak(Box::new(Rendered::golden(name).unwrap())))
}

/// Fails with every offender at once.
fn assert_none(rule: &str, offenders: &[String]) {
    assert!(offenders.is_empty(), "{rule}:\n  {}", offenders.join("\n  "));
}
