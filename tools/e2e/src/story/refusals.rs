//! What cannot work is told in one sentence, by helm or by the pod, and what ran goes on.

use std::time::Duration;

use anyhow::ensure;
use platform::topology::USERSVC;

use super::Scene;
use crate::{Journey, Namespace, program::until};

const TOLD_WITHIN: Duration = Duration::from_secs(60);

/// Plays them, one after the other.
pub(super) fn play(journey: &mut Journey, scene: &Scene<'_>) {
    let namespace = &scene.namespace;
    scene.step(journey, "a wrong value is refused", || {
        let chart = namespace.cluster().file("charts/counterfoil");
        let said = namespace
            .helm()
            .args(["upgrade", "counterfoil"])
            .args([chart])
            .args(["--reuse-values", "--set", "services.usersvc.replicas=many"])
            .refused()?;
        ensure!(said.contains("replicas"), "it says {said}");
        Ok(one_line(&said, "replicas"))
    });
    scene.step(journey, "a wrong password: not ready, the old pods serve", || {
        wrong_password(namespace)
    });
}

fn wrong_password(namespace: &Namespace) -> anyhow::Result<String> {
    let secret = format!("{}-database", USERSVC.name);
    let good = namespace.secret(&secret, "url")?;
    let serving = namespace.has_pods(USERSVC.name, 2)?;
    let bad = good.replacen(&format!("{}:", USERSVC.name), &format!("{}:wrong-", USERSVC.name), 1);
    set(namespace, &secret, &bad)?;
    let deployment = format!("deployment/{}", USERSVC.name);
    let selector = format!("app.kubernetes.io/name={}", USERSVC.name);
    namespace.kubectl().args(["rollout", "restart", &deployment]).run()?;
    let told = until(TOLD_WITHIN, || {
        let logs = namespace
            .kubectl()
            .args(["logs", "--selector", &selector, "--container", "server", "--tail", "50"])
            .run()?;
        ensure!(
            logs.contains("password authentication failed"),
            "no pod says why it is not ready"
        );
        Ok(one_line(&logs, "password authentication failed"))
    });
    let ready = namespace.ready_pods(USERSVC.name)?;
    set(namespace, &secret, &good)?;
    namespace.kubectl().args(["rollout", "restart", &deployment]).run()?;
    namespace.rolled_out()?;
    let told = told?;
    ensure!(
        serving.iter().all(|pod| ready.contains(pod)),
        "the pods before no longer served"
    );
    Ok(told)
}

fn set(namespace: &Namespace, secret: &str, url: &str) -> anyhow::Result<()> {
    let patch = serde_json::json!({"stringData": {"url": url}}).to_string();
    namespace
        .kubectl()
        .args(["patch", "secret", secret, "--patch", &patch])
        .run()?;
    Ok(())
}

/// The line that has this in it, in so much as fits a table.
fn one_line(said: &str, part: &str) -> String {
    let line = said.lines().find(|line| line.contains(part)).unwrap_or_default();
    line.trim().chars().take(160).collect()
}
