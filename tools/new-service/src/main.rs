//! `new-service NAME` makes a service in the repository that it was built from, or in `--root DIRECTORY`.

use std::{path::PathBuf, process::ExitCode};

use anyhow::bail;

fn main() -> ExitCode {
    match run(std::env::args().skip(1)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("new-service: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(mut arguments: impl Iterator<Item = String>) -> anyhow::Result<()> {
    let (mut root, mut name) = (contractgen::workspace_root(), String::new());
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--root" => root = PathBuf::from(arguments.next().unwrap_or_default()),
            _ if name.is_empty() => name = argument,
            other => bail!("what is `{other}`? usage: new-service [--root DIRECTORY] NAME"),
        }
    }
    for path in new_service::make(&root, &name)? {
        say(&format!("wrote {}", path.display()));
    }
    say(&format!(
        "{name}svc is ready: cargo test -p {name}svc -p {name}-core; then replace Echo in protos/{name}/v1/{name}.proto, \
         and render its manifests: make manifests"
    ));
    Ok(())
}

#[expect(clippy::print_stderr, reason = "this is a command for people")]
fn say(line: &str) {
    eprintln!("{line}");
}
