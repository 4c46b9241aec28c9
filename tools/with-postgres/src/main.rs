//! Runs a command beside a PostgreSQL of its own: `with-postgres -- cargo test`.
//!
//! The server listens on a free port of the loopback, lives in a temporary directory and ends with the
//! command. The command finds it in `TEST_DATABASE_URL`, and in `TEST_POSTGRES_BIN` the programs to make
//! more servers with, in `TEST_POSTGRES_LOG` its log. Signals are forwarded, the exit code is passed
//! on. With `--durable` before the `--`, what is committed survives the machine losing power, as it does in an
//! installation; that makes it slower. `POSTGRES_BIN` names the bin directory of a PostgreSQL to take; `COUNTERFOIL_HOME` where the
//! fetched one is kept.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context;
use embedded_postgres::{EmbeddedPostgres, Installation, Lifetime, Settings, default_home};
use tokio::{
    process::{Child, Command},
    signal::unix::{SignalKind, signal},
};

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            say(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

async fn run() -> anyhow::Result<u8> {
    let mut arguments = std::env::args_os().skip(1).peekable();
    let durable = arguments.next_if(|argument| argument == "--durable").is_some();
    let mut arguments = arguments.skip_while(|argument| argument == "--");
    let program = arguments
        .next()
        .context("usage: with-postgres [--durable] -- COMMAND [ARGUMENT…]")?;

    let bin = path_from("POSTGRES_BIN");
    let home = path_from("COUNTERFOIL_HOME").unwrap_or_else(default_home);
    let installation = Installation::find(bin.as_deref(), &home.join("postgres"), say).await?;
    let programs = installation.bin().to_owned();
    let directory = tempfile::Builder::new()
        .prefix("with-postgres-")
        .tempdir()
        .context("could not make a temporary directory")?;
    let server = EmbeddedPostgres::start(
        installation,
        &Settings {
            lifetime: if durable { Lifetime::Kept } else { Lifetime::Throwaway },
            max_connections: 500,
            ..Settings::new(directory.path())
        },
    )
    .await?;

    let spawned = Command::new(&program)
        .args(arguments)
        .env("TEST_DATABASE_URL", server.superuser_url("postgres"))
        .env("TEST_POSTGRES_BIN", programs)
        .env("TEST_POSTGRES_LOG", server.log())
        .spawn()
        .with_context(|| format!("could not run {}", Path::new(&program).display()));
    let code = match spawned {
        Ok(child) => wait(child).await,
        Err(error) => Err(error),
    };
    server.stop().await?;
    code
}

/// Waits for the end of the command; what asks us to end, asks it.
async fn wait(mut child: Child) -> anyhow::Result<u8> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hangup = signal(SignalKind::hangup())?;
    loop {
        let name = tokio::select! {
            status = child.wait() => {
                use std::os::unix::process::ExitStatusExt;
                let status = status?;
                let code = status.code().or_else(|| status.signal().map(|number| 128 + number)).unwrap_or(1);
                return Ok(u8::try_from(code).unwrap_or(1));
            }
            _ = interrupt.recv() => "INT",
            _ = terminate.recv() => "TERM",
            _ = hangup.recv() => "HUP",
        };
        if let Some(pid) = child.id() {
            // The shell's builtin: the standard library sends no signals but KILL.
            let kill = format!("kill -s {name} {pid}");
            Command::new("sh").args(["-c", &kill]).status().await?;
        }
    }
}

fn path_from(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable)
        .filter(|value| !value.is_empty())
        .map(PathBuf::from)
}

fn say(text: &str) {
    // Nobody is left to tell when stderr is gone.
    drop(writeln!(std::io::stderr(), "with-postgres: {text}"));
}
