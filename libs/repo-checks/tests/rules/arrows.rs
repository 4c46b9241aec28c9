//! Which crate may use which.

use std::collections::{BTreeMap, BTreeSet};

use repo_checks::Package;

use crate::{assert_none, tree};

/// What the pure crates must never see: transports, databases, runtimes.
const OUTSIDE_WORLD: [&str; 12] = [
    "axum",
    "hyper",
    "hyper-util",
    "prost",
    "prost-types",
    "sqlx",
    "tokio",
    "tokio-stream",
    "tonic",
    "tonic-types",
    "tower",
    "reqwest",
];

/// Linked only where they are meant to be, because they are heavy.
const CONFINED: [(&str, &[&str]); 3] = [
    ("postgresql_embedded", &["embedded-postgres"]),
    ("embedded-postgres", &["all-in-one", "with-postgres"]),
    ("kube", &["certs", "kubernetes"]),
];

fn is_core(package: &Package) -> bool {
    package.name.ends_with("-core")
}

fn is_service(package: &Package) -> bool {
    package.dir.starts_with("services") && !is_core(package)
}

fn allowed_of(package: &Package) -> Option<BTreeSet<&'static str>> {
    let allowed: &[&str] = match package.name.as_str() {
        "kernel" => &[],
        "wire" => &["kernel"],
        "api" => &["kernel", "wire"],
        "platform" => &["kernel", "wire"],
        "kubernetes" => &["kernel", "platform"],
        "identity" => &["api", "kernel", "kubernetes", "platform", "wire"],
        "embedded-postgres" | "failpoint" | "repo-checks" => &[],
        "microbench" => &["api", "kernel", "order-core", "wire"],
        "testkit" => &["kernel", "platform", "wire"],
        "processes" => &["api", "failpoint", "kernel", "platform", "testkit"],
        _ if is_core(package) => &["kernel"],
        _ => return None,
    };
    Some(allowed.iter().copied().collect())
}

#[test]
fn every_crate_uses_only_what_stands_below_it() {
    let packages = tree().packages().unwrap();
    let ours: BTreeMap<&str, &Package> = packages
        .iter()
        .map(|package| (package.name.as_str(), package))
        .collect();
    let mut offenders = Vec::new();
    for package in &packages {
        for used in package.dependencies.iter().filter_map(|name| ours.get(name.as_str())) {
            let fine = match allowed_of(package) {
                Some(allowed) => allowed.contains(used.name.as_str()),
                None if package.name == "all-in-one" => !is_core(used),
                None if is_service(package) => {
                    let own_core = package.name.strip_suffix("svc").map(|domain| format!("{domain}-core"));
                    !is_service(used) && (!is_core(used) || Some(&used.name) == own_core.as_ref())
                }
                None => !is_core(used) && !is_service(used),
            };
            if !fine {
                offenders.push(format!("{} must not use {}", package.name, used.name));
            }
        }
    }
    assert_none(
        "arrows point inward: kernel <- core <- service -> platform, api",
        &offenders,
    );
}

#[test]
fn cores_never_see_the_outside_world() {
    let offenders: Vec<String> = tree()
        .packages()
        .unwrap()
        .iter()
        .filter(|package| is_core(package) || package.name == "kernel")
        .flat_map(|package| {
            OUTSIDE_WORLD
                .iter()
                .filter(|name| package.dependencies.contains(**name) && !package.optional.contains(**name))
                .map(|name| format!("{} uses {name}", package.name))
        })
        .collect();
    assert_none("a domain knows no transport, no database and no runtime", &offenders);
}

#[test]
fn heavy_crates_are_linked_only_where_they_are_meant_to_be() {
    let packages = tree().packages().unwrap();
    let mut offenders = Vec::new();
    for (heavy, homes) in CONFINED {
        for package in &packages {
            if package.dependencies.contains(heavy) && !homes.contains(&package.name.as_str()) {
                offenders.push(format!("{} links {heavy}", package.name));
            }
        }
    }
    assert_none("heavy crates stay in their rooms", &offenders);
}

#[test]
fn versions_stand_in_the_workspace_table_only_and_lints_are_inherited() {
    let mut offenders = Vec::new();
    for package in tree().packages().unwrap() {
        offenders.extend(
            package
                .own_versions
                .iter()
                .map(|name| format!("{} pins {name} itself", package.name)),
        );
        if !package.inherits_lints {
            offenders.push(format!("{} does not inherit the lints", package.name));
        }
    }
    assert_none("manifests say `workspace = true`", &offenders);
}
