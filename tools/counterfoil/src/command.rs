use std::{
    io::{self, Write},
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use clap::{Args, Parser, Subcommand};
use kernel::SystemClock;
use tonic::Status;

use crate::{
    apis::Apis,
    connection::Connection,
    events::Events,
    orders::Orders,
    output::Output,
    payments::Payments,
    progress::Progress,
    reconcile::{CannotCompare, Reconciliation},
    report,
};

/// The exit code when the books could not be compared.
const CANNOT_COMPARE: u8 = 2;

/// Looks after orders and payments, over their APIs.
#[derive(Debug, Parser)]
#[command(name = "counterfoil", version)]
pub struct CommandLine {
    #[command(flatten)]
    connection: Connection,
    /// How to show what was found.
    #[arg(long, short, global = true, value_enum, default_value_t = Output::Table)]
    output: Output,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Look at orders, cancel them, let them follow their payments.
    #[command(subcommand)]
    Orders(Orders),
    /// Look at payments, give money back, ask the provider what became of them.
    #[command(subcommand)]
    Payments(Payments),
    /// Show what happened to an order.
    Events(Events),
    /// Compare orders, payments, ledger and provider: exit code 0 when they agree, 1 when not, 2 when nobody can say.
    Reconcile(Reconcile),
}

#[derive(Debug, Args)]
struct Reconcile {
    /// Lets the services resolve what their rules resolve, and compares again.
    #[arg(long)]
    fix: bool,
    /// How long something may be on its way before it is told: 30s, 5m, 1h.
    #[arg(long, default_value = "1m", value_parser = duration)]
    pending_for: Duration,
}

fn duration(text: &str) -> Result<Duration, String> {
    platform::config::Value::parse(text)
        .ok_or_else(|| format!("expected {}", <Duration as platform::config::Value>::EXPECTED))
}

impl CommandLine {
    /// Connects and does it; what is found goes to `to`, what goes wrong to stderr.
    pub async fn run(self, to: &mut dyn Write) -> ExitCode {
        let compares = matches!(self.command, Command::Reconcile(_));
        match self.connection.open().await {
            Ok(apis) => self.run_over(&apis, Progress::on_stderr(), to).await,
            Err(error) => {
                complain(&error);
                failed(compares)
            }
        }
    }

    /// The same over services that are connected already.
    pub async fn run_over(self, apis: &Apis, progress: Progress, to: &mut dyn Write) -> ExitCode {
        let compares = matches!(self.command, Command::Reconcile(_));
        let done = self.done(apis, &progress, to).await;
        progress.end();
        match done {
            Ok(code) => code,
            // Whoever reads less than all, as `head` does, has read enough.
            Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
            Err(error) => {
                complain(&error);
                failed(compares)
            }
        }
    }

    async fn done(self, apis: &Apis, progress: &Progress, to: &mut dyn Write) -> anyhow::Result<ExitCode> {
        let shown = match self.command {
            Command::Orders(orders) => orders.run(apis).await?,
            Command::Payments(payments) => payments.run(apis, progress).await?,
            Command::Events(events) => {
                events.run(apis, self.output, to).await?;
                return Ok(ExitCode::SUCCESS);
            }
            Command::Reconcile(reconcile) => {
                let report = reconcile.run(apis, progress).await?;
                progress.end();
                self.output.show(&report::shown(&report), to)?;
                return Ok(if report.disagreements.is_empty() {
                    ExitCode::SUCCESS
                } else {
                    ExitCode::FAILURE
                });
            }
        };
        progress.end();
        self.output.show(&shown, to)?;
        Ok(ExitCode::SUCCESS)
    }
}

impl Reconcile {
    async fn run(&self, apis: &Apis, progress: &Progress) -> Result<crate::reconcile::Report, CannotCompare> {
        let reconciliation = Reconciliation {
            services: Arc::new(apis.clone()),
            pending_for: self.pending_for,
            clock: Arc::new(SystemClock),
            progress: progress.clone(),
        };
        if self.fix {
            reconciliation.fix().await
        } else {
            reconciliation.run().await
        }
    }
}

fn failed(compares: bool) -> ExitCode {
    if compares {
        ExitCode::from(CANNOT_COMPARE)
    } else {
        ExitCode::FAILURE
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<io::Error>()
        .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

/// One sentence, with what the services say in their own words.
fn complain(error: &anyhow::Error) {
    let parts: Vec<String> = error
        .chain()
        .map(|part| match part.downcast_ref::<Status>() {
            Some(status) => crate::told(status),
            None => part.to_string(),
        })
        .collect();
    // Nobody is left to tell when stderr is gone.
    drop(writeln!(io::stderr(), "counterfoil: {}", parts.join(": ")));
}
