use std::{collections::BTreeMap, fmt::Write};

use crate::{Outcome, Recovery, outcome::DECIDED_WITHIN};

/// So many of the slowest recoveries are told one by one.
const SLOWEST: usize = 15;

/// An outcome for people.
pub fn markdown(outcome: &Outcome) -> String {
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = write(&mut text, outcome);
    text
}

fn write(out: &mut String, outcome: &Outcome) -> std::fmt::Result {
    let faults = outcome.faults();
    let verdict = if faults.is_empty() {
        "nothing is wrong"
    } else {
        "NOT GOOD"
    };
    writeln!(out, "# Campaign, seed {}: {verdict}\n", outcome.plan.seed)?;
    let audit = &outcome.audit.judged;
    let measured: Vec<f64> = outcome
        .recoveries
        .iter()
        .filter_map(|recovery| recovery.decided_after)
        .collect();
    let (longest, what) = &outcome.longest_wait;
    let rows = [
        ("orders placed", outcome.stories.to_string()),
        ("seconds", format!("{:.0}", outcome.took)),
        ("attempts of callers", audit.attempts.to_string()),
        (
            "of these repeated after an outage or hanging up",
            outcome.repeated.to_string(),
        ),
        ("answers asked for again at the end", outcome.replayed.to_string()),
        ("kills and stops", outcome.kills.len().to_string()),
        (
            "failpoints killed at, of all",
            format!(
                "{} of {}",
                outcome.failpoints.len(),
                outcome.failpoints.len() + outcome.never_reached.len()
            ),
        ),
        ("times everything ran again", outcome.recoveries.len().to_string()),
        (
            "of these left in peace until all was decided",
            measured.len().to_string(),
        ),
        (
            "slowest of them, seconds",
            format!("{:.1}", measured.iter().copied().fold(0.0, f64::max)),
        ),
        ("median of them, seconds", format!("{:.1}", median(&measured))),
        (
            "longest that anything waited while all ran, seconds",
            format!("{longest:.1} ({what})"),
        ),
        (
            "decided after the last restart, seconds",
            outcome
                .last_decided_after
                .map_or("never".to_owned(), |after| format!("{after:.1}")),
        ),
        (
            "at rest after the last call, seconds",
            format!("{:.1}", outcome.came_to_rest_in),
        ),
        (
            "payments / operations / ledger movements",
            format!("{} / {} / {}", audit.payments, audit.operations, audit.transfers),
        ),
        ("charges at the provider", audit.charges.to_string()),
        ("violations", outcome.audit.violations.len().to_string()),
    ];
    writeln!(out, "| | |\n|---|---:|")?;
    for (name, value) in rows {
        writeln!(out, "| {name} | {value} |")?;
    }
    if !faults.is_empty() {
        writeln!(out, "\n## What is wrong\n")?;
        for fault in faults.iter().take(100) {
            writeln!(out, "- {fault}")?;
        }
    }
    counted(out, "Orders at the end", &outcome.audit.judged.outcomes)?;
    counted(
        out,
        "Money taken less money given back, minor units",
        &outcome.audit.judged.kept,
    )?;
    counted(out, "Calls and how they ended", &outcome.calls)?;
    counted(out, "Kills at failpoints", &outcome.failpoints)?;
    counted(out, "Other kills and stops", &others(outcome))?;
    recoveries(out, &outcome.recoveries)
}

fn counted<C: std::fmt::Display>(out: &mut String, title: &str, counts: &BTreeMap<String, C>) -> std::fmt::Result {
    writeln!(out, "\n## {title}\n\n| | |\n|---|---:|")?;
    for (name, count) in counts {
        writeln!(out, "| {name} | {count} |")?;
    }
    Ok(())
}

fn others(outcome: &Outcome) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for kill in outcome.kills.iter().filter(|kill| kill.place().is_none()) {
        *counts.entry(format!("{} {}", kill.whom, kill.how)).or_default() += 1;
    }
    counts
}

fn recoveries(out: &mut String, all: &[Recovery]) -> std::fmt::Result {
    writeln!(
        out,
        "\n## The slowest recoveries that were left in peace\n\nAll must be decided within {} s. The JSON has all.\n",
        DECIDED_WITHIN.as_secs()
    )?;
    writeln!(
        out,
        "| killed | away, s | undecided | decided after, s |\n|---|---:|---:|---:|"
    )?;
    let mut measured: Vec<(f64, &Recovery)> = all
        .iter()
        .filter_map(|recovery| Some((recovery.decided_after?, recovery)))
        .collect();
    measured.sort_by(|one, other| other.0.total_cmp(&one.0));
    for (after, recovery) in measured.into_iter().take(SLOWEST) {
        let killed: Vec<String> = recovery
            .after
            .iter()
            .map(|kill| format!("{} {}", kill.whom, kill.how))
            .collect();
        writeln!(
            out,
            "| {} | {:.1} | {} | {after:.1} |",
            killed.join(", "),
            recovery.down,
            recovery.undecided
        )?;
    }
    Ok(())
}

fn median(measured: &[f64]) -> f64 {
    let mut sorted = measured.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(0.0)
}
