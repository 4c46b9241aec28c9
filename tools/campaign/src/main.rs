//! `campaign`: 0 when nothing is wrong, 1 when something is, 2 when it could not be played.

use std::{
    fs,
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
};

use anyhow::Context;
use campaign::{Outcome, Plan, markdown};
use clap::Parser;

const SOMETHING_IS_WRONG: u8 = 1;
const COULD_NOT_PLAY: u8 = 2;

/// Kills the real processes at every step while customers pay, and lets the auditor judge. `make campaign` builds
/// what it needs and runs it beside a PostgreSQL.
#[derive(Debug, Parser)]
#[command(name = "campaign")]
struct Arguments {
    /// Decides what customers do and what is killed.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Plays what the tests play: a hundred checkouts, killed at every place at once.
    #[arg(long)]
    small: bool,
    /// How many orders are placed at least.
    #[arg(long)]
    checkouts: Option<u64>,
    /// How many customers are there at once.
    #[arg(long)]
    customers: Option<usize>,
    /// How many processes of each service run.
    #[arg(long)]
    replicas: Option<usize>,
    /// Where logs and the report go; what is there is removed.
    #[arg(long, default_value = "target/campaign")]
    output: PathBuf,
}

#[tokio::main]
async fn main() -> ExitCode {
    match play(Arguments::parse()).await {
        Ok(outcome) if outcome.faults().is_empty() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::from(SOMETHING_IS_WRONG),
        Err(error) => {
            // Nobody is left to tell when stderr is gone.
            drop(writeln!(io::stderr(), "campaign: {error:#}"));
            ExitCode::from(COULD_NOT_PLAY)
        }
    }
}

fn plan(arguments: Arguments) -> Plan {
    let standard = match arguments.small {
        true => Plan::small(arguments.seed, arguments.output),
        false => Plan::full(arguments.seed, arguments.output),
    };
    let checkouts = arguments.checkouts.unwrap_or(standard.checkouts);
    Plan {
        checkouts,
        at_most: standard.at_most.max(2 * checkouts),
        customers: arguments.customers.unwrap_or(standard.customers),
        replicas: arguments.replicas.unwrap_or(standard.replicas),
        ..standard
    }
}

async fn play(arguments: Arguments) -> anyhow::Result<Outcome> {
    let plan = plan(arguments);
    let outcome = campaign::run(&plan).await?;
    let told = markdown(&outcome);
    let json = serde_json::to_string_pretty(&outcome)?;
    for (name, text) in [("report.md", &told), ("report.json", &json)] {
        let path = plan.output.join(name);
        fs::write(&path, text).with_context(|| format!("could not write {}", path.display()))?;
    }
    write!(io::stdout(), "{told}")?;
    Ok(outcome)
}
