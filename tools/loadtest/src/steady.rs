//! Load that goes on while something is done to an installation. Visitors call every service at its own address
//! until told to stop; a call that fails in passing is made again with its key, as a customer would. Lines of
//! JSON ([`Line`]) tell every second what came of it, and every failure when it happens.

mod tally;
mod visitor;

use std::{
    io::{self, Write},
    sync::Arc,
    time::Duration,
};

use anyhow::Context;
use auditor::client_log::Attempt;
use platform::{
    grpc::client::{BreakerOptions, ClientOptions, ClientTls, Installation},
    process::{Shutdown, request_on_signals},
};
use serde::{Deserialize, Serialize};
use tokio::{
    task::JoinSet,
    time::{MissedTickBehavior, interval},
};

use crate::{arguments::Steady, shop::Customer};
use tally::Counting;
pub use tally::{Failure, Tally};
use visitor::Visitor;

/// How long one call waits for its answer: as long as a server works on one.
const CALL_TIMEOUT: Duration = Duration::from_secs(30);

/// One line of what is told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    /// What came of all calls so far; once a second, and once when everybody has left.
    Tally(Tally),
    /// A call that failed just now.
    Failure(Failure),
    /// What the auditor can judge, when that is asked for.
    Attempt(Box<Attempt>),
}

/// Lets visitors in until the time is up or the process is told to end; answers whether no call failed.
///
/// # Errors
/// The address is none, or nobody can register.
pub async fn run(options: &Steady) -> anyhow::Result<bool> {
    let stop = Shutdown::new();
    request_on_signals(stop.clone())?;
    let installation = connect(options)?;
    let counting = Arc::new(Counting::default());
    let pace = Duration::from_secs_f64(f64::from(options.customers.max(1)) / options.rate);
    let mut visitors = JoinSet::new();
    for _ in 0..options.customers.max(1) {
        let customer = Customer::join(installation.clone()).await?;
        let visitor = Visitor::new(&installation, customer, &counting, options.attempts);
        visitors.spawn(visitor.visit(pace, stop.clone()));
    }
    let mut every = interval(Duration::from_secs(1));
    every.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let began = tokio::time::Instant::now();
    while !visitors.is_empty() {
        tokio::select! {
            _ = every.tick() => {
                tell(&Line::Tally(counting.tally()))?;
                if options.duration.is_some_and(|limit| began.elapsed() >= limit) {
                    stop.request();
                }
            }
            Some(left) = visitors.join_next() => left.context("a visitor panicked")?,
        }
    }
    let tally = counting.tally();
    tell(&Line::Tally(tally.clone()))?;
    Ok(tally.failed.is_empty())
}

fn connect(options: &Steady) -> anyhow::Result<Installation> {
    let tls = options.address.starts_with("https").then(|| ClientTls {
        ca_file: options.ca.clone(),
        domain_name: None,
    });
    let each = |target| ClientOptions {
        tls: tls.clone(),
        methods: visitor::METHODS.to_vec(),
        call_timeout: CALL_TIMEOUT,
        // What is asked here is whether calls fail, and not how a failing service is spared.
        breaker: BreakerOptions {
            failures: u32::MAX,
            ..BreakerOptions::default()
        },
        ..ClientOptions::new(target)
    };
    Installation::connect_lazy(&options.address, each).context("could not use --address")
}

fn tell(line: &Line) -> anyhow::Result<()> {
    let text = serde_json::to_string(line)?;
    writeln!(io::stdout().lock(), "{text}").context("nobody listens")
}
