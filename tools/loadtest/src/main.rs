//! Puts load on a running system, or measures a system of its own. See `--help`.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for people talks on the terminal"
)]

use std::{process::ExitCode, time::Duration};

use anyhow::Context;
use clap::Parser;
use loadtest::{
    admin,
    arguments::{Arguments, Command, Load, Pprof, Profile, double_dashed},
    bench,
    load::{Plan, Until, drive},
    report::Report,
    shop::{Shopper, connect},
    steady,
    usage::Watch,
};
use platform::topology;

const REQUESTS: u64 = 10_000;
const LIMIT: Duration = Duration::from_secs(5);

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse_from(double_dashed(std::env::args_os()));
    let done = match arguments.command {
        None => load(&arguments.load).await,
        Some(Command::Bench(options)) => bench::run(&options).await,
        Some(Command::Steady(options)) => steady::run(&options).await,
        Some(Command::Health(of)) => show(of.admin, "/readyz", |text| vec![text.to_owned()]).await,
        Some(Command::DbMetrics(of)) => {
            show(of.admin, "/metrics", |text| {
                admin::of_databases(text).map(str::to_owned).collect()
            })
            .await
        }
        Some(Command::Pprof(of)) => pprof(&of).await,
        Some(Command::Echo) => bench::echo().await,
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("loadtest: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Answers whether no call failed.
async fn load(load: &Load) -> anyhow::Result<bool> {
    let channels = connect(&load.address, load.ca.as_deref(), load.connections).await?;
    let shoppers = Shopper::several(&channels, load.customers, load.concurrency, load.operation).await?;
    let plan = Plan {
        until: match load.duration {
            Some(duration) => Until::Elapsed(duration),
            None => Until::Calls(load.requests.unwrap_or(REQUESTS)),
        },
        rate: load.rate,
    };
    let servers = topology::PLACES.iter().map(|place| place.name);
    let watch = Watch::of(servers.chain(["all-in-one", "sandbox-psp", "postgres"]));
    let outcome = drive(plan, shoppers).await;
    let used = watch.used();
    print!(
        "{}",
        Report {
            outcome: &outcome,
            used: &used
        }
    );
    Ok(outcome.record.failures().is_empty())
}

/// Prints lines of an answer; whether it was 200.
async fn show(
    address: std::net::SocketAddr,
    path: &str,
    lines: impl FnOnce(&str) -> Vec<String>,
) -> anyhow::Result<bool> {
    let answer = admin::get(address, path, LIMIT).await?;
    for line in lines(&String::from_utf8_lossy(&answer.body)) {
        println!("{}", line.trim_end());
    }
    Ok(answer.code == 200)
}

async fn pprof(of: &Pprof) -> anyhow::Result<bool> {
    let (path, default) = match of.of {
        Profile::Cpu => ("profile", "cpu.pb.gz"),
        Profile::Heap => ("heap", "heap.pb.gz"),
    };
    let path = format!("/debug/pprof/{path}?seconds={}", of.seconds);
    let limit = LIMIT + Duration::from_secs(of.seconds.into());
    let answer = admin::get(of.admin.admin, &path, limit).await?;
    if answer.code != 200 {
        eprint!("{}", String::from_utf8_lossy(&answer.body));
        return Ok(false);
    }
    let file = of.output.clone().unwrap_or_else(|| default.into());
    std::fs::write(&file, answer.body).with_context(|| format!("could not write {}", file.display()))?;
    println!("{}", file.display());
    Ok(true)
}
