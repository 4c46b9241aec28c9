use futures::stream;
use kernel::UuidV7Source;
use platform::grpc::server::{Health, LIVENESS, Server};
use std::sync::Arc;
use tonic::{Code, transport::Channel};
use tonic_health::pb::{HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient};
use tonic_reflection::pb::{v1, v1alpha};

use super::{
    service::{State, options, parts},
    tokens::Issuer,
};

async fn check(channel: Channel, service: &str) -> Result<ServingStatus, Code> {
    let request = HealthCheckRequest {
        service: service.to_owned(),
    };
    let answer = HealthClient::new(channel).check(request).await;
    answer
        .map(|answer| answer.into_inner().status())
        .map_err(|status| status.code())
}

#[tokio::test]
async fn readiness_is_told_for_each_service_and_liveness_depends_on_nothing() {
    let health = Health::new(["test.v1.Test"]).await;
    let server = Server::health_only(health.clone(), Arc::new(UuidV7Source)).unwrap();
    let channel = server.in_process();
    for service in ["", "test.v1.Test"] {
        assert_eq!(check(channel.clone(), service).await, Ok(ServingStatus::NotServing));
        health.set_ready(service, true).await;
        assert_eq!(check(channel.clone(), service).await, Ok(ServingStatus::Serving));
    }
    assert_eq!(check(channel.clone(), "no.Such").await, Err(Code::NotFound));
    health.stopping().await;
    assert_eq!(
        check(channel.clone(), "test.v1.Test").await,
        Ok(ServingStatus::NotServing)
    );
    assert_eq!(check(channel, LIVENESS).await, Ok(ServingStatus::Serving));
}

#[tokio::test]
async fn reflection_is_served_in_both_versions() {
    let mut parts = parts(&State::new(), Issuer::new().verifier()).await;
    parts.descriptors = tonic_health::pb::FILE_DESCRIPTOR_SET;
    let channel = Server::try_new(parts, options()).unwrap().in_process();
    let request = v1::ServerReflectionRequest {
        host: String::new(),
        message_request: Some(v1::server_reflection_request::MessageRequest::ListServices(
            String::new(),
        )),
    };
    let mut client = v1::server_reflection_client::ServerReflectionClient::new(channel.clone());
    let answer = client.server_reflection_info(stream::iter([request])).await.unwrap();
    let answer = answer.into_inner().message().await.unwrap().unwrap();
    assert!(format!("{answer:?}").contains("grpc.health.v1.Health"));
    let request = v1alpha::ServerReflectionRequest {
        host: String::new(),
        message_request: Some(v1alpha::server_reflection_request::MessageRequest::ListServices(
            String::new(),
        )),
    };
    let mut client = v1alpha::server_reflection_client::ServerReflectionClient::new(channel);
    let answer = client.server_reflection_info(stream::iter([request])).await.unwrap();
    let answer = answer.into_inner().message().await.unwrap().unwrap();
    assert!(format!("{answer:?}").contains("grpc.health.v1.Health"));
}
