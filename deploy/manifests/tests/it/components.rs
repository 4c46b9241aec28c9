//! A component changes exactly what its README says.

use std::collections::BTreeSet;

use manifests::{Rendered, changes};

use crate::golden;

/// What a component does to the base, with `SERVICE` for every service that it does it to alike.
fn changes_of(component: &'static str) -> BTreeSet<String> {
    let (base, with) = (golden("base"), golden(component));
    let found: BTreeSet<String> = changes(base, with).into_iter().collect();
    let services: Vec<&str> = base.services().map(|(object, _)| object.name.as_str()).collect();
    let mut folded = BTreeSet::new();
    for line in &found {
        let general = services.iter().find_map(|service| {
            let kind_and_name = line.split(' ').nth(1)?;
            (kind_and_name.split_once('/')?.1 == *service).then(|| line.replacen(service, "SERVICE", 1))
        });
        match general {
            Some(general)
                if services
                    .iter()
                    .all(|service| found.contains(&general.replacen("SERVICE", service, 1))) =>
            {
                folded.insert(general)
            }
            _ => folded.insert(line.clone()),
        };
    }
    folded
}

fn lines(expected: &[&str]) -> BTreeSet<String> {
    expected.iter().map(|line| (*line).to_owned()).collect()
}

#[test]
fn the_base_alone_is_unchanged_by_itself() {
    assert!(changes(golden("base"), golden("base")).is_empty());
}

#[test]
fn a_change_is_named_by_its_place() {
    let parse = |text: &str| Rendered::parse(text).unwrap();
    let before =
        parse("{kind: A, metadata: {name: a}, list: [{name: x, v: 1}]}\n---\n{kind: B, metadata: {name: b}}\n");
    let after = parse(
        "{kind: A, metadata: {name: a}, list: [{name: z}, {name: x, v: 2}]}\n---\n{kind: C, metadata: {name: c}}\n",
    );
    assert_eq!(
        changes(&before, &after),
        ["- B/b", "~ A/a /list/x/v", "~ A/a /list/z/name", "+ C/c"]
    );
}

#[test]
fn insecure_takes_tls_away() {
    let mut expected = lines(&[
        "~ ConfigMap/platform /data/INSECURE",
        "~ ConfigMap/platform /data/PEER_SCHEME",
    ]);
    for place in [
        "containers/server/env/PEER_CA_FILE/name",
        "containers/server/env/PEER_CA_FILE/value",
        "containers/server/env/TLS_CERT_FILE/name",
        "containers/server/env/TLS_CERT_FILE/value",
        "containers/server/env/TLS_KEY_FILE/name",
        "containers/server/env/TLS_KEY_FILE/value",
        "containers/server/volumeMounts/tls/mountPath",
        "containers/server/volumeMounts/tls/name",
        "containers/server/volumeMounts/tls/readOnly",
        "volumes/tls/name",
        "volumes/tls/secret/defaultMode",
        "volumes/tls/secret/secretName",
    ] {
        expected.insert(format!("~ Deployment/SERVICE /spec/template/spec/{place}"));
    }
    assert_eq!(changes_of("insecure"), expected);
    let platform = golden("insecure");
    let platform = platform.find("ConfigMap", "platform").unwrap();
    assert_eq!(platform.at("/data/INSECURE"), "true");
    assert_eq!(platform.at("/data/PEER_SCHEME"), "http");
}

#[test]
fn postgres_comes_with_its_policies() {
    assert_eq!(
        changes_of("postgres"),
        lines(&[
            "+ ConfigMap/postgres",
            "+ NetworkPolicy/postgres",
            "+ Service/postgres",
            "+ StatefulSet/postgres",
            "~ NetworkPolicy/databases /spec/egress/0/to/0/podSelector/matchLabels/app.kubernetes.io/name",
        ])
    );
}

#[test]
fn certs_are_made_now_and_every_night_and_nothing_is_changed() {
    assert_eq!(
        changes_of("certs"),
        lines(&[
            "+ ConfigMap/certs",
            "+ CronJob/certs",
            "+ Job/certs",
            "+ Role/certs",
            "+ RoleBinding/certs",
            "+ ServiceAccount/certs",
        ])
    );
}

