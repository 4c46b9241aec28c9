//! `contractgen` writes what follows from the contracts; `contractgen --check` tells what is stale.

use std::{path::PathBuf, process::ExitCode};

use anyhow::{Context, bail};

const USAGE: &str = "usage: contractgen [--check] [--root DIRECTORY]";

fn main() -> ExitCode {
    match run(std::env::args().skip(1)) {
        Ok(code) => code,
        Err(error) => {
            say(&format!("contractgen: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: impl Iterator<Item = String>) -> anyhow::Result<ExitCode> {
    let (check, root) = parse(arguments)?;
    let generated = contractgen::generate(&root)?;
    if !check {
        for path in generated.write()? {
            say(&format!("contractgen: wrote {}", path.display()));
        }
        return Ok(ExitCode::SUCCESS);
    }
    let stale = generated.stale()?;
    for path in &stale {
        say(&format!("contractgen: {} is stale: run make generate", path.display()));
    }
    Ok(if stale.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn parse(mut arguments: impl Iterator<Item = String>) -> anyhow::Result<(bool, PathBuf)> {
    let mut check = false;
    let mut root = contractgen::workspace_root();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--check" => check = true,
            "--root" => root = arguments.next().context(USAGE)?.into(),
            other => bail!("what is `{other}`? {USAGE}"),
        }
    }
    Ok((check, root))
}

#[expect(clippy::print_stderr, reason = "this is a command for people")]
fn say(line: &str) {
    eprintln!("{line}");
}
