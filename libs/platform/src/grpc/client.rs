//! Calling other services: one factory for every client, with the twins of the server's layers.
//!
//! [`connect_lazy`] answers a [`Client`], which the generated clients take in place of a channel. What a
//! call made from inside a handler carries on by itself: request id, trace, what is left of the deadline
//! and, when asked, the caller's own token. Repeating is decided at the typed call: [`Retry`]. With a
//! [`Discovery`] calls are spread over the addresses it tells of; without one the name is resolved by DNS.

mod balance;
mod breaker;
mod dial;
mod discovery;
mod identity;
mod installation;
mod pod;
mod retry;
mod transport;
mod trust;
mod way;

use std::{
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use futures::future::BoxFuture;
use http::{HeaderMap, HeaderValue};
use tokio::time::{Instant, timeout_at};
use tonic::{Code, Status, body::Body, transport::Channel};
use tower::Service;
use tracing::{Instrument, field::Empty};
use wire::{CallKind, Method};

pub use breaker::BreakerOptions;
pub use discovery::{Addresses, Discovery};
pub use identity::{Identity, TokenSource, TokenSourceError};
pub use installation::Installation;
pub use retry::Retry;
pub use transport::{ClientError, ClientTls};

use super::{
    Deadline, Refused,
    context::{Carried, REQUEST_ID, span_traceparent},
    layers::{Called, HttpRequest, HttpResponse, MethodTable, deadline, end_when, trace::TRACEPARENT},
    outcome::{self, OnEnd, Outcome, code_name},
};
use breaker::Breaker;
use way::Way;

/// How a peer is called.
#[derive(Debug, Clone)]
pub struct ClientOptions {
    /// Where it is: `https://usersvc:50051`, or `http://…` in the clear.
    pub target: String,
    /// Who tells at which addresses it answers; by DNS without.
    pub discovery: Option<Arc<dyn Discovery>>,
    /// How its certificate is checked; needed for `https`.
    pub tls: Option<ClientTls>,
    /// What the contract says of the peer's methods; it tells unary calls from streams.
    /// What is missing here is bounded as unary calls are.
    pub methods: Vec<&'static [Method]>,
    /// Who we are when we call.
    pub identity: Identity,
    /// How long a unary call may take when nothing else bounds it more.
    pub call_timeout: Duration,
    /// How long making a connection may take.
    pub connect_timeout: Duration,
    /// A silent connection is asked for a sign of life so often.
    pub keepalive_interval: Duration,
    /// How long the sign of life may take.
    pub keepalive_timeout: Duration,
    /// When a failing peer is left alone.
    pub breaker: BreakerOptions,
}

impl ClientOptions {
    /// Production settings for this target.
    pub fn new(target: impl Into<String>) -> Self {
        Self {
            target: target.into(),
            discovery: None,
            tls: None,
            methods: Vec::new(),
            identity: Identity::None,
            call_timeout: Duration::from_secs(10),
            connect_timeout: Duration::from_secs(2),
            keepalive_interval: Duration::from_secs(20),
            keepalive_timeout: Duration::from_secs(5),
            breaker: BreakerOptions::default(),
        }
    }
}

/// The way to one peer, with everything that surrounds a call. Clones share connections and breaker.
#[derive(Clone)]
pub struct Client {
    way: Way,
    shared: Arc<Shared>,
    identity: Identity,
}

struct Shared {
    methods: MethodTable,
    call_timeout: Duration,
    breaker: Breaker,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").finish_non_exhaustive()
    }
}

/// A client that connects when it is first used, and again whenever it must. MUST be called on a runtime.
///
/// # Errors
/// The target is no address, or the certificates of its authority cannot be read.
pub fn connect_lazy(options: ClientOptions) -> Result<Client, ClientError> {
    let way = Way::to(&options)?;
    Ok(Client::by(way, options))
}

impl Client {
    /// A client over a channel that exists already, such as one inside the process.
    pub fn over(channel: Channel, options: ClientOptions) -> Self {
        Self::by(Way::Channel(channel), options)
    }

    fn by(way: Way, options: ClientOptions) -> Self {
        Self {
            way,
            shared: Arc::new(Shared {
                methods: MethodTable::new(options.methods.into_iter().flatten()),
                call_timeout: options.call_timeout,
                breaker: Breaker::new(options.breaker),
            }),
            identity: options.identity,
        }
    }

    /// The same client calling as somebody else.
    #[must_use]
    pub fn identified_by(&self, identity: Identity) -> Self {
        Self {
            identity,
            ..self.clone()
        }
    }

