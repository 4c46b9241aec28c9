//! What can be asked for on the command line.

use std::{ffi::OsString, net::SocketAddr, path::PathBuf, time::Duration};

use clap::{Args, Parser, Subcommand, ValueEnum};
use platform::{config::Value, topology};

use crate::shop::Operation;

/// Puts load on a running system, and tells how fast it answers and what that costs.
#[derive(Debug, Parser)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Arguments {
    /// Something else than load.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// The load.
    #[command(flatten)]
    pub load: Load,
}

/// What load to put on which system.
#[derive(Debug, Args)]
pub struct Load {
    /// What to do.
    #[arg(long, value_enum, default_value_t = Operation::Mixed)]
    pub operation: Operation,
    /// How many calls in all; 10000 when no duration is given.
    #[arg(long)]
    pub requests: Option<u64>,
    /// For how long: 30s, 5m.
    #[arg(long, value_parser = duration, conflicts_with = "requests")]
    pub duration: Option<Duration>,
    /// How many calls at once, at most.
    #[arg(long, default_value_t = 32)]
    pub concurrency: usize,
    /// Calls a second; without it, each caller calls again as soon as it was answered.
    #[arg(long)]
    pub rate: Option<f64>,
    /// Over how many connections.
    #[arg(long, default_value_t = 4)]
    pub connections: usize,
    /// As how many customers; they register first.
    #[arg(long, default_value_t = 4)]
    pub customers: usize,
    /// Where everything is served: http://… or https://….
    #[arg(long, default_value_t = everything())]
    pub address: String,
    /// The certificate authority to trust, a PEM file; needed for https with a development CA.
    #[arg(long)]
    pub ca: Option<PathBuf>,
}

/// What else there is to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Measure services of its own against their peers; needs TEST_DATABASE_URL and TEST_POSTGRES_LOG, as
    /// `with-postgres --` gives them
    Bench(Bench),
    /// Call every service of an installation until told to stop, and tell every second what came of it
    Steady(Steady),
    /// Show whether a running system is ready, and what keeps it from it
    Health(Admin),
    /// Show what a running system tells of its databases
    DbMetrics(Admin),
    /// Take a profile of a running system, for `go tool pprof` and others that read its format
    Pprof(Pprof),
    /// Answer with what was asked: the bare server that `bench` compares with
    #[command(hide = true)]
    Echo,
}

/// What to measure and what to do with the figures.
#[derive(Debug, Args)]
pub struct Bench {
    /// How long each side of a comparison is measured, in all.
    #[arg(long, value_parser = duration, default_value = "15s")]
    pub duration: Duration,
    /// Only figures whose name has this in it.
    #[arg(long)]
    pub only: Option<String>,
    /// Write the figures to this file.
    #[arg(long)]
    pub save: Option<PathBuf>,
    /// Show them beside those of this file.
    #[arg(long)]
    pub compare: Option<PathBuf>,
}

/// What steady load to put on which installation.
#[derive(Debug, Args)]
pub struct Steady {
    /// Where each service is, with {service} and {port} in it.
    #[arg(long, default_value = "https://{service}:{port}")]
    pub address: String,
    /// The certificate authority to trust, a PEM file; needed for https with an authority of one's own.
    #[arg(long)]
    pub ca: Option<PathBuf>,
    /// As how many customers; each makes one call at a time.
    #[arg(long, default_value_t = 8)]
    pub customers: u32,
    /// Calls a second.
    #[arg(long, default_value_t = 20.0)]
    pub rate: f64,
    /// For how long: 30s, 5m; until SIGTERM when not given.
    #[arg(long, value_parser = duration)]
    pub duration: Option<Duration>,
    /// Tell every attempt to place and to pay for an order as well, for the auditor.
    #[arg(long)]
    pub attempts: bool,
}

/// Which running system.
#[derive(Debug, Args)]
pub struct Admin {
    /// Its admin port.
    #[arg(long, default_value_t = admin())]
    pub admin: SocketAddr,
}

/// What profile of which running system.
#[derive(Debug, Args)]
pub struct Pprof {
    /// Of what.
    #[arg(value_enum)]
    pub of: Profile,
    /// For how long.
    #[arg(long, default_value_t = 10)]
    pub seconds: u32,
    /// The file to write; `cpu.pb.gz` or `heap.pb.gz` when not given.
    #[arg(long)]
    pub output: Option<PathBuf>,
    /// Which running system.
    #[command(flatten)]
    pub admin: Admin,
}

/// What a profile shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Profile {
    /// Where the time of the processors goes.
    Cpu,
    /// Who holds memory.
    Heap,
}

/// The arguments of the process, where `-requests 5` is as good as `--requests 5`.
pub fn double_dashed(arguments: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    arguments
        .into_iter()
        .map(|argument| match argument.to_str() {
            Some(text) if is_long(text) => OsString::from(format!("-{text}")),
            _ => argument,
        })
        .collect()
}

fn is_long(text: &str) -> bool {
    let Some(name) = text.strip_prefix('-') else {
        return false;
    };
    name.len() > 1 && name.starts_with(|first: char| first.is_ascii_alphabetic())
}

fn duration(text: &str) -> Result<Duration, String> {
    Duration::parse(text).ok_or_else(|| format!("expected {}", Duration::EXPECTED))
}

fn everything() -> String {
    format!("http://127.0.0.1:{}", topology::EVERYTHING_PORT)
}

fn admin() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], topology::ADMIN_PORT))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Arguments, clap::Error> {
        Arguments::try_parse_from(double_dashed(line.split(' ').map(OsString::from)))
    }

    #[test]
    fn one_dash_is_as_good_as_two() {
        for line in [
            "loadtest -operation create -requests 500 -concurrency 8",
            "loadtest --operation=create --requests=500 -concurrency=8",
        ] {
            let load = parsed(line).unwrap().load;
            assert_eq!(load.operation, Operation::Create);
            assert_eq!((load.requests, load.concurrency), (Some(500), 8));
        }
        let load = parsed("loadtest -duration 2m -rate 100").unwrap().load;
        assert_eq!(
            (load.duration, load.rate),
            (Some(Duration::from_secs(120)), Some(100.0))
        );
    }

    #[test]
    fn a_load_ends_after_calls_or_after_a_time_and_not_after_both() {
        assert!(parsed("loadtest -requests 5 -duration 1s").is_err());
        assert!(parsed("loadtest -duration soon").is_err());
    }
}
