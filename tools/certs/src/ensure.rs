use std::{collections::BTreeSet, io::Write};

use anyhow::Context;
use kernel::Clock;

use crate::{
    installation::Installation,
    plan::{Fault, Plan, Run, There, plan},
    secrets::{NotKept, Secrets},
};

pub use crate::plan::Renew;

/// How often it begins anew when somebody else changes Secrets at the same time: another run of this, which ends.
const ATTEMPTS: usize = 10;

/// Makes what is missing, renews what is due, and says what it did; answers what is wrong and cannot be put right here.
/// Everything else is done all the same.
///
/// # Errors
/// Secrets could not be read or kept. What was changed before is said, and another run goes on from there.
pub async fn ensure(
    secrets: &dyn Secrets,
    installation: &Installation,
    clock: &dyn Clock,
    renew: Renew,
    out: &mut dyn Write,
) -> anyhow::Result<Vec<Fault>> {
    let mut run = Run {
        now: clock.now(),
        renew,
        kept: BTreeSet::new(),
    };
    for _ in 0..ATTEMPTS {
        let mut there = There::new();
        for name in installation.secrets() {
            if let Some(secret) = secrets.find(&name).await? {
                there.insert(name, secret);
            }
        }
        let plan = plan(installation, &there, &run)?;
        if !changed(secrets, &plan, &mut run, out).await? {
            continue;
        }
        for remark in &plan.remarks {
            say(out, remark)?;
        }
        if run.kept.is_empty() {
            say(out, "nothing was missing and nothing was due")?;
        }
        if let Some((day, secret)) = &plan.first_to_end {
            say(
                out,
                &format!("the first certificate to end is that of `{secret}`, on {day}"),
            )?;
        }
        return Ok(plan.faults);
    }
    anyhow::bail!("somebody else keeps changing the Secrets: gave up after {ATTEMPTS} attempts")
}

/// Changes what is to be changed; answers false when somebody else was faster, and it must be compared again.
async fn changed(secrets: &dyn Secrets, plan: &Plan, run: &mut Run, out: &mut dyn Write) -> anyhow::Result<bool> {
    for (change, said) in &plan.changes {
        match secrets.keep(change).await {
            Ok(()) => say(out, said)?,
            Err(NotKept::Outdated(_)) => return Ok(false),
            Err(refused) => return Err(refused.into()),
        }
        run.kept.insert(change.name.clone());
    }
    Ok(true)
}

fn say(out: &mut dyn Write, line: &str) -> anyhow::Result<()> {
    writeln!(out, "{line}").context("could not say what was done")
}