    async fn call_peer(self, request: HttpRequest, carried: Carried) -> Result<HttpResponse, Status> {
        let called = Called(self.shared.methods.find(request.uri().path()));
        let (service, method) = match called.0 {
            Some(method) => method.service_and_name(),
            None => ("unknown", "unknown"),
        };
        let kind = called.kind().as_str();
        let started = Instant::now();
        metrics::counter!("grpc_client_started_total",
            "grpc_type" => kind, "grpc_service" => service, "grpc_method" => method)
        .increment(1);
        let span = tracing::info_span!(
            "grpc.call",
            otel.name = format!("{service}/{method}"),
            otel.kind = "client",
            rpc.system = "grpc",
            rpc.service = service,
            rpc.method = method,
            rpc.grpc.status_code = Empty,
        );
        let recorded = span.clone();
        let mut on_end = OnEnd::new(move |outcome: Outcome| {
            recorded.record("rpc.grpc.status_code", outcome.code as i32);
            metrics::counter!("grpc_client_handled_total",
                "grpc_type" => kind, "grpc_service" => service, "grpc_method" => method,
                "grpc_code" => code_name(outcome.code))
            .increment(1);
            metrics::histogram!("grpc_client_handling_seconds",
                "grpc_type" => kind, "grpc_service" => service, "grpc_method" => method)
            .record(started.elapsed().as_secs_f64());
        });
        match self.guarded(called, request, carried).instrument(span).await {
            Ok(response) => Ok(outcome::watch(response, on_end)),
            Err(status) => {
                on_end.end(Outcome::of(&status));
                Err(status)
            }
        }
    }

    async fn guarded(self, called: Called, mut request: HttpRequest, carried: Carried) -> Result<HttpResponse, Status> {
        let deadline = self.deadline(called, request.headers(), &carried);
        let attempt = self
            .shared
            .breaker
            .admit()
            .map_err(|retry_after| Refused::CircuitOpen { retry_after }.status())?;
        let call = async {
            carry(request.headers_mut(), &carried);
            identity::identify(&self.identity, request.headers_mut(), &carried).await?;
            if let Some(deadline) = deadline {
                set(
                    request.headers_mut(),
                    deadline::GRPC_TIMEOUT,
                    &deadline::timeout_text(deadline.remaining()),
                );
            }
            self.way.send(called, request).await
        };
        let answered = match deadline {
            Some(deadline) if deadline.remaining().is_zero() => Err(Refused::DeadlineExceeded.status()),
            Some(deadline) => timeout_at(deadline.instant(), call)
                .await
                .unwrap_or_else(|_| Err(Refused::DeadlineExceeded.status())),
            None => call.await,
        };
        attempt.record(match &answered {
            Ok(response) => Outcome::in_headers(response.headers()).map_or(Code::Ok, |outcome| outcome.code),
            Err(status) => status.code(),
        });
        let response = transport::with_honest_errors(answered?);
        Ok(match deadline {
            Some(deadline) => end_when(response, false, async move {
                tokio::time::sleep_until(deadline.instant()).await;
                Refused::DeadlineExceeded.status()
            }),
            None => response,
        })
    }

    /// The nearest of: what this call asks for, what is left of the call being served, and our own for
    /// unary calls.
    fn deadline(&self, called: Called, headers: &HeaderMap, carried: &Carried) -> Option<Deadline> {
        let asked = deadline::timeout_of(headers).ok().flatten().map(Deadline::after);
        let own = match called.kind() {
            CallKind::Unary => Some(Deadline::after(self.shared.call_timeout)),
            CallKind::ClientStream | CallKind::ServerStream | CallKind::Bidirectional => None,
        };
        [asked, own, carried.deadline].into_iter().flatten().min()
    }
}

impl Service<HttpRequest> for Client {
    type Response = HttpResponse;
    type Error = Status;
    type Future = BoxFuture<'static, Result<HttpResponse, Status>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Status>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        Box::pin(self.clone().call_peer(request, Carried::current()))
    }
}

/// The names that a call goes by travel with the calls it causes.
fn carry(headers: &mut HeaderMap, carried: &Carried) {
    if let Some(id) = &carried.request_id
        && !headers.contains_key(REQUEST_ID)
    {
        set(headers, REQUEST_ID, id.as_str());
    }
    if !headers.contains_key(TRACEPARENT) {
        if let Some(here) = span_traceparent() {
            set(headers, TRACEPARENT, &here);
        } else if let Some(sent) = &carried.traceparent {
            set(headers, TRACEPARENT, &sent.0);
        }
    }
}

fn set(headers: &mut HeaderMap, name: &'static str, text: &str) {
    if let Ok(value) = HeaderValue::from_str(text) {
        headers.insert(name, value);
    }
}
