//! What the API server says that pods may do.

use std::collections::BTreeSet;

use anyhow::{bail, ensure};
use platform::topology::AUTHSVC;
use serde_json::{Value, json};

use crate::Namespace;

/// What no account of a service may do.
const FORBIDDEN: [(&str, &str); 5] = [
    ("get", "secrets"),
    ("list", "secrets"),
    ("create", "pods"),
    ("create", "pods/exec"),
    ("delete", "deployments.apps"),
];
const REVIEWS: &str = "tokenreviews.authentication.k8s.io";
/// The account that makes Secrets.
const CERTS: &str = "certs";
const CERTS_MAY: [(&str, &str); 3] = [("get", "secrets"), ("create", "secrets"), ("patch", "secrets")];
const CERTS_MAY_NOT: [(&str, &str); 7] = [
    ("list", "secrets"),
    ("watch", "secrets"),
    ("update", "secrets"),
    ("delete", "secrets"),
    ("create", "pods"),
    ("get", "configmaps"),
    ("create", REVIEWS),
];

/// Every pod is restricted, and no account of a service can do what it need not.
pub(super) fn hold(namespace: &Namespace) -> anyhow::Result<String> {
    let object = namespace.cluster().kubectl();
    let text = object
        .args(["get", "namespace", namespace.name(), "--output", "json"])
        .run()?;
    let object: Value = serde_json::from_str(&text)?;
    let enforced = &object["metadata"]["labels"]["pod-security.kubernetes.io/enforce"];
    ensure!(enforced == "restricted", "the namespace enforces {enforced}");
    let privileged = [
        "run",
        "privileged",
        "--image=busybox",
        "--privileged",
        "--restart=Never",
        "--dry-run=server",
    ];
    let refused = namespace.kubectl().args(privileged).refused()?;
    ensure!(
        refused.contains("violates PodSecurity"),
        "a privileged pod is refused otherwise: {refused}"
    );

    let pods = namespace.list(["pods"])?;
    let mut accounts = BTreeSet::new();
    let mut containers = 0;
    for pod in &pods {
        let (name, spec) = (&pod["metadata"]["name"], &pod["spec"]);
        ensure!(
            spec["securityContext"]["runAsNonRoot"] == true,
            "{name} may run as root"
        );
        for container in ["initContainers", "containers"]
            .iter()
            .flat_map(|kind| spec[*kind].as_array())
            .flatten()
        {
            let context = &container["securityContext"];
            ensure!(
                context["readOnlyRootFilesystem"] == true,
                "{name} may write to its image"
            );
            ensure!(
                context["allowPrivilegeEscalation"] == false,
                "{name} may gain privileges"
            );
            containers += 1;
        }
        if pod["metadata"]["labels"]["app.kubernetes.io/component"] == "service" {
            accounts.extend(spec["serviceAccountName"].as_str().map(str::to_owned));
        }
    }
    for account in &accounts {
        for (verb, what) in FORBIDDEN {
            ensure!(!may(namespace, account, verb, what)?, "{account} may {verb} {what}");
        }
        let reviews = may(namespace, account, "create", REVIEWS)?;
        ensure!(
            reviews == (account == AUTHSVC.name),
            "{account} may create {REVIEWS}: {reviews}"
        );
    }
    ensure!(accounts.contains(AUTHSVC.name), "no pod runs as {}", AUTHSVC.name);
    of_the_cluster(namespace)?;
    let certs = of_certs(namespace)?;
    Ok(format!(
        "{} pods, {containers} containers restricted; {} accounts of services may not read Secrets, authsvc alone may review \
         tokens{certs}",
        pods.len(),
        accounts.len()
    ))
}

/// What an installation may in the whole cluster is to review tokens, and authsvc alone is bound to it.
fn of_the_cluster(namespace: &Namespace) -> anyhow::Result<()> {
    let name = namespace.cluster_name();
    let role = namespace.get(["clusterrole", &name])?;
    let rules = json!([{
        "apiGroups": ["authentication.k8s.io"], "resources": ["tokenreviews"], "verbs": ["create"],
    }]);
    ensure!(
        role["rules"] == rules,
        "the ClusterRole {name} allows {}",
        role["rules"]
    );
    let binding = namespace.get(["clusterrolebinding", &name])?;
    let subjects = json!([{
        "kind": "ServiceAccount", "name": AUTHSVC.name, "namespace": namespace.name(),
    }]);
    ensure!(
        binding["subjects"] == subjects,
        "the ClusterRoleBinding {name} binds {}",
        binding["subjects"]
    );
    Ok(())
}

/// Where there is an account that makes Secrets, it may make them and nothing else.
fn of_certs(namespace: &Namespace) -> anyhow::Result<&'static str> {
    let there = ["serviceaccount", CERTS, "--ignore-not-found", "--output", "name"];
    if namespace.kubectl().args(["get"]).args(there).run()?.trim().is_empty() {
        return Ok("");
    }
    for (verb, what) in CERTS_MAY {
        ensure!(may(namespace, CERTS, verb, what)?, "{CERTS} may not {verb} {what}");
    }
    for (verb, what) in CERTS_MAY_NOT {
        ensure!(!may(namespace, CERTS, verb, what)?, "{CERTS} may {verb} {what}");
    }
    Ok("; certs may get, create and patch Secrets and nothing else")
}

/// Whether an account of the namespace may do something.
pub(super) fn may(namespace: &Namespace, account: &str, verb: &str, what: &str) -> anyhow::Result<bool> {
    let subject = format!("system:serviceaccount:{}:{account}", namespace.name());
    let asked = namespace
        .kubectl()
        .args(["auth", "can-i", verb, what, "--as", &subject]);
    match asked.answer()?.as_str() {
        "yes" => Ok(true),
        "no" => Ok(false),
        other => bail!("whether {account} may {verb} {what} is answered by `{other}`"),
    }
}
