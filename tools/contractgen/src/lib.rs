//! Everything that follows from `protos/`: messages, clients, servers, validators and method tables in
//! `libs/api`, and the reference pages in `docs/reference`.
//!
//! The contracts are read once (`contracts.rs`); each kind of output is a function of them. What the
//! generator does not support it refuses, naming the field, rather than leaving a rule unchecked.

mod contracts;
mod messages;
mod methods;
mod names;
mod output;
mod packages;
mod redaction;
mod reference;
mod rules;
mod validators;

use std::path::{Path, PathBuf};

use contracts::Contracts;
pub use output::Generated;

/// The repository this generator was built in.
pub fn workspace_root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .unwrap_or(Path::new("."))
        .to_owned()
}

/// Generates everything from the contracts below `root`, in memory.
///
/// # Errors
/// A contract does not compile, breaks a rule of the house, or uses something the generator does not know.
pub fn generate(root: &Path) -> anyhow::Result<Generated> {
    let contracts = Contracts::compile(&root.join("protos"))?;
    methods::check_routes(&contracts)?;
    let mut generated = Generated::new(root);
    for (package, source) in messages::generate(&contracts)? {
        generated.add(format!("libs/api/src/gen/{package}.rs"), source);
    }
    generated.add("libs/api/src/gen/packages.rs", packages::generate(&contracts)?);
    generated.add("libs/api/src/gen/descriptors.binpb", contracts.encoded());
    for package in contracts.packages() {
        let page = reference::package_page(&contracts, &package)?;
        generated.add(format!("docs/reference/{package}.md"), page);
    }
    generated.add("docs/reference/access.md", reference::access_page(&contracts)?);
    Ok(generated)
}
