//! The chart: installed, tested, restarted, scaled, upgraded and rolled back under load without a failed call,
//! and removed.

use std::{thread, time::Duration};

use anyhow::{Context, ensure};
use platform::topology::PAYMENTSVC;

use super::{Scene, limits, refusals, renewal};
use crate::{
    Journey, Load, Namespace,
    cluster::SERVICES,
    program::{Program, until},
    spread,
};

const RELEASE: &str = "counterfoil";
const CHART: &str = "charts/counterfoil";
const TIMEOUT: Duration = Duration::from_secs(300);
/// Calls a second while the installation is changed; enough that shares of a few seconds mean something.
const RATE: u32 = 60;
/// What one pod's share may be off.
const TOLERANCE: f64 = 0.2;
/// Traffic must have spread so soon after a new pod is ready.
const SPREAD_WITHIN: Duration = Duration::from_secs(5);
const COUNTED_FOR: Duration = Duration::from_secs(25);
/// What ordersvc asks of paymentsvc; the load itself calls through the Service, one connection a visitor.
const BY_ORDERSVC: [&str; 2] = [
    "payment.v1.PaymentService/CreatePayment",
    "payment.v1.PaymentService/CapturePayment",
];

/// Plays it.
pub fn play(journey: &mut Journey, scene: &Scene<'_>, next_tag: &str) {
    let namespace = &scene.namespace;
    if !scene.cleared(journey) {
        return;
    }
    let installed = scene.step(journey, "helm install", || {
        namespace.make()?;
        helm(namespace, "install").args(image("dev")).run()?;
        Ok("bundled Postgres, TLS, two pods each; Secrets by the hook".to_owned())
    });
    if installed {
        scene.step(journey, "helm test", || test(namespace));
        scene.step(journey, "security, read back", || limits::hold(namespace));
        under_load(journey, scene, next_tag);
        refusals::play(journey, scene);
        scene.step(journey, "helm uninstall", || uninstall(namespace));
    }
    scene.leave(journey);
}

fn helm(namespace: &Namespace, verb: &str) -> Program {
    let timeout = format!("{}s", TIMEOUT.as_secs());
    let program = namespace.helm().args([verb, RELEASE]);
    let program = match verb {
        "install" | "upgrade" => program
            .args([namespace.cluster().file(CHART)])
            .args(["--set", "postgres.enabled=true"]),
        _ => program,
    };
    program
        .args(["--wait", "--timeout", &timeout])
        .within(TIMEOUT + Duration::from_secs(30))
}

fn image(tag: &str) -> [String; 2] {
    ["--set".to_owned(), format!("image.tag={tag}")]
}

fn test(namespace: &Namespace) -> anyhow::Result<String> {
    let said = namespace
        .helm()
        .args(["test", RELEASE, "--timeout", "120s"])
        .within(Duration::from_secs(130))
        .run()?;
    let phase = said.lines().rfind(|line| line.starts_with("Phase:"));
    Ok(phase.context("no test was run")?.to_owned())
}

fn under_load(journey: &mut Journey, scene: &Scene<'_>, next_tag: &str) {
    let namespace = &scene.namespace;
    let mut load = None;
    scene.step(journey, "load", || {
        load = Some(Load::start(namespace, "https", RATE, scene.output)?);
        Ok(format!("{RATE} calls a second"))
    });
    let (Some(load), Ok(secrets)) = (load, namespace.secrets()) else {
        return;
    };
    let mut quietly = |name: &str, act: &mut dyn FnMut() -> anyhow::Result<()>| {
        scene.step(journey, name, || load.during(act)?.without_failure());
    };
    quietly("rolling restart of every service", &mut || {
        namespace
            .kubectl()
            .args(["rollout", "restart", "deployment", "--selector", SERVICES])
            .run()?;
        namespace.rolled_out()
    });
    quietly("helm upgrade to another tag", &mut || {
        helm(namespace, "upgrade").args(image(next_tag)).run().map(drop)
    });
    quietly("helm rollback", &mut || helm(namespace, "rollback").run().map(drop));
    scene.step(journey, "no Secret has changed", || {
        let now = namespace.secrets()?;
        let changed: Vec<&String> = now
            .iter()
            .filter(|(name, held)| secrets.get(*name) != Some(held))
            .map(|(name, _)| name)
            .collect();
        ensure!(changed.is_empty() && now.len() == secrets.len(), "{changed:?} changed");
        Ok(format!("{} Secrets are as they were", now.len()))
    });
    scene.step(journey, "scale paymentsvc 1 to 3", || scale_up(namespace, &load));
    scene.step(journey, "scale paymentsvc 3 to 1", || {
        load.during(|| scale(namespace, 1))
            .and_then(|meanwhile| meanwhile.without_failure())
    });
    scene.step(journey, "certificates renewed, no pod restarted", || {
        load.during(|| renewal::play(namespace))
            .and_then(|meanwhile| meanwhile.without_failure())
    });
    scene.step(journey, "the load ends", || {
        scale(namespace, 2)?;
        load.end()?;
        Ok(String::new())
    });
}

