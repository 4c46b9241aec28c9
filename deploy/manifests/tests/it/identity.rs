//! Who a pod can prove to be, and to whom.

use manifests::{Object, Pod, Rendered};
use serde_json::{Value, json};

use crate::{WHOLE, assert_none, golden};

/// Where a pod finds each token that the kubelet makes for it, and the audience; none stands for the API server's own.
fn tokens(pod: Pod<'_>) -> Vec<(String, Option<&str>)> {
    let mut found = Vec::new();
    for volume in pod.spec["volumes"].as_array().into_iter().flatten() {
        for source in volume["projected"]["sources"].as_array().into_iter().flatten() {
            let token = &source["serviceAccountToken"];
            let Some(file) = token["path"].as_str() else { continue };
            let mounts = pod.containers().flat_map(|container| {
                let mounts = container.at("/volumeMounts").as_array().into_iter().flatten();
                mounts.filter(|mount| mount["name"] == volume["name"])
            });
            for mount in mounts {
                let path = format!("{}/{file}", mount["mountPath"].as_str().unwrap());
                found.push((path, token["audience"].as_str()));
            }
        }
    }
    found
}

fn of_services(check: impl Fn(&Rendered, &Object, Pod<'_>, &mut dyn FnMut(String))) -> Vec<String> {
    let mut offenders = Vec::new();
    for name in WHOLE {
        let rendered = golden(name);
        assert!(rendered.services().count() >= 4);
        for (object, pod) in rendered.services() {
            check(rendered, object, pod, &mut |fault| {
                offenders.push(format!("{name}: {} {fault}", object.name));
            });
        }
    }
    offenders
}

fn value_of<'a>(pod: Pod<'a>, variable: &str) -> Option<&'a str> {
    let server = pod.server()?;
    server.env().into_iter().find(|(name, _)| *name == variable)?.1
}

#[test]
fn whoever_gets_tokens_of_authsvc_shows_it_one_of_its_account() {
    let offenders = of_services(|rendered, object, pod, note| {
        let authsvc = rendered.find("ConfigMap", "authsvc").unwrap();
        let audience = authsvc.at("/data/SERVICE_ACCOUNT_AUDIENCE").as_str().unwrap();
        let shown = value_of(pod, "SERVICE_TOKEN_FILE");
        if shown.is_some() != value_of(pod, "AUTHSVC_URL").is_some() {
            note(format!("is told of authsvc, or shows it {shown:?}, but not both"));
        }
        let made: Vec<_> = tokens(pod).into_iter().filter(|token| token.1.is_some()).collect();
        let expected: Vec<_> = shown.iter().map(|path| ((*path).to_owned(), Some(audience))).collect();
        if made != expected {
            note(format!("is given {made:?}, and authsvc wants {expected:?}"));
        }
        if pod.spec["serviceAccountName"] != object.name.as_str() {
            note("has the account of another".to_owned());
        }
    });
    assert_none("identity by ServiceAccount", &offenders);
}

#[test]
fn nobody_proves_anything_with_a_shared_secret() {
    for name in WHOLE {
        for object in golden(name).objects() {
            let text = object.value.to_string().to_lowercase();
            let found = ["bootstrap-key", "bootstrap_key"]
                .iter()
                .any(|word| text.contains(word));
            assert!(!found, "{name}: {}/{} has bootstrap keys", object.kind, object.name);
        }
    }
}

#[test]
fn only_who_asks_the_api_server_can() {
    let offenders = of_services(|rendered, _, pod, note| {
        let policy = rendered.find("NetworkPolicy", "api-server").unwrap();
        let selected = policy.at("/spec/podSelector/matchLabels").as_object().unwrap();
        let let_out = selected
            .iter()
            .all(|(key, value)| &pod.metadata["labels"][key] == value);
        let directory = "/var/run/secrets/kubernetes.io/serviceaccount/token";
        let can = tokens(pod).iter().any(|token| *token == (directory.to_owned(), None));
        if can != let_out {
            note(format!(
                "has a token of the API: {can}, and is let out to it: {let_out}"
            ));
        }
        if pod.metadata["labels"]["app.kubernetes.io/name"] == "authsvc" && !can {
            note("cannot review tokens".to_owned());
        }
    });
    assert_none("tokens of the API", &offenders);
}

#[test]
fn the_one_role_of_the_cluster_reviews_tokens_and_has_the_name_of_the_namespace() {
    for name in WHOLE {
        let rendered = golden(name);
        let own = rendered.of_kind("Namespace").next().map(|object| object.name.as_str());
        let namespace = own.unwrap_or_else(|| name.strip_prefix("helm-").unwrap());
        let expected = format!("counterfoil:{namespace}");

        let roles: Vec<_> = rendered.of_kind("ClusterRole").collect();
        let names: Vec<_> = roles.iter().map(|role| role.name.as_str()).collect();
        assert_eq!(names, [expected.as_str()], "{name}");
        let rule = json!({"apiGroups": ["authentication.k8s.io"], "resources": ["tokenreviews"], "verbs": ["create"]});
        assert_eq!(roles[0].at("/rules"), &Value::Array(vec![rule]), "{name}");

        let bindings: Vec<_> = rendered.of_kind("ClusterRoleBinding").collect();
        assert_eq!(bindings.len(), 1, "{name}");
        assert_eq!(bindings[0].name, expected, "{name}");
        assert_eq!(
            bindings[0].at("/roleRef"),
            &json!({"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": expected}),
            "{name}"
        );
        let subject = json!({"kind": "ServiceAccount", "name": "authsvc", "namespace": namespace});
        assert_eq!(bindings[0].at("/subjects"), &Value::Array(vec![subject]), "{name}");
    }
}
