//! How a new service runs on Kubernetes: as calculatorsvc does, on its own port.

use std::{fs, path::Path};

use anyhow::Context;

use crate::{MODEL, insert_sorted, read};

const BASE: &str = "deploy/kustomize/base";

/// The files that are new, with their contents: the directory of the model, renamed.
pub(crate) fn directory(root: &Path, domain: &str, port: u16) -> anyhow::Result<Vec<(String, String)>> {
    let model = format!("{BASE}/{MODEL}svc");
    let mut files = Vec::new();
    for entry in fs::read_dir(root.join(&model)).with_context(|| format!("could not read {model}"))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        let text = read(root, &format!("{model}/{name}"))?;
        files.push((
            format!("{BASE}/{domain}svc/{name}"),
            renamed(&text, domain, port, &model_port(root)?),
        ));
    }
    files.sort();
    Ok(files)
}

/// The lists that name every service, and what becomes of each.
pub(crate) fn lists(root: &Path, domain: &str, title: &str, port: u16) -> anyhow::Result<Vec<(String, String)>> {
    let service = format!("{domain}svc");
    let mut changed = Vec::new();
    let mut edit = |path: &str, change: &dyn Fn(&str) -> Option<String>| -> anyhow::Result<()> {
        let text = read(root, path)?;
        let text = change(&text).with_context(|| format!("{path} is not as expected: no place for the new service"))?;
        changed.push((path.to_owned(), text));
        Ok(())
    };
    edit(&format!("{BASE}/kustomization.yaml"), &|text| {
        insert_sorted(text, "  - network.yaml\n", &format!("  - {service}\n"))
    })?;
    edit("deploy/kustomize/components/certs/services.yaml", &|text| {
        insert_sorted(text, "services:\n", &format!("  {service}: {{}}\n"))
    })?;
    let target = scale_target(&service);
    edit("deploy/kustomize/components/hpa/targets.yaml", &|text| {
        Some(format!("{text}---\n{target}"))
    })?;
    let route = route(&service, &format!("{domain}.v1.{title}Service"), port);
    edit("deploy/kustomize/components/ingress/routes.yaml", &|text| {
        Some(format!("{text}---\n{route}"))
    })?;
    edit("deploy/kustomize/overlays/staging/kustomization.yaml", &|text| {
        let image = format!(
            "  - name: {service}\n    newName: registry.example.com/counterfoil/{service}\n    newTag: 0.1.0\n"
        );
        Some(format!("{text}{image}"))
    })?;
    edit("deploy/e2e/staging/kustomization.yaml", &|text| {
        let image =
            format!("  - name: registry.example.com/counterfoil/{service}\n    newName: {service}\n    newTag: dev\n");
        text.contains("\nimages:\n").then(|| format!("{text}{image}"))
    })?;
    let container = entry(root, "deploy/compose/compose.yaml", domain, port)?;
    edit("deploy/compose/compose.yaml", &|text| {
        let mark = "\nconfigs:\n";
        text.contains(mark)
            .then(|| text.replacen(mark, &format!("\n{container}{mark}"), 1))
    })?;
    let values = entry(root, "charts/counterfoil/values.yaml", domain, port)?;
    edit("charts/counterfoil/values.yaml", &|text| {
        let mark = "\n# A PostgreSQL of the chart's own";
        text.contains(mark)
            .then(|| text.replacen(mark, &format!("{values}{mark}"), 1))
    })?;
    edit("Tiltfile", &|text| {
        let start = text.find("services = {\n")?;
        let end = start + text[start..].find("}\n")?;
        Some(format!("{}    '{service}': {port},\n{}", &text[..end], &text[end..]))
    })?;
    Ok(changed)
}

fn renamed(text: &str, domain: &str, port: u16, model_port: &str) -> String {
    text.replace(MODEL, domain).replace(model_port, &port.to_string())
}

fn model_port(root: &Path) -> anyhow::Result<String> {
    let path = format!("{BASE}/{MODEL}svc/service.yaml");
    let text = read(root, &path)?;
    let port = text.lines().find_map(|line| line.trim().strip_prefix("port: "));
    port.map(str::to_owned).with_context(|| format!("{path} has no port"))
}

/// The model's entry in a file that lists services below a key, renamed.
fn entry(root: &Path, path: &str, domain: &str, port: u16) -> anyhow::Result<String> {
    let text = read(root, path)?;
    let entry: Vec<&str> = text
        .lines()
        .skip_while(|line| *line != format!("  {MODEL}svc:"))
        .enumerate()
        .take_while(|(index, line)| *index == 0 || line.starts_with("    "))
        .map(|(_, line)| line)
        .collect();
    anyhow::ensure!(!entry.is_empty(), "{path} has no {MODEL}svc");
    Ok(renamed(&(entry.join("\n") + "\n"), domain, port, &model_port(root)?))
}

fn scale_target(service: &str) -> String {
    format!(
        "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata:\n  name: {service}\n  labels:\n    \
         app.kubernetes.io/name: {service}\nspec:\n  scaleTargetRef:\n    apiVersion: apps/v1\n    kind: Deployment\n    \
         name: {service}\n"
    )
}

fn route(service: &str, grpc_service: &str, port: u16) -> String {
    let metadata = format!("metadata:\n  name: {service}\n  labels:\n    app.kubernetes.io/name: {service}\nspec:\n");
    format!(
        "apiVersion: gateway.networking.k8s.io/v1\nkind: GRPCRoute\n{metadata}  parentRefs:\n    - name: counterfoil\n  \
         rules:\n    - matches:\n        - method:\n            service: {grpc_service}\n      backendRefs:\n        - name: \
         {service}\n          port: {port}\n---\napiVersion: gateway.networking.k8s.io/v1\nkind: BackendTLSPolicy\n\
         {metadata}  targetRefs:\n    - group: \"\"\n      kind: Service\n      name: {service}\n  validation:\n    \
         hostname: {service}\n    caCertificateRefs:\n      - group: \"\"\n        kind: ConfigMap\n        name: peer-ca\n"
    )
}
