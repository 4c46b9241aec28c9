use http::HeaderMap;
use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tonic::Code;
use tracing::{Instrument, Span, field::Empty};
use tracing_opentelemetry::OpenTelemetrySpanExt;

use super::{Around, Called, HttpRequest, HttpResponse, Next, body};
use crate::grpc::{
    RequestId,
    context::Traceparent,
    outcome::{self, OnEnd},
};

/// The metadata of W3C Trace Context.
pub(crate) const TRACEPARENT: &str = "traceparent";

/// One span a call, a child of the caller's.
pub(super) struct Trace;

impl Around for Trace {
    async fn call<N: Next>(&self, mut request: HttpRequest, next: N) -> HttpResponse {
        let (service, method) = Called::of(&request).service_and_name();
        let span = tracing::info_span!(
            "grpc.serve",
            otel.name = format!("{service}/{method}"),
            otel.kind = "server",
            otel.status_code = Empty,
            rpc.system = "grpc",
            rpc.service = service,
            rpc.method = method,
            rpc.grpc.status_code = Empty,
            request.id = request.extensions().get::<RequestId>().map(RequestId::as_str),
        );
        if let Some(sent) = sent_traceparent(request.headers()) {
            let parent = TraceContextPropagator::new().extract(&Headers(request.headers()));
            // Without an exporter there is nothing to attach the parent to.
            let _ = span.set_parent(parent);
            request.extensions_mut().insert(sent);
        }
        let recorded = span.clone();
        let on_end = OnEnd::new(move |outcome: outcome::Outcome| {
            recorded.record("rpc.grpc.status_code", outcome.code as i32);
            if matches!(outcome.code, Code::Internal | Code::Unknown | Code::DataLoss) {
                recorded.record("otel.status_code", "ERROR");
            }
        });
        let response = next.run(request).instrument(span.clone()).await;
        outcome::watch(body::polled_in(response, span), on_end)
    }
}

impl body::PollIn for Span {
    fn poll_in<R>(&self, poll: impl FnOnce() -> R) -> R {
        self.in_scope(poll)
    }
}

struct Headers<'a>(&'a HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).and_then(|value| value.to_str().ok())
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(http::HeaderName::as_str).collect()
    }
}

/// What the caller sent, if it is well-formed: it is kept with events and carried on as it is where no
/// exporter makes spans of our own.
fn sent_traceparent(headers: &HeaderMap) -> Option<Traceparent> {
    let text = headers.get(TRACEPARENT)?.to_str().ok()?;
    let parts: Vec<&str> = text.split('-').collect();
    let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    let hex = parts
        .iter()
        .all(|part| part.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')));
    let nothing = |part: &str| part.bytes().all(|b| b == b'0');
    let valid = lengths == [2, 32, 16, 2] && hex && parts[0] != "ff" && !nothing(parts[1]) && !nothing(parts[2]);
    valid.then(|| Traceparent(text.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(text: &str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(TRACEPARENT, text.parse().unwrap());
        sent_traceparent(&headers).is_some()
    }

    #[test]
    fn only_a_well_formed_traceparent_is_carried_on() {
        assert!(sent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"));
        for bad in [
            "",
            "00",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x",
        ] {
            assert!(!sent(bad), "{bad}");
        }
    }
}
