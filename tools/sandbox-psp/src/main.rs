//! The process `sandbox-psp`.

use std::{
    io::{self, Read, Write},
    net::SocketAddr,
    path::PathBuf,
    process::ExitCode,
    thread,
};

use anyhow::Context;
use clap::Parser;
use kernel::Chain;
use sandbox_psp::{Options, Sandbox};
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::oneshot,
};
use tracing_subscriber::EnvFilter;

/// A payment provider to develop and test against.
#[derive(Debug, Parser)]
#[command(name = "sandbox-psp")]
struct CommandLine {
    /// The directory that everything is kept in.
    #[arg(long)]
    data: PathBuf,
    /// Where to listen; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:8090")]
    listen: SocketAddr,
    /// Ends when the standard input does, so that it never outlives the process that started it.
    #[arg(long)]
    exit_with_parent: bool,
    /// Which log lines are written, as tracing filters: info,sandbox_psp=debug.
    #[arg(long, default_value = "info")]
    log: EnvFilter,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(CommandLine::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody is left to tell when stderr is gone.
            drop(writeln!(io::stderr(), "sandbox-psp: {}", Chain(error.as_ref())));
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: CommandLine) -> anyhow::Result<()> {
    tracing_subscriber::fmt()
        .with_env_filter(arguments.log)
        .with_writer(io::stderr)
        .with_target(false)
        .init();
    let mut interrupt = signal(SignalKind::interrupt()).context("could not listen for signals")?;
    let mut terminate = signal(SignalKind::terminate()).context("could not listen for signals")?;
    let parent = arguments.exit_with_parent.then(parent).transpose()?;
    let sandbox = Sandbox::start(Options {
        listen: arguments.listen,
        ..Options::new(arguments.data)
    })
    .await?;
    // Who reads it learns which free port it is; without a reader it serves all the same.
    let serving = format!("{{\"message\":\"serving\",\"address\":\"{}\"}}", sandbox.address());
    drop(writeln!(io::stdout(), "{serving}"));
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        () = ended(parent) => {}
    }
    sandbox.stop().await;
    Ok(())
}

/// Hears of the end of the standard input. A thread of its own reads it, because a runtime waits for its own.
fn parent() -> anyhow::Result<oneshot::Receiver<()>> {
    let (tell, ended) = oneshot::channel();
    thread::Builder::new()
        .name("parent".to_owned())
        .spawn(move || {
            let mut byte = [0];
            while matches!(io::stdin().read(&mut byte), Ok(1)) {}
            // Nobody listens when it ends anyway.
            let _ = tell.send(());
        })
        .context("could not watch the standard input")?;
    Ok(ended)
}

/// Waits for the end of the parent; for ever without one.
async fn ended(parent: Option<oneshot::Receiver<()>>) {
    match parent {
        Some(parent) => drop(parent.await),
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use platform::topology;

    use super::*;

    #[test]
    fn it_listens_where_the_topology_has_it() {
        let arguments = CommandLine::parse_from(["sandbox-psp", "--data", "somewhere"]);
        assert_eq!(arguments.listen.port(), topology::SANDBOX_PSP_PORT);
    }
}
