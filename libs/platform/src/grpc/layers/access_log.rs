use std::sync::{Arc, OnceLock};

use kernel::Caller;
use tokio::time::Instant;
use tracing::Span;

use super::{Around, Called, HttpRequest, HttpResponse, Next};
use crate::grpc::{
    Peer, RequestId,
    outcome::{self, OnEnd, Outcome},
};

/// Where the layer that finds out who calls leaves word for this one, which stands outside of it.
#[derive(Debug, Clone, Default)]
pub(super) struct CallerSlot(Arc<OnceLock<String>>);

impl CallerSlot {
    pub(super) fn tell(request: &HttpRequest, caller: &Caller) {
        if let Some(slot) = request.extensions().get::<Self>() {
            let _ = slot.0.set(caller.to_string());
        }
    }
}

/// One line a call, when it is over. It tells who, what, how and how long; never what was in it.
pub(super) struct AccessLog;

impl Around for AccessLog {
    async fn call<N: Next>(&self, mut request: HttpRequest, next: N) -> HttpResponse {
        let called = Called::of(&request);
        let started = Instant::now();
        let caller = CallerSlot::default();
        request.extensions_mut().insert(caller.clone());
        let request_id = request.extensions().get::<RequestId>().cloned();
        let peer = request.extensions().get::<Peer>().copied().unwrap_or(Peer(None));
        let span = Span::current();
        let on_end = OnEnd::new(move |outcome: Outcome| {
            let (service, method) = called.service_and_name();
            let took = started.elapsed().as_secs_f64() * 1_000.0;
            let caller = caller.0.get().map_or("unknown", String::as_str);
            let request_id = request_id.as_ref().map_or("", RequestId::as_str);
            let code = outcome::code_name(outcome.code);
            let reason = outcome.reason.as_deref().unwrap_or("");
            // Probes call every few seconds, for ever.
            if called.is_infrastructure() {
                tracing::debug!(parent: &span, rpc.service = service, rpc.method = method, rpc.code = code, error.reason = reason,
                    duration_ms = took, caller.id = caller, peer = %peer, request.id = request_id, "call");
            } else {
                tracing::info!(parent: &span, rpc.service = service, rpc.method = method, rpc.code = code, error.reason = reason,
                    duration_ms = took, caller.id = caller, peer = %peer, request.id = request_id, "call");
            }
        });
        let response = next.run(request).await;
        outcome::watch(response, on_end)
    }
}
