//! What the manifests say against what the code says.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use manifests::Container;
use serde_json::{Value, json};

use crate::{WHOLE, assert_none, golden, topology};

#[test]
fn every_service_of_the_topology_is_deployed_on_its_port() {
    let mut offenders = Vec::new();
    let places = topology::places();
    for rendering in WHOLE {
        let rendered = golden(rendering);
        assert_eq!(rendered.services().count(), places.len(), "{rendering}");
        for place in &places {
            let Some((object, pod)) = rendered.services().find(|(object, _)| object.name == place.name) else {
                offenders.push(format!("{rendering}: {} is missing", place.name));
                continue;
            };
            let ports: BTreeMap<&str, u64> = pod
                .server()
                .unwrap()
                .at("/ports")
                .as_array()
                .unwrap()
                .iter()
                .map(|port| (port["name"].as_str().unwrap(), port["containerPort"].as_u64().unwrap()))
                .collect();
            let expected = [
                ("admin", topology::port("ADMIN_PORT")),
                ("grpc", place.port),
                ("health", topology::port("HEALTH_PORT")),
            ];
            if ports != BTreeMap::from(expected) {
                offenders.push(format!("{rendering}: {} listens on {ports:?}", place.name));
            }
            if object.label("counterfoil.dev/database") != place.database.as_deref() {
                offenders.push(format!("{rendering}: {} has another database", place.name));
            }
            for name in [place.name.clone(), format!("{}-headless", place.name)] {
                let service = rendered.find("Service", &name).unwrap();
                let port = json!([{"name": "grpc", "port": place.port, "targetPort": "grpc", "appProtocol": "grpc"}]);
                if service.at("/spec/ports") != &port {
                    offenders.push(format!("{rendering}: Service {name} has {}", service.at("/spec/ports")));
                }
            }
        }
    }
    assert_none("the topology is what runs", &offenders);
}

/// Every word in quotes and capitals in the Rust of these directories.
fn quoted_names(directories: &[&str]) -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut names = BTreeSet::new();
    let mut left: Vec<_> = directories.iter().map(|directory| root.join(directory)).collect();
    while let Some(path) = left.pop() {
        if path.is_dir() {
            left.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let words = text
                .split('"')
                .filter(|word| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_'));
            names.extend(words.map(str::to_owned));
        }
    }
    names
}

/// What a container is told, by name.
fn told(rendered: &manifests::Rendered, container: Container<'_>) -> BTreeSet<String> {
    let mut names: BTreeSet<String> = container.env().into_iter().map(|(name, _)| name.to_owned()).collect();
    for source in container.at("/envFrom").as_array().into_iter().flatten() {
        let name = source["configMapRef"]["name"].as_str().unwrap();
        let map = rendered.find("ConfigMap", manifests::without_hash(name));
        let map = map.map(|map| map.at("/data")).and_then(serde_json::Value::as_object);
        assert!(map.is_some(), "there is no ConfigMap {name}");
        names.extend(map.into_iter().flat_map(|data| data.keys().cloned()));
    }
    names
}

#[test]
fn every_variable_is_one_that_the_service_reads() {
    let mut offenders = Vec::new();
    for rendering in WHOLE {
        let rendered = golden(rendering);
        for (object, pod) in rendered.services() {
            let own = format!("services/{}/src", object.name);
            let known = quoted_names(&[&own, "libs/platform/src", "libs/identity/src"]);
            assert!(known.contains("DRAIN_LIMIT"));
            for container in pod.containers() {
                for name in told(rendered, container) {
                    let plain = name.strip_suffix("_FILE").unwrap_or(&name);
                    // The one that others are made of.
                    if name != "PEER_SCHEME" && !known.contains(&name) && !known.contains(plain) {
                        offenders.push(format!(
                            "{rendering}: {} {} is told {name}",
                            object.name,
                            container.name()
                        ));
                    }
                }
            }
        }
    }
    assert_none("what nobody reads is a mistake", &offenders);
}

#[test]
fn every_reference_to_a_variable_comes_after_it() {
    let mut offenders = Vec::new();
    for rendering in WHOLE {
        for (object, pod) in golden(rendering).pods() {
            for container in pod.containers() {
                let mut before = BTreeSet::new();
                for (name, value) in container.env() {
                    let value = value.unwrap_or_default();
                    if let Some((_, rest)) = value.split_once("$(")
                        && !rest.split_once(')').is_some_and(|(used, _)| before.contains(used))
                    {
                        offenders.push(format!("{rendering}: {} {name}={value}", object.name));
                    }
                    before.insert(name);
                }
            }
        }
    }
    assert_none("the kubelet expands what it has seen", &offenders);
}

