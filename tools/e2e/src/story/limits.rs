//! What the API server says that pods may do.

use std::collections::BTreeSet;

use anyhow::ensure;
use platform::topology::AUTHSVC;
use serde_json::Value;

use crate::Namespace;

/// What no account of a service may do.
const FORBIDDEN: [(&str, &str); 5] = [
    ("get", "secrets"),
    ("list", "secrets"),
    ("create", "pods"),
    ("create", "pods/exec"),
    ("delete", "deployments.apps"),
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
    }
    let reviews = may(namespace, AUTHSVC.name, "create", "tokenreviews.authentication.k8s.io")?;
    ensure!(reviews, "authsvc may not review tokens");
    Ok(format!(
        "{} pods, {containers} containers restricted; {} accounts of services may not read Secrets",
        pods.len(),
        accounts.len()
    ))
}

/// Whether an account of the namespace may do something.
pub(super) fn may(namespace: &Namespace, account: &str, verb: &str, what: &str) -> anyhow::Result<bool> {
    let subject = format!("system:serviceaccount:{}:{account}", namespace.name());
    let asked = namespace
        .kubectl()
        .args(["auth", "can-i", verb, what, "--as", &subject]);
    // A no is told by the exit code too.
    let answer = asked.run().or_else(|error| {
        let told = error.to_string();
        if told.trim_end().ends_with(" no") {
            Ok("no".to_owned())
        } else {
            Err(error)
        }
    })?;
    Ok(answer.trim() == "yes")
}
