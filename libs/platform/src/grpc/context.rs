use std::{fmt, net::SocketAddr, sync::Arc, time::Duration};

use kernel::{Caller, IdSource, Secret};
use opentelemetry::trace::TraceContextExt as _;
use tokio::time::Instant;
use tonic::Request;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

/// The metadata that carries a [`RequestId`].
pub(crate) const REQUEST_ID: &str = "x-request-id";

/// Names one call in answers and in logs: what the caller sent, or a UUID.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RequestId(Arc<str>);

impl RequestId {
    /// Takes what a caller sent, if it is 1 to 128 visible ASCII characters.
    pub fn sent(text: &str) -> Option<Self> {
        visible_ascii(text, 128).then(|| Self(text.into()))
    }

    /// A new one.
    pub fn new(ids: &dyn IdSource) -> Self {
        Self(ids.next().as_hyphenated().to_string().into())
    }

    /// As it travels.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// When a call must have been answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deadline(Instant);

impl Deadline {
    /// At this instant.
    pub const fn at(instant: Instant) -> Self {
        Self(instant)
    }

    /// So long from now; one that lies beyond what the clock can express is as good as thirty years.
    pub fn after(duration: Duration) -> Self {
        const FAR: Duration = Duration::from_secs(30 * 365 * 24 * 3600);
        Self(Instant::now() + duration.min(FAR))
    }

    /// The instant itself.
    pub const fn instant(self) -> Instant {
        self.0
    }

    /// What is left; zero when it has passed.
    pub fn remaining(self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }
}

/// Where a call came from; unknown for calls inside the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer(pub Option<SocketAddr>);

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(address) => address.fmt(f),
            None => f.write_str("in-process"),
        }
    }
}

/// The caller's own token, kept so that a client may pass it on.
#[derive(Debug, Clone)]
pub(crate) struct BearerToken(pub(crate) Arc<Secret<String>>);

/// The caller's `traceparent`, as it came.
#[derive(Debug, Clone)]
pub(crate) struct Traceparent(pub(crate) Arc<str>);

/// What a handler may know of the call it serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallContext {
    /// Who calls.
    pub caller: Caller,
    /// The name of the call.
    pub request_id: RequestId,
    /// When the answer must be there.
    pub deadline: Option<Deadline>,
    /// The trace that the call belongs to, to be kept with events (W3C `traceparent`).
    pub traceparent: Option<String>,
}

/// Reads what the layers found out about a call. Outside of a server (a test that calls a handler
/// directly) the caller is anonymous and the request has no name.
pub fn call_context<T>(request: &Request<T>) -> CallContext {
    let extensions = request.extensions();
    CallContext {
        caller: extensions.get::<Caller>().cloned().unwrap_or(Caller::Anonymous),
        request_id: extensions
            .get::<RequestId>()
            .cloned()
            .unwrap_or_else(|| RequestId("unnamed".into())),
        deadline: extensions.get::<Deadline>().copied(),
        traceparent: span_traceparent().or_else(|| extensions.get::<Traceparent>().map(|trace| trace.0.to_string())),
    }
}

/// What a client called from inside a handler carries on.
#[derive(Debug, Clone, Default)]
pub(crate) struct Carried {
    pub(crate) request_id: Option<RequestId>,
    pub(crate) deadline: Option<Deadline>,
    pub(crate) token: Option<BearerToken>,
    pub(crate) traceparent: Option<Traceparent>,
}

/// The trace that the work being done belongs to, to be kept with events (W3C `traceparent`); the caller's own
/// where spans are not exported.
pub fn current_traceparent() -> Option<String> {
    span_traceparent().or_else(|| Carried::current().traceparent.map(|trace| trace.0.to_string()))
}

/// The span being worked in, as W3C writes it; nothing when spans are not exported.
pub(crate) fn span_traceparent() -> Option<String> {
    let context = Span::current().context();
    let span = context.span();
    let here = span.span_context();
    here.is_valid().then(|| {
        format!(
            "00-{}-{}-{:02x}",
            here.trace_id(),
            here.span_id(),
            here.trace_flags().to_u8()
        )
    })
}

tokio::task_local! {
    /// Set around handlers and the polling of their streams. A task that a handler spawns leaves it
    /// behind: work in the background outlives its caller's deadline.
    pub(crate) static CARRIED: Carried;
}

impl Carried {
    /// What the call being served carries; nothing outside of one.
    pub(crate) fn current() -> Self {
        CARRIED.try_with(Clone::clone).unwrap_or_default()
    }
}

/// 1 to `max` visible ASCII characters.
pub(crate) fn visible_ascii(text: &str, max: usize) -> bool {
    (1..=max).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}
