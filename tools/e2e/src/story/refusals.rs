//! What cannot work is told in one sentence, by helm or by the pod, and what ran goes on.

use std::time::Duration;

use anyhow::ensure;
use platform::topology::USERSVC;
use serde_json::json;

use super::Scene;
use crate::{Journey, Namespace, program::until};

const TOLD_WITHIN: Duration = Duration::from_secs(60);

/// Plays them, one after the other.
pub(super) fn play(journey: &mut Journey, scene: &Scene<'_>) {
    let namespace = &scene.namespace;
    scene.step(journey, "a wrong value is refused", || wrong_value(namespace));
    scene.step(journey, "a wrong password for the server", || {
        let bad = |url: &str| url.replacen(&format!("{}:", USERSVC.name), &format!("{}:wrong-", USERSVC.name), 1);
        spoiled(namespace, "database", bad, |namespace| {
            said(namespace, "server", "password authentication failed")
        })
    });
    scene.step(journey, "a database that is not there for the migrator", || {
        let bad = |url: &str| url.replacen("/users_db", "/nowhere_db", 1);
        spoiled(namespace, "migrator", bad, |namespace| {
            said(namespace, "migrate", "DATABASE_URL")
        })
    });
    scene.step(journey, "a Secret that is missing", || missing_secret(namespace));
}

fn wrong_value(namespace: &Namespace) -> anyhow::Result<String> {
    let chart = namespace.cluster().file("charts/counterfoil");
    let said = namespace
        .helm()
        .args(["upgrade", "counterfoil"])
        .args([chart])
        .args(["--reset-then-reuse-values", "--set", "services.usersvc.replicas=many"])
        .refused()?;
    one_line(&said, "replicas")
}

/// Spoils a URL of usersvc and restarts it: somebody says why, and the pods before go on serving.
fn spoiled(
    namespace: &Namespace,
    kind: &str,
    bad: impl Fn(&str) -> String,
    told: impl Fn(&Namespace) -> anyhow::Result<String>,
) -> anyhow::Result<String> {
    let secret = format!("{}-{kind}", USERSVC.name);
    let good = namespace.secret(&secret, "url")?;
    let set = |url: &str| {
        let patch = json!({"stringData": {"url": url}}).to_string();
        namespace
            .kubectl()
            .args(["patch", "secret", &secret, "--patch", &patch])
            .run()
    };
    let spoil = || {
        set(&bad(&good))?;
        restart(namespace)
    };
    while_others_serve(namespace, spoil, told, || {
        set(&good)?;
        restart(namespace)
    })
}

fn missing_secret(namespace: &Namespace) -> anyhow::Result<String> {
    let deployment = format!("deployment/{}", USERSVC.name);
    let named = |secret: &str| {
        let volume = json!({"name": "keys", "secret": {"secretName": secret}});
        let patch = json!({"spec": {"template": {"spec": {"volumes": [volume]}}}}).to_string();
        namespace
            .kubectl()
            .args(["patch", &deployment, "--patch", &patch])
            .run()
            .map(drop)
    };
    let told = |namespace: &Namespace| {
        let selector = format!("app.kubernetes.io/name={}", USERSVC.name);
        let said = namespace
            .kubectl()
            .args(["describe", "pods", "--selector", &selector])
            .run()?;
        one_line(&said, "secret \"nowhere\" not found")
    };
    while_others_serve(
        namespace,
        || named("nowhere"),
        told,
        || named(&format!("{}-keys", USERSVC.name)),
    )
}

fn while_others_serve(
    namespace: &Namespace,
    spoil: impl FnOnce() -> anyhow::Result<()>,
    told: impl Fn(&Namespace) -> anyhow::Result<String>,
    mend: impl FnOnce() -> anyhow::Result<()>,
) -> anyhow::Result<String> {
    let serving = namespace.has_pods(USERSVC.name, 2)?;
    spoil()?;
    let told = until(TOLD_WITHIN, || told(namespace));
    let ready = namespace.ready_pods(USERSVC.name)?;
    mend()?;
    namespace.rolled_out()?;
    let told = told?;
    ensure!(
        serving.iter().all(|pod| ready.contains(pod)),
        "the pods before no longer served"
    );
    Ok(told)
}

fn restart(namespace: &Namespace) -> anyhow::Result<()> {
    let deployment = format!("deployment/{}", USERSVC.name);
    namespace
        .kubectl()
        .args(["rollout", "restart", &deployment])
        .run()
        .map(drop)
}

/// What a container of usersvc says with this in it.
fn said(namespace: &Namespace, container: &str, part: &str) -> anyhow::Result<String> {
    let selector = format!("app.kubernetes.io/name={}", USERSVC.name);
    let logs = namespace
        .kubectl()
        .args([
            "logs",
            "--selector",
            &selector,
            "--container",
            container,
            "--tail",
            "50",
        ])
        .run()?;
    one_line(&logs, part)
}

/// The line that has this in it, from there on and in so much as fits a table.
fn one_line(said: &str, part: &str) -> anyhow::Result<String> {
    let line = said.lines().find(|line| line.contains(part));
    ensure!(line.is_some(), "nobody says `{part}`");
    let line = line.unwrap_or_default();
    let start = line.find(part).unwrap_or_default().saturating_sub(60);
    Ok(line.chars().skip(start).take(140).collect::<String>().trim().to_owned())
}
