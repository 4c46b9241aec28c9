//! kustomize and Helm render the same, but for names and labels.

use std::collections::BTreeMap;

use manifests::{Rendered, without_hash};
use serde_json::{Map, Value, json};

use crate::golden;

/// The objects by kind and name, without what is allowed to differ: labels, annotations, namespaces, hashes, the order of
/// lists, and the difference between empty and absent.
fn essence(rendered: &Rendered) -> BTreeMap<(String, String), Value> {
    rendered
        .objects()
        .iter()
        // Helm is given a namespace, and neither brings Secrets to where they matter.
        .filter(|object| object.kind != "Namespace" && object.kind != "Secret")
        // Helm has hooks, and kustomize has no such moments; what certs does at once is compared with what it does every night.
        .filter(|object| object.kind != "Job" && object.at("/metadata/annotations")["helm.sh/hook"].is_null())
        .map(|object| {
            let mut value = object.value.clone();
            value["metadata"] = Value::Null;
            ((object.kind.clone(), object.name.clone()), reduced(value))
        })
        .collect()
}

fn reduced(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let kept = map.into_iter().filter_map(|(key, inner)| {
                let inner = match key.as_str() {
                    "labels" | "annotations" => return None,
                    "configMapRef" | "configMapKeyRef" | "configMap" => hashless(inner),
                    "subjects" => placeless(inner),
                    _ => inner,
                };
                let inner = reduced(inner);
                let empty = match &inner {
                    Value::Null => true,
                    Value::Object(map) => map.is_empty() && key != "podSelector" && key != "namespaceSelector",
                    Value::Array(list) => list.is_empty(),
                    _ => false,
                };
                (!empty).then_some((key, inner))
            });
            Value::Object(kept.collect::<Map<_, _>>())
        }
        Value::Array(list) => {
            let mut list: Vec<Value> = list.into_iter().map(reduced).collect();
            list.sort_by_cached_key(Value::to_string);
            Value::Array(list)
        }
        other => other,
    }
}

/// A binding is of its own namespace here, whatever that is called; `discovery` sees that it names one.
fn placeless(mut subjects: Value) -> Value {
    for subject in subjects.as_array_mut().into_iter().flatten() {
        subject["namespace"] = Value::Null;
    }
    subjects
}

fn hashless(mut reference: Value) -> Value {
    if let Some(name) = reference["name"].as_str() {
        reference["name"] = json!(without_hash(name));
    }
    reference
}

fn assert_equal(kustomize: &BTreeMap<(String, String), Value>, helm: &BTreeMap<(String, String), Value>) {
    assert!(kustomize.len() > 30);
    assert_eq!(kustomize.keys().collect::<Vec<_>>(), helm.keys().collect::<Vec<_>>());
    for (which, value) in kustomize {
        let (left, right) = (
            serde_json::to_string_pretty(value).unwrap(),
            serde_json::to_string_pretty(&helm[which]).unwrap(),
        );
        let difference: Vec<String> = left
            .lines()
            .zip(right.lines())
            .filter(|(a, b)| a != b)
            .map(|(a, b)| format!("kustomize {} | helm {}", a.trim(), b.trim()))
            .take(5)
            .collect();
        assert!(left == right, "{which:?} differs:\n  {}", difference.join("\n  "));
    }
}

#[test]
fn staging_is_the_same_by_kustomize_and_by_helm() {
    assert_equal(&essence(golden("staging")), &essence(golden("helm-staging")));
}

#[test]
fn dev_is_what_helm_installs_with_all_it_can_bring() {
    let mut dev = essence(golden("dev"));
    let mut helm = essence(golden("helm-bundled"));
    // What belongs to no namespace is named after it, and these two have different ones; `identity` says what it is.
    dev.retain(|(kind, _), _| !kind.starts_with("Cluster"));
    helm.retain(|(kind, _), _| !kind.starts_with("Cluster"));
    // A laptop runs one pod of each, which asks for little.
    let requested = "/spec/template/spec/containers/0/resources/requests/cpu";
    for (which, value) in dev.iter_mut().filter(|((kind, _), _)| kind == "Deployment") {
        assert_eq!(value["spec"]["replicas"], 1);
        value["spec"]["replicas"] = json!(2);
        let cpu = value.pointer_mut(requested).unwrap();
        assert_eq!(*cpu, "10m");
        *cpu = helm[which].pointer(requested).unwrap().clone();
    }
    assert_equal(&dev, &helm);
}
