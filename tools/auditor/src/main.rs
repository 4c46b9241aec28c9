//! `auditor`: 0 when nothing is wrong, 1 when something is, 2 when it could not look.

use std::{
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
};

use auditor::{Report, Sources};
use clap::{Parser, ValueEnum};

const SOMETHING_IS_WRONG: u8 = 1;
const COULD_NOT_LOOK: u8 = 2;

/// Judges a system at rest: what callers were told, orders, payments, the ledger and the provider.
#[derive(Debug, Parser)]
#[command(name = "auditor")]
struct Arguments {
    /// The database of ordersvc: postgres://role:password@host:port/orders_db.
    #[arg(long)]
    orders_db: String,
    /// The database of paymentsvc.
    #[arg(long)]
    payments_db: String,
    /// The provider: http://sandbox-psp:8090.
    #[arg(long)]
    provider: String,
    /// What callers did and were told, JSON lines; without it only the books are held against each other.
    #[arg(long)]
    client_log: Option<PathBuf>,
    /// How to tell.
    #[arg(long, value_enum, default_value_t = Output::Text)]
    output: Output,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Output {
    Text,
    Json,
}

#[tokio::main]
async fn main() -> ExitCode {
    let Arguments {
        orders_db,
        payments_db,
        provider,
        client_log,
        output,
    } = Arguments::parse();
    let sources = Sources {
        orders_db,
        payments_db,
        provider,
        client_log,
    };
    let told = match auditor::audit(&sources).await {
        Ok(report) => tell(&report, output).map(|()| report.is_clean()),
        Err(error) => Err(error),
    };
    match told {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(SOMETHING_IS_WRONG),
        Err(error) => {
            // Nobody is left to tell when stderr is gone.
            drop(writeln!(io::stderr(), "auditor: {error:#}"));
            ExitCode::from(COULD_NOT_LOOK)
        }
    }
}

fn tell(report: &Report, output: Output) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    match output {
        Output::Text => write!(out, "{report}")?,
        Output::Json => {
            serde_json::to_writer_pretty(&mut out, report)?;
            writeln!(out)?;
        }
    }
    out.flush()?;
    Ok(())
}
