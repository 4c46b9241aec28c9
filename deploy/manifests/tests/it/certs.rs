//! What makes the Secrets, against what mounts them.

use std::collections::{BTreeMap, BTreeSet};

use manifests::{Object, Rendered};
use serde_json::{Value, json};

use crate::{assert_none, golden};

/// Every ConfigMap with a table of services.
fn tables() -> Vec<(&'static str, &'static Object)> {
    let renderings = ["certs", "staging", "helm-staging"].into_iter();
    let tables: Vec<_> = renderings
        .flat_map(|name| {
            let maps = golden(name).of_kind("ConfigMap");
            maps.filter(|map| !map.at("/data/services.yaml").is_null())
                .map(move |map| (name, map))
        })
        .collect();
    // Of Helm both the hook's and the one that stays.
    assert_eq!(tables.len(), 4);
    tables
}

/// What a server reads below `/secrets/keys`.
fn keys(pod: manifests::Pod<'_>) -> BTreeSet<String> {
    let env = pod.server().unwrap().env().into_iter();
    env.filter_map(|(_, value)| value?.strip_prefix("/secrets/keys/").map(str::to_owned))
        .collect()
}

#[test]
fn the_table_is_what_services_mount_and_read() {
    for (name, map) in tables() {
        let text = map.at("/data/services.yaml").as_str().unwrap();
        let table: Value = serde_norway::from_str(text).unwrap();
        let rendered = golden(name);
        let mut expected = BTreeMap::new();
        for (object, pod) in rendered.services() {
            let mut row = json!({});
            if let Some(database) = object.label("counterfoil.dev/database") {
                row["database"] = json!(database);
            }
            let keys = keys(pod);
            if !keys.is_empty() {
                row["keys"] = json!(keys);
            }
            expected.insert(object.name.as_str(), row);
        }
        assert_eq!(table["services"], json!(expected), "{name}: {}", map.name);
    }
}

#[test]
fn every_secret_that_a_service_mounts_is_one_of_four() {
    let mut offenders = Vec::new();
    for (name, _) in tables() {
        for (object, pod) in golden(name).services() {
            for secret in pod.secrets() {
                let kind = secret.strip_prefix(object.name.as_str());
                if !matches!(kind, Some("-tls" | "-keys" | "-database" | "-migrator")) {
                    offenders.push(format!("{name}: {} mounts {secret}", object.name));
                }
            }
        }
    }
    assert_none("certs makes what is mounted", &offenders);
}

#[test]
fn every_file_that_is_read_is_one_that_is_made() {
    let mut read = BTreeSet::new();
    for (name, _) in tables() {
        for (_, pod) in golden(name).pods() {
            for container in pod.containers() {
                let files = container.env().into_iter().filter_map(|(_, value)| value);
                let files = files.filter_map(|value| value.strip_prefix("/secrets/"));
                read.extend(files.filter(|file| !file.starts_with("keys/")).map(str::to_owned));
            }
        }
    }
    let made = [
        "database/url",
        "migrator/url",
        "tls/ca.crt",
        "tls/tls.crt",
        "tls/tls.key",
    ];
    assert_eq!(read, made.map(str::to_owned).into());
}

/// What a workload of certs runs, whatever its account and its ConfigMap are called.
fn runs(rendered: &Rendered, kind: &str, name: &str) -> Value {
    let (_, pod) = rendered
        .pods()
        .find(|(object, _)| object.kind == kind && object.name == name)
        .unwrap();
    let text = pod.spec.to_string().replace("certs-install", "certs");
    serde_json::from_str(&text).unwrap()
}

#[test]
fn what_runs_at_once_runs_every_night() {
    let (kustomize, helm) = (golden("staging"), golden("helm-staging"));
    let nightly = runs(kustomize, "CronJob", "certs");
    assert_eq!(runs(kustomize, "Job", "certs"), nightly);
    let nightly = runs(helm, "CronJob", "certs");
    assert_eq!(runs(helm, "Job", "certs-install"), nightly);
    let limits = |object: Option<&Object>, at: &str| {
        let spec = object.unwrap().at(at);
        json!([
            spec["backoffLimit"],
            spec["activeDeadlineSeconds"],
            spec["podFailurePolicy"]
        ])
    };
    let nightly = limits(helm.find("CronJob", "certs"), "/spec/jobTemplate/spec");
    assert_eq!(limits(helm.find("Job", "certs-install"), "/spec"), nightly);
    assert_eq!(limits(kustomize.find("Job", "certs"), "/spec"), nightly);
}

#[test]
fn who_makes_secrets_may_do_that_in_its_namespace_and_nothing_else() {
    for (name, account) in [
        ("certs", "certs"),
        ("helm-staging", "certs"),
        ("helm-staging", "certs-install"),
    ] {
        let rendered = golden(name);
        let role = rendered.find("Role", account).unwrap();
        let rules = json!([{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get", "create", "patch"]}]);
        assert_eq!(role.at("/rules"), &rules, "{name}");
        let binding = rendered.find("RoleBinding", account).unwrap();
        assert_eq!(binding.at("/roleRef/name"), account, "{name}");
        assert_eq!(binding.at("/subjects/0/name"), account, "{name}");
        for object in rendered.of_kind("ClusterRoleBinding") {
            assert!(!object.value.to_string().contains(&format!("\"{account}\"")), "{name}");
        }
    }
}