fn scale(namespace: &Namespace, count: usize) -> anyhow::Result<()> {
    let deployment = format!("deployment/{}", PAYMENTSVC.name);
    let replicas = format!("--replicas={count}");
    namespace.kubectl().args(["scale", &deployment, &replicas]).run()?;
    namespace.has_pods(PAYMENTSVC.name, count)?;
    until(TIMEOUT, || {
        let all = namespace.list([
            "pods",
            "--selector",
            &format!("app.kubernetes.io/name={}", PAYMENTSVC.name),
        ])?;
        ensure!(all.len() == count, "{} pods are there", all.len());
        Ok(())
    })
}

/// From one pod to three: the new ones get their share within seconds.
fn scale_up(namespace: &Namespace, load: &Load) -> anyhow::Result<String> {
    let mut told = String::new();
    let meanwhile = load.during(|| {
        scale(namespace, 1)?;
        scale(namespace, 3)?;
        thread::sleep(SPREAD_WITHIN);
        let pods = namespace.has_pods(PAYMENTSVC.name, 3)?;
        let before = spread::calls(namespace, &pods, &BY_ORDERSVC)?;
        let idle: Vec<_> = before.iter().filter(|(_, calls)| **calls == 0.0).collect();
        ensure!(
            idle.is_empty(),
            "not called within {} s: {idle:?}",
            SPREAD_WITHIN.as_secs()
        );
        thread::sleep(COUNTED_FOR);
        told = spread::even(&before, &spread::calls(namespace, &pods, &BY_ORDERSVC)?, TOLERANCE)?;
        Ok(())
    })?;
    Ok(format!("{told}; {}", meanwhile.without_failure()?))
}

/// What an uninstall may leave, and what is left of that after the commands of the notes.
fn uninstall(namespace: &Namespace) -> anyhow::Result<String> {
    let notes = namespace.helm().args(["get", "notes", RELEASE]).run()?;
    let deletions: Vec<&str> = notes
        .lines()
        .filter_map(|line| line.trim().strip_prefix("kubectl "))
        .filter(|command| command.contains(" delete "))
        .collect();
    ensure!(deletions.len() == 4, "the notes say {deletions:?}");
    helm(namespace, "uninstall").run()?;
    until(Duration::from_secs(90), || {
        let kinds = "deployments,statefulsets,cronjobs,jobs,pods,services,serviceaccounts,configmaps,networkpolicies,\
            poddisruptionbudgets,roles,rolebindings,horizontalpodautoscalers";
        let left: Vec<String> = namespace
            .list([kinds])?
            .iter()
            .map(|object| format!("{}/{}", object["kind"], object["metadata"]["name"]).replace('"', ""))
            // Every namespace has them.
            .filter(|name| !["ServiceAccount/default", "ConfigMap/kube-root-ca.crt"].contains(&name.as_str()))
            .collect();
        ensure!(left.is_empty(), "{} is left", left.join(", "));
        Ok(())
    })?;
    // These would outlive the namespace.
    let of_the_cluster = names(namespace.list(["clusterroles,clusterrolebindings"])?);
    ensure!(
        !of_the_cluster.contains(&namespace.cluster_name()),
        "the cluster still has {}",
        namespace.cluster_name()
    );
    let volumes = names(namespace.list(["persistentvolumeclaims"])?);
    ensure!(
        volumes == ["data-postgres-0", "data-sandbox-psp-0"],
        "the volumes {volumes:?} are left"
    );
    let secrets = names(namespace.list(["secrets"])?);
    let opens_them = names(namespace.list(["secrets", "--selector", "app.kubernetes.io/managed-by=certs"])?);
    ensure!(
        !secrets.is_empty() && secrets == opens_them,
        "the Secrets {secrets:?} are left, of which `certs` made {opens_them:?}"
    );
    for command in &deletions {
        namespace.cluster().kubectl().args(command.split_whitespace()).run()?;
    }
    until(Duration::from_secs(90), || {
        let left = names(namespace.list(["persistentvolumeclaims,secrets"])?);
        ensure!(left.is_empty(), "what the notes say leaves {left:?}");
        Ok(())
    })?;
    Ok(format!(
        "leaves {} and the {} Secrets that open them; nothing after the commands of its notes",
        volumes.join(" and "),
        secrets.len()
    ))
}

fn names(objects: Vec<serde_json::Value>) -> Vec<String> {
    let name = |object: &serde_json::Value| Some(object["metadata"]["name"].as_str()?.to_owned());
    let mut names: Vec<String> = objects.iter().filter_map(name).collect();
    names.sort_unstable();
    names
}
