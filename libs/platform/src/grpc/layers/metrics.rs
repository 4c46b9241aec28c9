use metrics::{Unit, counter, describe_counter, describe_histogram, histogram};
use tokio::time::Instant;

use super::{Around, Called, HttpRequest, HttpResponse, Next};
use crate::grpc::outcome::{self, OnEnd, Outcome, code_name};

/// Counts and times calls under the names of go-grpc-middleware, so that existing dashboards work.
pub(super) struct Metrics;

impl Around for Metrics {
    async fn call<N: Next>(&self, request: HttpRequest, next: N) -> HttpResponse {
        let called = Called::of(&request);
        let (service, method) = called.service_and_name();
        let kind = called.kind().as_str();
        let started = Instant::now();
        counter!("grpc_server_started_total",
            "grpc_type" => kind, "grpc_service" => service, "grpc_method" => method)
        .increment(1);
        let on_end = OnEnd::new(move |outcome: Outcome| {
            counter!("grpc_server_handled_total",
                "grpc_type" => kind, "grpc_service" => service, "grpc_method" => method,
                "grpc_code" => code_name(outcome.code))
            .increment(1);
            histogram!("grpc_server_handling_seconds",
                "grpc_type" => kind, "grpc_service" => service, "grpc_method" => method)
            .record(started.elapsed().as_secs_f64());
        });
        let response = next.run(request).await;
        outcome::watch(response, on_end)
    }
}

/// Tells the recorder what the metrics of servers and clients mean; call it once it is installed.
pub fn describe() {
    for (side, text) in [
        ("server", "by this server"),
        ("client", "by the clients of this process"),
    ] {
        describe_counter!(format!("grpc_{side}_started_total"), format!("Calls started {text}."));
        describe_counter!(
            format!("grpc_{side}_handled_total"),
            format!("Calls completed {text}, whatever their code.")
        );
        describe_histogram!(
            format!("grpc_{side}_handling_seconds"),
            Unit::Seconds,
            format!("How long calls took {text}.")
        );
    }
}
