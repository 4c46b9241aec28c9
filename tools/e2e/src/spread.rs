//! How calls spread over the pods of a service, as the pods themselves count them.

use std::collections::BTreeMap;

use anyhow::{Context, ensure};
use platform::topology::ADMIN_PORT;

use crate::cluster::Namespace;

/// How many calls of some methods each pod has begun to serve.
pub(crate) type Calls = BTreeMap<String, f64>;

/// Asks each pod, through the API server.
pub(crate) fn calls(namespace: &Namespace, pods: &[String], methods: &[&str]) -> anyhow::Result<Calls> {
    let mut calls = Calls::new();
    for pod in pods {
        let path = format!(
            "/api/v1/namespaces/{}/pods/{pod}:{ADMIN_PORT}/proxy/metrics",
            namespace.name()
        );
        let metrics = namespace.cluster().kubectl().args(["get", "--raw", &path]).run()?;
        calls.insert(pod.clone(), started(&metrics, methods));
    }
    Ok(calls)
}

fn started(metrics: &str, methods: &[&str]) -> f64 {
    let is_meant = |line: &str| {
        methods
            .iter()
            .filter_map(|method| method.split_once('/'))
            .any(|(service, name)| {
                line.contains(&format!("grpc_service=\"{service}\""))
                    && line.contains(&format!("grpc_method=\"{name}\""))
            })
    };
    metrics
        .lines()
        .filter(|line| line.starts_with("grpc_server_started_total{") && is_meant(line))
        .filter_map(|line| line.rsplit_once(' ')?.1.parse::<f64>().ok())
        .sum()
}

/// Each pod's calls since then, which must be within a part of an equal share: `98, 103, 99 calls`.
pub(crate) fn even(before: &Calls, after: &Calls, tolerance: f64) -> anyhow::Result<String> {
    let since: Vec<f64> = after
        .iter()
        .map(|(pod, count)| count - before.get(pod).copied().unwrap_or_default())
        .collect();
    let share = since.iter().sum::<f64>() / f64::from(u32::try_from(since.len()).context("pods")?);
    let shown = since
        .iter()
        .map(|count| format!("{count:.0}"))
        .collect::<Vec<_>>()
        .join(", ");
    ensure!(share > 0.0, "nothing was called");
    let uneven = since.iter().any(|count| (count - share).abs() > tolerance * share);
    ensure!(
        !uneven,
        "{shown} calls of each pod: not within {:.0} % of {share:.0}",
        tolerance * 100.0
    );
    Ok(format!("{shown} calls of each pod"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_of_the_methods_are_summed() {
        let metrics = "# HELP grpc_server_started_total x\n\
            grpc_server_started_total{grpc_type=\"unary\",grpc_service=\"a.v1.A\",grpc_method=\"X\"} 3\n\
            grpc_server_started_total{grpc_type=\"unary\",grpc_service=\"a.v1.A\",grpc_method=\"Y\"} 4\n\
            grpc_server_started_total{grpc_type=\"unary\",grpc_service=\"a.v1.A\",grpc_method=\"Z\"} 5\n\
            grpc_server_started_total{grpc_type=\"unary\",grpc_service=\"b.v1.B\",grpc_method=\"X\"} 9\n";
        assert!((started(metrics, &["a.v1.A/X", "a.v1.A/Y"]) - 7.0).abs() < f64::EPSILON);
    }

    #[test]
    fn a_pod_that_is_spared_is_told() {
        let calls = |counts: &[f64]| {
            counts
                .iter()
                .enumerate()
                .map(|(n, count)| (n.to_string(), *count))
                .collect()
        };
        let before = calls(&[100.0, 0.0, 0.0]);
        assert!(even(&before, &calls(&[200.0, 110.0, 95.0]), 0.2).is_ok());
        assert!(even(&before, &calls(&[300.0, 110.0, 95.0]), 0.2).is_err());
        assert!(even(&before, &before, 0.2).is_err());
    }
}
