use std::{
    collections::BTreeSet,
    net::{IpAddr, SocketAddr},
};

use k8s_openapi::api::discovery::v1::{Endpoint, EndpointSlice};

/// How our Services call their gRPC port, whatever its number in the pods.
const PORT_NAME: &str = "grpc";

/// Where these slices say that calls for `port` go. Of a Service with two families of addresses IPv4 is taken, or
/// every pod would be there twice.
pub(super) fn addresses<'a>(
    slices: impl Iterator<Item = &'a EndpointSlice> + Clone,
    port: u16,
) -> BTreeSet<SocketAddr> {
    let sets = [is_ready, is_serving].into_iter().flat_map(|counts| {
        ["IPv4", "IPv6"].map(|family| {
            let slices = slices.clone().filter(|slice| slice.address_type == family);
            slices
                .flat_map(|slice| of_slice(slice, port, counts))
                .collect::<BTreeSet<_>>()
        })
    });
    sets.into_iter().find(|set| !set.is_empty()).unwrap_or_default()
}

fn of_slice(slice: &EndpointSlice, port: u16, counts: fn(&Endpoint) -> bool) -> impl Iterator<Item = SocketAddr> {
    let port = port_of(slice, port);
    let counting = slice.endpoints.iter().filter(move |endpoint| counts(endpoint));
    counting.filter_map(move |endpoint| {
        let address: IpAddr = endpoint.addresses.first()?.parse().ok()?;
        Some(SocketAddr::new(address, port?))
    })
}

fn port_of(slice: &EndpointSlice, asked: u16) -> Option<u16> {
    let ports = slice.ports.as_deref().unwrap_or_default();
    let same = ports.iter().find(|port| port.port == Some(asked.into()));
    let named = || ports.iter().find(|port| port.name.as_deref() == Some(PORT_NAME));
    u16::try_from(same.or_else(named)?.port?).ok()
}

/// Conditions that are not told hold, says the API; stopping is never assumed.
fn is_ready(endpoint: &Endpoint) -> bool {
    let conditions = endpoint.conditions.as_ref();
    conditions.is_none_or(|it| it.ready != Some(false) && it.terminating != Some(true))
}

fn is_serving(endpoint: &Endpoint) -> bool {
    let conditions = endpoint.conditions.as_ref();
    conditions.is_some_and(|it| it.serving == Some(true) && it.terminating == Some(true))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn endpoint(address: &str, ready: bool, serving: bool, terminating: bool) -> Value {
        json!({"addresses": [address],
               "conditions": {"ready": ready, "serving": serving, "terminating": terminating}})
    }

    fn slice(family: &str, port: &Value, endpoints: &[Value]) -> EndpointSlice {
        serde_json::from_value(json!({
            "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": {},
            "addressType": family, "ports": [port], "endpoints": endpoints,
        }))
        .unwrap()
    }

    fn taken(slices: &[EndpointSlice]) -> Vec<String> {
        addresses(slices.iter(), 7).iter().map(ToString::to_string).collect()
    }

    fn grpc() -> Value {
        json!({"name": "grpc", "port": 7})
    }

    #[test]
    fn pods_count_that_are_ready_and_stay() {
        let slices = [
            slice(
                "IPv4",
                &grpc(),
                &[
                    endpoint("10.0.0.1", true, true, false),
                    endpoint("10.0.0.2", false, false, false),
                    endpoint("10.0.0.3", false, true, true),
                    // Of a Service that publishes those that are not ready.
                    endpoint("10.0.0.4", true, true, true),
                ],
            ),
            slice("IPv4", &grpc(), &[json!({"addresses": ["10.0.0.5"]})]),
        ];
        assert_eq!(taken(&slices), ["10.0.0.1:7", "10.0.0.5:7"]);
    }

    #[test]
    fn where_none_is_ready_those_that_still_serve_do() {
        let slices = [slice(
            "IPv4",
            &grpc(),
            &[
                endpoint("10.0.0.2", false, false, true),
                endpoint("10.0.0.3", false, true, true),
                endpoint("10.0.0.4", false, false, false),
            ],
        )];
        assert_eq!(taken(&slices), ["10.0.0.3:7"]);
        assert!(taken(&[slice("IPv4", &grpc(), &[])]).is_empty());
    }

    #[test]
    fn a_pod_with_two_families_counts_once() {
        let v6 = slice("IPv6", &grpc(), &[endpoint("fd00::1", true, true, false)]);
        let v4 = slice("IPv4", &grpc(), &[endpoint("10.0.0.1", true, true, false)]);
        assert_eq!(taken(&[v6.clone(), v4]), ["10.0.0.1:7"]);
        assert_eq!(taken(&[v6]), ["[fd00::1]:7"]);
    }

    #[test]
    fn the_port_is_that_of_the_pod() {
        let pods = [endpoint("10.0.0.1", true, true, false)];
        let renamed = slice("IPv4", &json!({"name": "api", "port": 7}), &pods);
        assert_eq!(taken(&[renamed]), ["10.0.0.1:7"]);
        let moved = slice("IPv4", &json!({"name": "grpc", "port": 50}), &pods);
        assert_eq!(taken(&[moved]), ["10.0.0.1:50"]);
        let other = slice("IPv4", &json!({"name": "http", "port": 80}), &pods);
        assert!(taken(&[other]).is_empty());
    }
}
