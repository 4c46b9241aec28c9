//! grpcurl, as a person calls it.

use std::path::Path;

use anyhow::Context;
use platform::topology::Place;
use serde_json::Value;

use crate::program::Program;

/// Plaintext, or the authority to trust.
#[derive(Debug, Clone, Copy)]
pub(super) enum Trust<'a> {
    Plaintext,
    Authority(&'a Path),
}

/// What a service at a port of this machine serves.
pub(super) fn list(place: &Place, trust: Trust<'_>) -> anyhow::Result<Vec<String>> {
    let said = program(trust).args([address(place), "list".to_owned()]).run()?;
    Ok(said.lines().map(str::to_owned).collect())
}

/// Calls a method there; what it answers.
pub(super) fn call(place: &Place, trust: Trust<'_>, method: &str, message: &Value) -> anyhow::Result<Value> {
    let said = asking(place, trust, method, message).run()?;
    serde_json::from_str(&said).with_context(|| format!("{method} was not answered with JSON"))
}

/// Calls a method that refuses; what it says.
pub(super) fn refused(place: &Place, trust: Trust<'_>, method: &str, message: &Value) -> anyhow::Result<String> {
    asking(place, trust, method, message).refused()
}

fn asking(place: &Place, trust: Trust<'_>, method: &str, message: &Value) -> Program {
    program(trust).args(["-d", &message.to_string(), &address(place), method])
}

fn address(place: &Place) -> String {
    format!("localhost:{}", place.port)
}

fn program(trust: Trust<'_>) -> Program {
    let program = Program::new("grpcurl").args(["-connect-timeout", "10", "-max-time", "20"]);
    match trust {
        Trust::Plaintext => program.args(["-plaintext"]),
        Trust::Authority(file) => program.args(["-cacert".as_ref(), file.as_os_str()]),
    }
}
