//! What every call goes through on its way to a handler, in the one order of this platform: request
//! id, trace, access log, metrics, panic, deadline, load shed, authenticate, authorize, rate limit,
//! then the key, what clients carry on, the frames of the message and its codec.
//!
//! A layer sees HTTP, not messages, and treats all four kinds of call alike: what it starts before the
//! handler ends with the last frame of the response. [`serve_stack`] is where the order is decided.

mod access_log;
mod authenticate;
mod authorize;
mod body;
mod carry;
pub(crate) mod deadline;
mod drain;
mod frames;
mod idempotent;
mod metrics;
mod panic;
mod rate_limit;
mod request_id;
mod routes;
mod shed;
pub(crate) mod trace;

use std::{convert::Infallible, future::Future, sync::Arc};

use futures::future::BoxFuture;
use kernel::IdSource;
use tokio_util::sync::CancellationToken;
use tonic::{Status, body::Body, service::Routes};
use tower::util::BoxCloneSyncService;
use wire::{CallKind, Method};

use super::server::options::ServerOptions;
use crate::auth::Verifier;

pub(crate) use body::{end_when, hold};
pub use metrics::describe as describe_metrics;
pub(crate) use routes::MethodTable;

pub(crate) type HttpRequest = http::Request<Body>;
pub(crate) type HttpResponse = http::Response<Body>;

/// What comes after a layer: the next layer, and in the end the handler.
pub(crate) trait Next: Clone + Send + Sync + 'static {
    /// Answers the call. gRPC failures are responses too.
    fn run(self, request: HttpRequest) -> impl Future<Output = HttpResponse> + Send;
}

/// One concern of every call.
pub(crate) trait Around: Send + Sync + 'static {
    /// Does its part before, around or instead of what comes next.
    fn call<N: Next>(&self, request: HttpRequest, next: N) -> impl Future<Output = HttpResponse> + Send;
}

/// A layer in front of another, as a tower layer would put it there, without a box for each.
pub(crate) struct Layered<A, N> {
    around: Arc<A>,
    next: N,
}

impl<A, N: Clone> Clone for Layered<A, N> {
    fn clone(&self) -> Self {
        Self {
            around: self.around.clone(),
            next: self.next.clone(),
        }
    }
}

impl<A: Around, N: Next> Next for Layered<A, N> {
    async fn run(self, request: HttpRequest) -> HttpResponse {
        self.around.call(request, self.next).await
    }
}

/// Puts `around` in front of `next`.
pub(crate) fn layered<A: Around, N: Next>(around: A, next: N) -> Layered<A, N> {
    Layered {
        around: Arc::new(around),
        next,
    }
}

/// Hides the type of what comes next: all layers in one type are more than the compiler lays out.
#[derive(Clone)]
struct Boxed<N>(N);

impl<N: Next> Next for Boxed<N> {
    async fn run(self, request: HttpRequest) -> HttpResponse {
        let hidden: BoxFuture<'static, HttpResponse> = Box::pin(self.0.run(request));
        hidden.await
    }
}

/// A stack as a tower service.
#[derive(Clone)]
pub(crate) struct Stack<N>(N);

impl<N: Next> tower::Service<HttpRequest> for Stack<N> {
    type Response = HttpResponse;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<HttpResponse, Infallible>>;

    fn poll_ready(&mut self, _: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), Infallible>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: HttpRequest) -> Self::Future {
        let next = self.0.clone();
        Box::pin(async move { Ok(next.run(request).await) })
    }
}

/// What a server makes of its routes.
pub(crate) type Served = BoxCloneSyncService<HttpRequest, HttpResponse, Infallible>;

/// What the contract says of the method being called; set by the outermost layer. `None` for a method
/// that no contract of this server knows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Called(pub(crate) Option<&'static Method>);

impl Called {
    pub(crate) fn of(request: &HttpRequest) -> Self {
        request.extensions().get::<Called>().copied().unwrap_or(Called(None))
    }

    pub(crate) fn kind(self) -> CallKind {
        self.0.map_or(CallKind::Unary, |method| method.kind)
    }

    /// Labels of metrics and logs. Paths that nobody serves share one name, or callers could make
    /// labels without end.
    pub(crate) fn service_and_name(self) -> (&'static str, &'static str) {
        self.0.map_or(("unknown", "unknown"), Method::service_and_name)
    }

    /// Health and reflection: they must answer when nothing else does.
    pub(crate) fn is_infrastructure(self) -> bool {
        self.service_and_name().0.starts_with("grpc.")
    }
}

/// A failure as a response without a body.
pub(crate) fn refuse(status: &Status) -> HttpResponse {
    let (parts, ()) = status.clone().into_http::<()>().into_parts();
    HttpResponse::from_parts(parts, Body::empty())
}

/// The layers around the routes, from the inside out.
pub(crate) fn serve_stack(
    routes: Routes,
    methods: MethodTable,
    verifier: Option<Arc<Verifier>>,
    ids: Arc<dyn IdSource>,
    options: &ServerOptions,
    draining: CancellationToken,
) -> Served {
    let frames = frames::Frames {
        max_message_bytes: options.max_message_bytes,
    };
    let stack = layered(frames, routes::Handlers(routes.prepare()));
    let stack = layered(carry::Carry, stack);
    let stack = layered(idempotent::Keys, stack);
    let stack = layered(options.rate_limit.map(rate_limit::RateLimits::new), stack);
    let stack = layered(authorize::Authorize, Boxed(stack));
    let stack = layered(authenticate::Authenticate { verifier }, stack);
    let stack = layered(shed::Shed::new(options.max_in_flight, options.max_open_streams), stack);
    let stack = layered(drain::Drain { draining }, stack);
    let stack = layered(
        deadline::Deadlines {
            cap: options.call_timeout,
        },
        stack,
    );
    let stack = layered(panic::Panic, Boxed(stack));
    let stack = layered(metrics::Metrics, stack);
    let stack = layered(access_log::AccessLog, stack);
    let stack = layered(trace::Trace, stack);
    let stack = layered(request_id::NameRequests { ids }, stack);
    let stack = layered(methods, stack);
    BoxCloneSyncService::new(Stack(stack))
}

/// A layer that may be left out.
impl<A: Around> Around for Option<A> {
    async fn call<N: Next>(&self, request: HttpRequest, next: N) -> HttpResponse {
        match self {
            Some(around) => around.call(request, next).await,
            None => next.run(request).await,
        }
    }
}
