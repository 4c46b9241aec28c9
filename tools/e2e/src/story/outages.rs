//! Pods that are killed without grace while customers pay, and the judge afterwards.

use std::{path::Path, thread, time::Duration};

use anyhow::{Context, ensure};
use platform::topology::{ORDERSVC, PAYMENTSVC};
use serde_json::Value;

use crate::{Load, Namespace, load::Meanwhile, program::until};

/// What is due is done so soon after everything runs again.
const DECIDED_WITHIN: Duration = Duration::from_secs(90);
const BETWEEN: Duration = Duration::from_secs(4);
const POSTGRES_PORT: u16 = 5432;

/// Kills every pod of the services that pay, then the database.
pub(super) fn strike(namespace: &Namespace, load: &Load) -> anyhow::Result<String> {
    let kill = |selector: &str| -> anyhow::Result<()> {
        let arguments = [
            "delete",
            "pod",
            "--selector",
            selector,
            "--grace-period=0",
            "--force",
            "--wait=false",
        ];
        namespace.kubectl().args(arguments).run()?;
        Ok(())
    };
    let meanwhile = load.during(|| {
        for place in [ORDERSVC, PAYMENTSVC, ORDERSVC] {
            kill(&format!("app.kubernetes.io/name={}", place.name))?;
            thread::sleep(BETWEEN);
        }
        namespace.rolled_out()?;
        kill("app.kubernetes.io/name=postgres")?;
        thread::sleep(BETWEEN);
        let statefulset = ["rollout", "status", "statefulset/postgres", "--timeout", "120s"];
        namespace
            .kubectl()
            .args(statefulset)
            .within(Duration::from_secs(130))
            .run()?;
        namespace.rolled_out()
    })?;
    only_unavailable(&meanwhile)
}

fn only_unavailable(meanwhile: &Meanwhile) -> anyhow::Result<String> {
    let tally = &meanwhile.tally;
    let others: Vec<_> = tally
        .failed
        .iter()
        .filter(|(what, _)| !what.contains(" Unavailable"))
        .collect();
    ensure!(others.is_empty(), "not only UNAVAILABLE: {others:?}");
    ensure!(tally.failures() > 0, "nobody noticed, so nothing was shown");
    Ok(format!(
        "{} calls answered, {} failed, all UNAVAILABLE",
        tally.answers(),
        tally.failures()
    ))
}

/// Lets the auditor judge until nothing is on its way any more.
pub(super) fn judge(namespace: &Namespace, attempts: &Path) -> anyhow::Result<String> {
    let _postgres = namespace.forward("service/postgres", POSTGRES_PORT)?;
    let provider = platform::topology::SANDBOX_PSP_PORT;
    let _provider = namespace.forward("service/sandbox-psp", provider)?;
    let database = |service: &str| -> anyhow::Result<String> {
        let url = namespace.secret(&format!("{service}-migrator"), "url")?;
        Ok(url.trim().replace("@postgres:", "@127.0.0.1:"))
    };
    let (orders, payments) = (database(ORDERSVC.name)?, database(PAYMENTSVC.name)?);
    let mut report = None;
    until(DECIDED_WITHIN, || {
        let program = namespace.cluster().own_program("auditor");
        let said = program
            .args(["--orders-db", &orders, "--payments-db", &payments, "--output", "json"])
            .args(["--provider", &format!("http://127.0.0.1:{provider}")])
            .args(["--client-log".as_ref(), attempts.as_os_str()])
            .run()
            .map_err(|error| error.context("the auditor is not content"))?;
        report = Some(serde_json::from_str::<Value>(&said)?);
        Ok(())
    })?;
    let report = report.context("the auditor said nothing")?;
    let count = |what: &str| report["judged"][what].as_u64().unwrap_or_default();
    ensure!(count("payments") > 0, "nothing was paid for");
    Ok(format!(
        "{} attempts, {} orders, {} payments, {} charges: nothing lost, nothing charged twice",
        count("attempts"),
        count("orders"),
        count("payments"),
        count("charges")
    ))
}