#[test]
fn the_sandbox_is_added_and_nothing_is_changed() {
    assert_eq!(
        changes_of("sandbox-psp"),
        lines(&[
            "+ NetworkPolicy/paymentsvc-to-sandbox-psp",
            "+ NetworkPolicy/sandbox-psp",
            "+ Service/sandbox-psp",
            "+ StatefulSet/sandbox-psp",
        ])
    );
}

#[test]
fn an_autoscaler_for_each_service_takes_over_the_number_of_pods() {
    assert_eq!(
        changes_of("hpa"),
        lines(&[
            "+ HorizontalPodAutoscaler/SERVICE",
            "~ Deployment/SERVICE /spec/replicas"
        ])
    );
    let rendered = golden("hpa");
    for scaler in rendered.of_kind("HorizontalPodAutoscaler") {
        assert_eq!(scaler.at("/spec/scaleTargetRef/name"), scaler.name.as_str());
        assert_eq!(scaler.at("/spec/minReplicas"), 2, "{}", scaler.name);
        assert!(
            !scaler.at("/spec/metrics/0/resource/target").is_null(),
            "{}",
            scaler.name
        );
    }
}

#[test]
fn the_database_lets_in_what_all_pods_may_open() {
    let scaled = golden("hpa");
    let mut opened = 0;
    for (object, _) in scaled.services() {
        if object.label("counterfoil.dev/database").is_none() {
            continue;
        }
        let scaler = scaled.find("HorizontalPodAutoscaler", &object.name).unwrap();
        let most = scaler.at("/spec/maxReplicas").as_u64().unwrap();
        let settings = scaled.find("ConfigMap", &object.name).unwrap();
        let pool = settings.at("/data/DATABASE_MAX_CONNECTIONS").as_str().unwrap();
        // One pod more while it is rolled out, and the migrator of each.
        opened += (most + 1) * (pool.parse::<u64>().unwrap() + 1);
    }
    for name in ["postgres", "helm-bundled"] {
        let server = golden(name).find("StatefulSet", "postgres").unwrap();
        let arguments = server.at("/spec/template/spec/containers/0/args").as_array().unwrap();
        let allowed = arguments
            .iter()
            .find_map(|argument| argument.as_str()?.strip_prefix("max_connections="));
        let allowed: u64 = allowed.unwrap().parse().unwrap();
        // And who looks at it.
        assert!(opened > 0 && opened + 20 <= allowed, "{name}: {opened} of {allowed}");
    }
}

#[test]
fn monitoring_is_let_in_and_told_of() {
    assert_eq!(
        changes_of("monitoring"),
        lines(&[
            "+ NetworkPolicy/monitoring",
            "+ PodMonitor/counterfoil",
            "+ PrometheusRule/counterfoil",
            "~ ConfigMap/platform /data/OTEL_EXPORTER_OTLP_ENDPOINT",
        ])
    );
}

#[test]
fn the_ingress_has_a_route_to_each_service() {
    assert_eq!(
        changes_of("ingress"),
        lines(&[
            "+ BackendTLSPolicy/SERVICE",
            "+ GRPCRoute/SERVICE",
            "+ Gateway/counterfoil",
            "+ NetworkPolicy/gateway",
        ])
    );
    let rendered = golden("ingress");
    for route in rendered.of_kind("GRPCRoute") {
        let service = rendered.find("Service", &route.name).unwrap();
        let backend = route.at("/spec/rules/0/backendRefs/0");
        assert_eq!(backend["name"], route.name.as_str());
        assert_eq!(&backend["port"], service.at("/spec/ports/0/port"), "{}", route.name);
    }
}

#[test]
fn every_component_has_a_readme_and_is_rendered_on_the_base() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../kustomize/components");
    let mut names = Vec::new();
    for entry in std::fs::read_dir(root).unwrap() {
        let path = entry.unwrap().path();
        assert!(path.join("README.md").exists(), "{}", path.display());
        names.push(path.file_name().unwrap().to_string_lossy().into_owned());
    }
    names.sort();
    assert_eq!(
        names,
        [
            "certs",
            "hpa",
            "ingress",
            "insecure",
            "monitoring",
            "postgres",
            "sandbox-psp"
        ]
    );
}
