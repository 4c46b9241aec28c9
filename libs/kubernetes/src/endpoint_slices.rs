mod addresses;
mod following;

use futures::{StreamExt, stream};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use kube::Api;
use platform::grpc::client::{Addresses, Discovery};

use crate::Cluster;
use following::Following;

/// Who answers for a Service, by its EndpointSlices: every pod that is ready and not about to stop. Where none is,
/// those that still serve while they stop, as kube-proxy has it.
///
/// What the API server said last holds while it is away, refuses, or has forgotten what it said.
#[derive(Debug, Clone)]
pub struct EndpointSlices {
    cluster: Cluster,
}

impl EndpointSlices {
    /// The Services of this cluster. The ServiceAccount MUST be allowed to list and watch `endpointslices` of
    /// `discovery.k8s.io` in their namespaces.
    pub const fn new(cluster: Cluster) -> Self {
        Self { cluster }
    }
}

impl Discovery for EndpointSlices {
    /// Names are `usersvc` in the own namespace and `usersvc.shop.svc`, with whatever follows, in another; the port
    /// is the one with the same number in the pods, or else the one that is named `grpc`.
    fn follow(&self, host: &str, port: u16) -> Option<Addresses> {
        let (namespace, service) = service_of(host, self.cluster.namespace())?;
        let api: Api<EndpointSlice> = Api::namespaced(self.cluster.client().clone(), namespace);
        let following = Following::new(api, namespace, service, port);
        let told = stream::unfold(following, |mut following| async move {
            let addresses = following.next().await;
            Some((addresses, following))
        });
        Some(told.boxed())
    }
}

fn service_of<'a>(host: &'a str, own_namespace: &'a str) -> Option<(&'a str, &'a str)> {
    let labels: Vec<&str> = host.split('.').collect();
    let is_label = |label: &&str| !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    match labels[..] {
        ["localhost"] => None,
        [service] => Some((own_namespace, service)),
        [service, namespace, "svc", ..] => Some((namespace, service)),
        _ => None,
    }
    .filter(|(namespace, service)| is_label(namespace) && is_label(service))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_services_are_looked_up() {
        for (host, expected) in [
            ("usersvc", Some(("shop", "usersvc"))),
            ("usersvc.staging.svc", Some(("staging", "usersvc"))),
            ("usersvc.staging.svc.cluster.local", Some(("staging", "usersvc"))),
            ("usersvc.example.com", None),
            ("example.com", None),
            ("localhost", None),
            ("127.0.0.1", None),
            ("[::1]", None),
            ("", None),
        ] {
            assert_eq!(service_of(host, "shop"), expected, "{host}");
        }
    }
}
