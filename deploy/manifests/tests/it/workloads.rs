//! Every workload of every rendering.

use manifests::{Container, Object, Pod, Rendered};
use serde_json::{Value, json};

use crate::{WHOLE, assert_none, golden, topology};

/// What the process takes to end beyond the drain: background work, the ports of probes, the last traces.
const AFTER_THE_DRAIN: u64 = 12;

fn of_pods(check: impl Fn(&Object, Pod<'_>, &mut dyn FnMut(String))) -> Vec<String> {
    of_renderings(|rendered, note| {
        for (object, pod) in rendered.pods() {
            check(object, pod, &mut |fault| {
                note(format!("{}/{} {fault}", object.kind, object.name))
            });
        }
    })
}

fn of_renderings(check: impl Fn(&Rendered, &mut dyn FnMut(String))) -> Vec<String> {
    let mut offenders = Vec::new();
    for name in WHOLE {
        let rendered = golden(name);
        assert!(rendered.pods().count() > 5, "{name} has hardly any workload");
        check(rendered, &mut |fault| offenders.push(format!("{name}: {fault}")));
    }
    offenders
}

fn of_containers(check: impl Fn(Container<'_>, &mut dyn FnMut(String))) -> Vec<String> {
    of_pods(|_, pod, note| {
        for container in pod.containers() {
            check(container, &mut |fault| note(format!("{} {fault}", container.name())));
        }
    })
}

#[test]
fn every_pod_is_restricted() {
    let offenders = of_pods(|_, pod, note| {
        let context = &pod.spec["securityContext"];
        if context["runAsNonRoot"] != true || context["runAsUser"].as_u64().is_none_or(|user| user == 0) {
            note("may run as root".to_owned());
        }
        if context["seccompProfile"]["type"] != "RuntimeDefault" {
            note("has no seccomp profile".to_owned());
        }
        for shared in ["hostNetwork", "hostPID", "hostIPC"] {
            if !pod.spec[shared].is_null() {
                note(format!("sets {shared}"));
            }
        }
        if pod.spec["enableServiceLinks"] != false {
            note("is told of every Service in its environment".to_owned());
        }
        if pod.spec["automountServiceAccountToken"] != false {
            note("is given a token of the API that it does not use".to_owned());
        }
    });
    assert_none("a pod has what it needs and no more", &offenders);
}

#[test]
fn every_container_is_restricted() {
    let offenders = of_containers(|container, note| {
        let context = container.at("/securityContext");
        if context["allowPrivilegeEscalation"] != false {
            note("may gain privileges".to_owned());
        }
        if context["readOnlyRootFilesystem"] != true {
            note("may write to its image".to_owned());
        }
        if context["capabilities"] != json!({"drop": ["ALL"]}) {
            note("keeps capabilities".to_owned());
        }
        let mounts = container.at("/volumeMounts").as_array().cloned().unwrap_or_default();
        for mount in &mounts {
            let path = mount["mountPath"].as_str().unwrap_or_default();
            if path.starts_with("/secrets/") && mount["readOnly"] != true {
                note(format!("may write to {path}"));
            }
            // A file that is mounted alone is never updated.
            if !mount["subPath"].is_null() {
                note(format!("mounts a single file at {path}"));
            }
        }
    });
    assert_none("a container is restricted", &offenders);
}

#[test]
fn every_container_says_what_it_needs_and_how_much_it_may_have() {
    let offenders = of_containers(|container, note| {
        for (kind, what) in [
            ("requests", "cpu"),
            ("requests", "memory"),
            ("limits", "cpu"),
            ("limits", "memory"),
        ] {
            if container.at(&format!("/resources/{kind}/{what}")).is_null() {
                note(format!("has no {kind}.{what}"));
            }
        }
        let image = container.at("/image").as_str().unwrap_or_default();
        let tag = image.rsplit_once(':').map_or("", |(_, tag)| tag);
        if tag.is_empty() || tag == "latest" || tag.contains('/') {
            note(format!("runs `{image}`, whatever that is today"));
        }
        if container.at("/imagePullPolicy") != "IfNotPresent" {
            note("does not say when the image is pulled".to_owned());
        }
    });
    assert_none("resources and images", &offenders);
}

#[test]
fn every_secret_is_read_by_its_group_only() {
    let offenders = of_pods(|_, pod, note| {
        for volume in pod.spec["volumes"].as_array().into_iter().flatten() {
            if let Some(secret) = volume.get("secret")
                && secret["defaultMode"] != 0o440
            {
                note(format!("lets others read {}", volume["name"]));
            }
        }
        if !pod.secrets().is_empty() && pod.spec["securityContext"]["fsGroup"].is_null() {
            note("has no group that could read its Secrets".to_owned());
        }
    });
    assert_none("Secrets are mounted 0440", &offenders);
}

#[test]
fn no_secret_is_in_the_environment() {
    let offenders = of_containers(|container, note| {
        for entry in container.at("/env").as_array().into_iter().flatten() {
            if !entry["valueFrom"]["secretKeyRef"].is_null() {
                note(format!("has {} in its environment", entry["name"]));
            }
        }
        for entry in container.at("/envFrom").as_array().into_iter().flatten() {
            if !entry["secretRef"].is_null() {
                note("has a Secret in its environment".to_owned());
            }
        }
    });
    assert_none("secrets are files, which rotate and are in no crash dump", &offenders);
}

#[test]
fn every_service_is_probed_as_it_is_meant_to_be() {
    let health = topology::port("HEALTH_PORT");
    let offenders = of_services(|_, pod, note| {
        let Some(server) = pod.server() else {
            note("has no container `server`".to_owned());
            return;
        };
        for (probe, service) in [
            ("startupProbe", Value::Null),
            ("readinessProbe", Value::Null),
            ("livenessProbe", json!("liveness")),
        ] {
            let grpc = server.at(&format!("/{probe}/grpc"));
            if grpc["port"] != health || grpc["service"] != service {
                note(format!("{probe} asks {grpc}"));
            }
        }
        // A database that is away at the start is waited for.
        let patience = server.at("/startupProbe/periodSeconds").as_u64().unwrap_or(10)
            * server.at("/startupProbe/failureThreshold").as_u64().unwrap_or(3);
        if patience < 300 {
            note(format!("is restarted after {patience} s of not being ready"));
        }
    });
    assert_none("native gRPC probes", &offenders);
}

fn of_services(check: impl Fn(&Object, Pod<'_>, &mut dyn FnMut(String))) -> Vec<String> {
    of_renderings(|rendered, note| {
        assert!(rendered.services().count() >= 4);
        for (object, pod) in rendered.services() {
            check(object, pod, &mut |fault| note(format!("{} {fault}", object.name)));
        }
    })
}

#[test]
fn a_service_may_end_in_peace() {
    let offenders = of_renderings(|rendered, note| {
        for (object, pod) in rendered.services() {
            let platform = rendered.find("ConfigMap", "platform").unwrap();
            let drain = platform.at("/data/DRAIN_LIMIT").as_str().unwrap();
            let drain: u64 = drain.trim_end_matches('s').parse().unwrap();
            let server = pod.server().unwrap();
            let sleep = server
                .at("/lifecycle/preStop/sleep/seconds")
                .as_u64()
                .unwrap_or_default();
            let grace = pod.spec["terminationGracePeriodSeconds"].as_u64().unwrap_or_default();
            if sleep == 0 {
                note(format!("{} ends before balancers know", object.name));
            }
            if grace <= sleep + drain + AFTER_THE_DRAIN {
                note(format!(
                    "{} has {grace} s for {sleep} + {drain} + {AFTER_THE_DRAIN}",
                    object.name
                ));
            }
        }
    });
    assert_none("the grace period is longer than preStop and drain", &offenders);
}

#[test]
fn a_rollout_takes_no_pod_away_before_another_is_ready() {
    let offenders = of_services(|object, pod, note| {
        if object.at("/spec/strategy/rollingUpdate") != &json!({"maxSurge": 1, "maxUnavailable": 0}) {
            note("gives up pods".to_owned());
        }
        let spread = pod.spec["topologySpreadConstraints"].as_array().map_or(0, Vec::len);
        if spread < 2 {
            note("may have all its pods in one place".to_owned());
        }
    });
    assert_none("rolling updates", &offenders);
}

#[test]
fn every_service_has_its_own_of_everything() {
    let offenders = of_renderings(|rendered, note| {
        for (object, pod) in rendered.services() {
            let name = object.name.as_str();
            for kind in [
                "Service",
                "ServiceAccount",
                "PodDisruptionBudget",
                "NetworkPolicy",
                "ConfigMap",
            ] {
                if rendered.find(kind, name).is_none() {
                    note(format!("{name} has no {kind}"));
                }
            }
            if pod.spec["serviceAccountName"] != name {
                note(format!("{name} runs as {}", pod.spec["serviceAccountName"]));
            }
            let selected = json!({"app.kubernetes.io/name": name});
            for (kind, selector) in [
                ("Service", "/spec/selector"),
                ("PodDisruptionBudget", "/spec/selector/matchLabels"),
                ("NetworkPolicy", "/spec/podSelector/matchLabels"),
                ("Deployment", "/spec/selector/matchLabels"),
            ] {
                let found = rendered.find(kind, name).map(|object| object.at(selector));
                if found != Some(&selected) {
                    note(format!("{kind}/{name} selects {found:?}"));
                }
            }
            if pod.metadata["labels"]["app.kubernetes.io/name"] != name {
                note(format!("the pods of {name} are not called so"));
            }
            let twin = rendered.find("Service", &format!("{name}-headless"));
            if twin.is_none_or(|twin| twin.at("/spec/clusterIP") != "None") {
                note(format!("{name} has no headless twin"));
            }
        }
    });
    assert_none("a service is whole", &offenders);
}

#[test]
fn no_service_selects_the_pods_of_another_workload() {
    let offenders = of_renderings(|rendered, note| {
        for service in rendered.of_kind("Service") {
            let selector = service.at("/spec/selector").as_object().unwrap();
            let selected: Vec<_> = rendered
                .pods()
                .filter(|(_, pod)| {
                    selector
                        .iter()
                        .all(|(key, value)| &pod.metadata["labels"][key] == value)
                })
                .map(|(object, _)| format!("{}/{}", object.kind, object.name))
                .collect();
            if selected.len() != 1 {
                note(format!("{} selects {selected:?}", service.name));
            }
        }
    });
    assert_none("a Service has one workload behind it", &offenders);
}

#[test]
fn only_the_migrators_containers_can_change_a_schema() {
    let mut migrating = 0;
    let offenders = of_pods(|object, pod, note| {
        for container in pod.containers() {
            let mounts: Vec<&str> = container
                .at("/volumeMounts")
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|mount| mount["name"].as_str())
                .collect();
            let may = matches!(container.name(), "migrate" | "maintain");
            if mounts.contains(&"migrator") != may {
                note(format!("{} mounts {mounts:?}", container.name()));
            }
        }
        let database = object.label("counterfoil.dev/database").is_some() && object.kind == "Deployment";
        let migrate = pod.containers().any(|container| {
            container.init
                && container.name() == "migrate"
                && container.at("/args") == &json!(["migrate"])
                && Some(container.at("/image")) == pod.server().map(|server| server.at("/image"))
        });
        if database != migrate {
            note(format!(
                "has a database: {database}; migrates it with its own image: {migrate}"
            ));
        }
    });
    for name in WHOLE {
        migrating += golden(name).of_kind("CronJob").count();
    }
    assert!(migrating >= 3 * WHOLE.len());
    assert_none("the server's role reads and writes rows", &offenders);
}
