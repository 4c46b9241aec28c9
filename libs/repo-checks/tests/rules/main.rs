//! Every rule a reader of this repository may rely on.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod arrows;
mod facts;
mod names;
mod services;

/// Fails with every offender at once.
fn assert_none(rule: &str, offenders: &[String]) {
    assert!(offenders.is_empty(), "{rule}:\n  {}", offenders.join("\n  "));
}

fn tree() -> repo_checks::Tree {
    repo_checks::Tree::open().unwrap()
}
