//! What a collector of traces receives. A process of its own: telemetry is started once in each.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use kernel::UuidV7Source;
use opentelemetry_proto::tonic::{
    collector::trace::v1::{
        ExportTraceServiceRequest, ExportTraceServiceResponse,
        trace_service_server::{TraceService, TraceServiceServer},
    },
    common::v1::any_value,
    trace::v1::{Span, span::SpanKind},
};
use platform::{
    config::Layers,
    grpc::{
        client::{Client, ClientOptions},
        server::{Health, Server},
    },
    telemetry::Telemetry,
};
use testkit::wait_for;
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
use tracing::Instrument;

const SENT_TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const SENT_SPAN: &str = "00f067aa0ba902b7";

/// A collector that keeps what it is sent.
#[derive(Clone, Default)]
struct Collector(Arc<Mutex<Vec<ExportTraceServiceRequest>>>);

#[async_trait]
impl TraceService for Collector {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let mut received = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        received.push(request.into_inner());
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

impl Collector {
    /// Serves on a free port; the answer is its address.
    async fn start(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let collector = TraceServiceServer::new(self.clone());
        tokio::spawn(async move {
            tonic::transport::Server::builder()
                .add_service(collector)
                .serve_with_incoming(TcpListenerStream::new(listener))
                .await
        });
        format!("http://{address}")
    }

    fn received(&self) -> Vec<ExportTraceServiceRequest> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn spans(&self) -> Vec<Span> {
        let received = self.received();
        let resources = received.into_iter().flat_map(|request| request.resource_spans);
        let scopes = resources.flat_map(|resource| resource.scope_spans);
        scopes.flat_map(|scope| scope.spans).collect()
    }

    /// The names of services that spans came from.
    fn services(&self) -> Vec<String> {
        let received = self.received();
        let resources = received.iter().flat_map(|request| &request.resource_spans);
        let attributes = resources.flat_map(|spans| &spans.resource.as_ref().unwrap().attributes);
        attributes
            .filter(|attribute| attribute.key == "service.name")
            .map(|attribute| match attribute.value.as_ref().unwrap().value.as_ref() {
                Some(any_value::Value::StringValue(name)) => name.clone(),
                other => format!("{other:?}"),
            })
            .collect()
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn check() -> Request<HealthCheckRequest> {
    Request::new(HealthCheckRequest {
        service: "liveness".to_owned(),
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn spans_reach_the_collector_as_children_of_what_caused_them() {
    let collector = Collector::default();
    let environment = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.start().await),
        ("RUST_LOG", "warn".to_owned()),
    ];
    let settings = Layers::new(environment.map(|(name, value)| (name.to_owned(), value)))
        .unwrap()
        .read()
        .unwrap();
    let telemetry = Telemetry::start("toysvc", &settings).unwrap();
    let health = Health::new(Vec::<String>::new()).await;
    let server = Server::health_only(health, Arc::new(UuidV7Source)).unwrap();

    // From outside, with what W3C Trace Context says.
    let mut sent = check();
    let traceparent = format!("00-{SENT_TRACE}-{SENT_SPAN}-01");
    sent.metadata_mut().insert("traceparent", traceparent.parse().unwrap());
    HealthClient::new(server.in_process()).check(sent).await.unwrap();

    // From inside, where a client carries the trace on.
    let client = Client::over(server.in_process(), ClientOptions::new("http://toysvc"));
    let cause = tracing::info_span!("cause");
    HealthClient::new(client)
        .check(check())
        .instrument(cause)
        .await
        .unwrap();
    telemetry.shut_down().await;

    wait_for(|| collector.spans().len() >= 4, Duration::from_secs(10)).await;
    let spans = collector.spans();
    let mut told: Vec<_> = spans.iter().map(|span| (span.name.as_str(), span.kind())).collect();
    told.sort_by_key(|(name, kind)| (*name, *kind as i32));
    let served = "grpc.health.v1.Health/Check";
    assert_eq!(
        told,
        [
            ("cause", SpanKind::Internal),
            (served, SpanKind::Server),
            (served, SpanKind::Server),
            ("unknown/unknown", SpanKind::Client),
        ]
    );
    let of = |kind: SpanKind| spans.iter().filter(move |span| span.kind() == kind);
    let outside = of(SpanKind::Server)
        .find(|span| hex(&span.trace_id) == SENT_TRACE)
        .unwrap();
    assert_eq!(hex(&outside.parent_span_id), SENT_SPAN);
    let cause = of(SpanKind::Internal).next().unwrap();
    assert!(cause.parent_span_id.is_empty());
    let call = of(SpanKind::Client).next().unwrap();
    let inside = of(SpanKind::Server)
        .find(|span| span.trace_id == cause.trace_id)
        .unwrap();
    assert_eq!(call.trace_id, cause.trace_id);
    assert_eq!(call.parent_span_id, cause.span_id);
    assert_eq!(inside.parent_span_id, call.span_id);
    assert!(collector.services().iter().all(|name| name == "toysvc"));
}
