//! Who calls others may look for their pods, and nobody else.

use std::collections::BTreeSet;

use manifests::{Object, Pod, Rendered};
use serde_json::json;

use crate::{WHOLE, golden};

const ACCOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

fn names<'a>(objects: impl Iterator<Item = &'a Object>) -> BTreeSet<&'a str> {
    objects.map(|object| object.name.as_str()).collect()
}

/// Those that are told the address of another service.
fn callers(rendered: &Rendered) -> BTreeSet<&str> {
    let services = names(rendered.services().map(|(object, _)| object));
    let calls = |pod: &Pod<'_>| {
        let server = pod.server().unwrap();
        let env = server.at("/env").as_array().cloned().unwrap_or_default();
        let told = |service: &str| {
            env.iter()
                .any(|entry| is_url_of(entry["value"].as_str().unwrap_or_default(), service))
        };
        services.iter().any(|service| told(service))
    };
    names(
        rendered
            .services()
            .filter(|(_, pod)| calls(pod))
            .map(|(object, _)| object),
    )
}

fn is_url_of(value: &str, service: &str) -> bool {
    value
        .split_once("://")
        .is_some_and(|(_, rest)| rest.starts_with(&format!("{service}:")))
}

#[test]
fn who_calls_others_may_look_for_their_pods_in_its_namespace_and_nobody_else_may() {
    for name in WHOLE {
        let rendered = golden(name);
        let callers = callers(rendered);
        assert!(!callers.is_empty(), "{name}: nobody calls anybody");
        let role = rendered.find("Role", "discovery").unwrap();
        let rules = json!([{
            "apiGroups": ["discovery.k8s.io"], "resources": ["endpointslices"], "verbs": ["get", "list", "watch"],
        }]);
        assert_eq!(role.at("/rules"), &rules, "{name}");

        let bindings = rendered
            .of_kind("RoleBinding")
            .filter(|binding| binding.at("/roleRef/name") == "discovery");
        let bound: BTreeSet<&str> = bindings
            .map(|binding| {
                let [subject] = binding.at("/subjects").as_array().unwrap().as_slice() else {
                    unreachable!("{name}: {} binds several", binding.name)
                };
                assert_eq!(subject["kind"], "ServiceAccount", "{name}");
                assert!(
                    subject["namespace"].is_string(),
                    "{name}: {} names no namespace",
                    binding.name
                );
                subject["name"].as_str().unwrap()
            })
            .collect();
        assert_eq!(bound, callers, "{name}");
    }
}

#[test]
fn who_looks_for_pods_has_what_it_takes_to_ask_the_api_server() {
    for name in WHOLE {
        let rendered = golden(name);
        let platform = rendered.find("ConfigMap", "platform").unwrap();
        assert_eq!(platform.at("/data/SERVICE_DISCOVERY"), "kubernetes", "{name}");
        let callers = callers(rendered);
        for (object, pod) in rendered
            .services()
            .filter(|(object, _)| callers.contains(object.name.as_str()))
        {
            let label = object.at("/spec/template/metadata/labels/counterfoil.dev~1api-server");
            assert_eq!(label, "asked", "{name}: no policy lets {} out", object.name);
            let mounts = pod
                .server()
                .unwrap()
                .at("/volumeMounts")
                .as_array()
                .cloned()
                .unwrap_or_default();
            let mount = mounts.iter().find(|mount| mount["mountPath"] == ACCOUNT).unwrap();
            let volumes = pod.spec["volumes"].as_array().unwrap();
            let volume = volumes.iter().find(|volume| volume["name"] == mount["name"]).unwrap();
            let sources = volume["projected"]["sources"].to_string();
            for file in ["\"path\":\"token\"", "\"path\":\"ca.crt\"", "\"path\":\"namespace\""] {
                assert!(sources.contains(file), "{name}: {} is not given {file}", object.name);
            }
        }
    }
}