/// Who a policy lets in, or out to.
fn allowed(policy: &manifests::Object, direction: &str, side: &str) -> BTreeSet<String> {
    let rules = policy
        .at(&format!("/spec/{direction}"))
        .as_array()
        .into_iter()
        .flatten();
    rules
        .flat_map(|rule| rule[side].as_array().into_iter().flatten())
        .filter_map(|peer| peer["podSelector"]["matchLabels"]["app.kubernetes.io/name"].as_str())
        .map(str::to_owned)
        .collect()
}

#[test]
fn whom_a_service_is_told_of_it_may_call_and_nobody_else() {
    let places = topology::places();
    let mut offenders = Vec::new();
    for rendering in WHOLE {
        let rendered = golden(rendering);
        let policy = |name: &str| rendered.find("NetworkPolicy", name).unwrap();
        for (object, pod) in rendered.services() {
            let told: BTreeSet<String> = pod
                .server()
                .unwrap()
                .env()
                .into_iter()
                .filter_map(|(_, value)| value?.strip_prefix("$(PEER_SCHEME)://")?.split_once(':'))
                .map(|(host, port)| {
                    let place = places.iter().find(|place| place.name == host);
                    assert!(
                        place.is_none_or(|place| place.port.to_string() == port),
                        "{host}:{port}"
                    );
                    host.to_owned()
                })
                .collect();
            let may_call = allowed(policy(&object.name), "egress", "to");
            if told != may_call {
                offenders.push(format!(
                    "{rendering}: {} is told of {told:?}, may call {may_call:?}",
                    object.name
                ));
            }
            for peer in &told {
                if !allowed(policy(peer), "ingress", "from").contains(&object.name) {
                    offenders.push(format!("{rendering}: {peer} does not let {} in", object.name));
                }
            }
            for caller in allowed(policy(&object.name), "ingress", "from") {
                if !allowed(policy(&caller), "egress", "to").contains(&object.name) {
                    offenders.push(format!(
                        "{rendering}: {} lets {caller} in, which does not call it",
                        object.name
                    ));
                }
            }
        }
        let deny = policy("default-deny");
        assert_eq!(
            deny.at("/spec"),
            &json!({"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}),
            "{rendering}"
        );
    }
    assert_none("calls are declared on both sides", &offenders);
}

#[test]
fn the_dev_overlay_brings_every_secret_that_its_pods_mount() {
    let rendered = golden("dev");
    let wanted: BTreeSet<&str> = rendered.pods().flat_map(|(_, pod)| pod.secrets()).collect();
    let brought: BTreeSet<&str> = rendered.of_kind("Secret").map(|secret| secret.name.as_str()).collect();
    assert_eq!(wanted, brought);

    // Every file that a variable names is a key of the Secret mounted there.
    let mut offenders = Vec::new();
    for (object, pod) in rendered.pods() {
        for container in pod.containers() {
            for (name, value) in container.env() {
                let Some((volume, key)) = value.and_then(|value| value.strip_prefix("/secrets/")?.split_once('/'))
                else {
                    continue;
                };
                let secret = pod.spec["volumes"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .find(|found| found["name"] == volume)
                    .and_then(|found| found["secret"]["secretName"].as_str());
                let held = secret
                    .and_then(|secret| rendered.find("Secret", secret))
                    .is_some_and(|secret| secret.at("/stringData")[key] != Value::Null);
                if !held {
                    offenders.push(format!("{} {name}: no Secret has {key}", object.name));
                }
            }
        }
    }
    assert_none("files that variables name", &offenders);
}

#[test]
fn only_dev_has_secrets_and_images_of_development() {
    for rendering in ["base", "staging", "helm-staging"] {
        assert_eq!(golden(rendering).of_kind("Secret").count(), 0, "{rendering}");
    }
    for rendering in ["staging", "helm-staging"] {
        for (object, pod) in golden(rendering).pods() {
            for container in pod.containers() {
                let image = container.at("/image").as_str().unwrap();
                assert!(
                    image.starts_with("registry.example.com/") && !image.ends_with(":dev"),
                    "{rendering}: {} runs {image}",
                    object.name
                );
            }
        }
    }
}
