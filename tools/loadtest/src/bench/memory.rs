use std::time::Duration;

use anyhow::Context;

use super::{
    figure::{Aim, Figure},
    system::System,
};
use crate::{
    load::{Plan, Until, drive},
    report::mebibytes,
    shop::{Customer, Operation, Shopper},
    usage,
};

pub(super) const READY: &str = "start to ready";
pub(super) const IN_FLIGHT: &str = "resident, 256 in flight";

const STARTS: usize = 15;
const CALLS: u64 = 10_240;
const AT_ONCE: usize = 256;
const MEBIBYTE: f64 = 1_048_576.0;

/// How long services take to be ready, with no migrations to run, and what they take idle.
pub(super) async fn ready(system: &mut System) -> anyhow::Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for name in system.services() {
        let mut took = Vec::new();
        for _ in 0..STARTS {
            took.push(system.restart(name).await?);
        }
        took.sort();
        let resident = usage::resident(system.process_id(name)?).unwrap_or_default();
        figures.push(Figure {
            name: format!("{name}, {READY}"),
            value: millis(took[STARTS / 2]),
            unit: "ms".to_owned(),
            peer: None,
            aim: Aim::AtMost(50.0),
            detail: format!(
                "median of {STARTS} starts, longest {:.1} ms; {} MiB resident when ready",
                millis(took[STARTS - 1]),
                mebibytes(resident)
            ),
        });
    }
    Ok(figures)
}

/// What ordersvc takes at most while so many orders are placed at once.
pub(super) async fn in_flight(system: &mut System) -> anyhow::Result<Vec<Figure>> {
    let mut customers = Vec::new();
    for channel in system.channels("authsvc", 4).await? {
        customers.push(Customer::register(channel).await?);
    }
    system.restart("ordersvc").await?;
    let channels = system.channels("ordersvc", 16).await?;
    let mut shoppers = Vec::new();
    for number in 0..AT_ONCE {
        let customer = customers[number % customers.len()].clone();
        let channel = channels[number % channels.len()].clone();
        shoppers.push(Shopper::prepare(customer, channel, Operation::Create).await?);
    }
    let plan = Plan {
        until: Until::Calls(CALLS),
        rate: None,
    };
    let outcome = drive(plan, shoppers).await;
    let failures = outcome.record.failures();
    anyhow::ensure!(failures.is_empty(), "calls failed: {failures:?}");
    let mut figures = Vec::new();
    for name in system.services() {
        let id = system.process_id(name)?;
        let peak = usage::peak(id).context("there is no /proc here")?;
        #[expect(clippy::cast_precision_loss, reason = "one digit after the point is shown")]
        let value = peak as f64 / MEBIBYTE;
        let served = if name == "ordersvc" {
            format!("CreateOrder {CALLS} times, {AT_ONCE} at once, 16 connections")
        } else {
            "everything that this run called".to_owned()
        };
        figures.push(Figure {
            name: format!("{name}, {IN_FLIGHT}"),
            value,
            unit: "MiB".to_owned(),
            peer: None,
            aim: Aim::AtMost(32.0),
            detail: format!("the most ever, {served}"),
        });
    }
    Ok(figures)
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}
