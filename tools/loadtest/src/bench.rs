//! Services of its own, each figure held against a peer that does the same work with less around it: the
//! same statements by pgbench, the same bytes by a bare server, the same hashes without a service. Both sides
//! of a comparison take turns on the same machine, so that whatever else it does bears on both.

mod echo;
mod figure;
mod logins;
mod machine;
mod memory;
mod orders;
mod payments;
mod pgbench;
mod statement;
mod system;

use std::time::Duration;

use anyhow::Context;

pub use echo::serve as echo;

use crate::{
    arguments::Bench,
    load::{Caller, Plan, Until, drive},
};
use figure::{Figure, Run};
use system::System;

/// How often the sides of a comparison take turns.
const TURNS: u32 = 3;

/// Measures, prints, saves and compares. Answers whether no figure missed its aim.
///
/// # Errors
/// A service does not start, or calls fail.
pub async fn run(options: &Bench) -> anyhow::Result<bool> {
    let saved = options.compare.as_deref().map(Run::load).transpose()?;
    let mut run = Run::begin();
    let mut system = System::start().await?;
    let wanted = |name: &str| options.only.as_ref().is_none_or(|only| name.contains(only.as_str()));
    let turn = options.duration / TURNS;

    if wanted(memory::READY) {
        run.add(memory::ready(&mut system).await?);
    }
    if wanted(orders::CREATE) || wanted(orders::GET) {
        let pgbench = pgbench::Pgbench::find(&system);
        let statements = orders::Statements::capture(&mut system).await?;
        if wanted(orders::CREATE) {
            run.add([orders::create(&system, pgbench.as_ref(), &statements, turn).await?]);
        }
        if wanted(orders::GET) {
            run.add([orders::get(&system, pgbench.as_ref(), &statements, turn).await?]);
        }
    }
    if wanted(echo::NAME) {
        run.add([echo::measure(&system, turn).await?]);
    }
    if wanted(logins::NAME) {
        run.add([logins::measure(&system, turn).await?]);
    }
    if wanted(payments::NAME) {
        run.add(payments::measure(&system, turn).await?);
    }
    if wanted(memory::IN_FLIGHT) {
        run.add(memory::in_flight(&mut system).await?);
    }
    drop(system);
    run.print(saved.as_ref());
    if let Some(path) = &options.save {
        run.save(path)?;
    }
    Ok(run.figures().all(Figure::is_met))
}

/// What calls came to.
#[derive(Debug, Clone, Copy)]
struct Speed {
    /// Calls a second.
    per_second: f64,
    /// The median and the slowest of a hundred.
    p50: Duration,
    p99: Duration,
}

/// Calls for so long; a call that fails fails the measurement.
async fn measure<C: Caller>(callers: Vec<C>, turn: Duration) -> anyhow::Result<Speed> {
    let plan = Plan {
        until: Until::Elapsed(turn),
        rate: None,
    };
    let outcome = drive(plan, callers).await;
    let failures = outcome.record.failures();
    anyhow::ensure!(failures.is_empty(), "calls failed: {failures:?}");
    let (_, calls) = outcome.record.all().next().context("nothing was called")?;
    #[expect(clippy::cast_precision_loss, reason = "a rate")]
    let per_second = outcome.record.answered() as f64 / outcome.took.as_secs_f64();
    Ok(Speed {
        per_second,
        p50: calls.quantile(0.5),
        p99: calls.quantile(0.99),
    })
}

/// The speed of all turns together.
fn mean(speeds: &[Speed]) -> Speed {
    let count = u32::try_from(speeds.len()).unwrap_or(1).max(1);
    Speed {
        per_second: speeds.iter().map(|speed| speed.per_second).sum::<f64>() / f64::from(count),
        p50: speeds.iter().map(|speed| speed.p50).sum::<Duration>() / count,
        p99: speeds.iter().map(|speed| speed.p99).sum::<Duration>() / count,
    }
}
