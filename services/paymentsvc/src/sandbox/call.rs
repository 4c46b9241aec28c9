use std::{
    fmt,
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{HeaderValue, Method, Request, StatusCode, Uri, header::CONTENT_TYPE};
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::{
    client::legacy::{Client, Error, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};
use kernel::{Classify, ErrorKind};
use payment_core::OperationId;
use platform::grpc::current_traceparent;
use serde::Deserialize;
use tokio::time::timeout;
use tracing::{Instrument, field::Empty};

/// How long a call may take, connecting and connecting again included.
const CALL_LIMIT: Duration = Duration::from_secs(3);
const CONNECT_LIMIT: Duration = Duration::from_secs(1);
const IDLE_LIMIT: Duration = Duration::from_secs(30);
/// How long to wait before connecting once more; as often as there are waits.
const CONNECT_AGAIN_AFTER: [Duration; 3] = [
    Duration::from_millis(50),
    Duration::from_millis(200),
    Duration::from_millis(500),
];
const LARGEST_ANSWER: usize = 1 << 20;

/// An address that nobody can be called at.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not an address such as http://sandbox-psp:8090")]
pub struct BadUrl(String);

/// The provider's end of the line.
pub(super) struct Peer {
    client: Client<HttpConnector, Full<Bytes>>,
    /// Without a slash at its end.
    url: String,
}

/// One call. Its body may be a card: never shown.
pub(super) struct Call {
    pub(super) name: &'static str,
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) key: Option<OperationId>,
    pub(super) body: String,
}

/// What was answered.
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) body: Bytes,
}

/// Why there is no answer that says yes or no.
#[derive(Debug, thiserror::Error)]
pub(super) enum CallError {
    /// Nobody took the call; nothing was sent.
    #[error("the provider cannot be reached")]
    NotReached(#[source] Error),
    /// It was sent; what became of it is not known.
    #[error("the provider did not answer")]
    Broken(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// It was sent; what became of it is not known.
    #[error("the provider did not answer in time")]
    TimedOut,
    /// It was answered with something else than the provider's words, or that it cannot tell at the moment.
    #[error("the provider answered {status}, which tells nothing")]
    Misunderstood {
        /// The status of HTTP.
        status: StatusCode,
    },
    /// The question could not be put into words.
    #[error("the provider cannot be asked that")]
    Unspeakable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Classify for CallError {
    fn kind(&self) -> ErrorKind {
        match self {
            CallError::Unspeakable(_) => ErrorKind::Internal,
            _ => ErrorKind::Unavailable,
        }
    }
    fn reason(&self) -> &str {
        match self {
            CallError::Unspeakable(_) => "INTERNAL",
            _ => "PROVIDER_UNAVAILABLE",
        }
    }
    fn retry_after(&self) -> Option<Duration> {
        const SOON: Duration = Duration::from_secs(1);
        (self.kind() == ErrorKind::Unavailable).then_some(SOON)
    }
}

impl CallError {
    const fn as_str(&self) -> &'static str {
        match self {
            CallError::NotReached(_) => "not_reached",
            CallError::Broken(_) => "broken",
            CallError::TimedOut => "timed_out",
            CallError::Misunderstood { .. } => "misunderstood",
            CallError::Unspeakable(_) => "unspeakable",
        }
    }
}

impl Reply {
    /// What it holds.
    pub(super) fn read<'a, T: Deserialize<'a>>(&'a self) -> Result<T, CallError> {
        serde_json::from_slice(&self.body).map_err(|_| self.misunderstood())
    }

    /// It holds nothing of use.
    pub(super) const fn misunderstood(&self) -> CallError {
        CallError::Misunderstood { status: self.status }
    }
}

impl Peer {
    pub(super) fn try_new(url: &str) -> Result<Self, BadUrl> {
        let bad = || BadUrl(url.to_owned());
        let uri: Uri = url.parse().map_err(|_| bad())?;
        if uri.scheme_str() != Some("http") || uri.host().is_none() || uri.query().is_some() {
            return Err(bad());
        }
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(CONNECT_LIMIT));
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_LIMIT)
            .build(connector);
        Ok(Self {
            client,
            url: url.trim_end_matches('/').to_owned(),
        })
    }

    /// Calls, within 3 s. Only what was not sent is sent again: what was may have been done.
    pub(super) async fn call(&self, call: Call) -> Result<Reply, CallError> {
        let span = tracing::debug_span!(
            "provider.call",
            otel.name = format!("provider.{}", call.name),
            otel.kind = "client",
            http.request.method = call.method.as_str(),
            http.response.status_code = Empty,
        );
        let (name, began) = (call.name, Instant::now());
        let answered = async {
            timeout(CALL_LIMIT, self.persistently(call))
                .await
                .unwrap_or(Err(CallError::TimedOut))
        }
        .instrument(span.clone())
        .await;
        let outcome = match &answered {
            Ok(reply) => {
                span.record("http.response.status_code", reply.status.as_u16());
                "answered"
            }
            Err(error) => error.as_str(),
        };
        metrics::histogram!("provider_call_seconds", "call" => name, "outcome" => outcome)
            .record(began.elapsed().as_secs_f64());
        answered
    }

    async fn persistently(&self, call: Call) -> Result<Reply, CallError> {
        let request = self.request(&call)?;
        let mut waits = CONNECT_AGAIN_AFTER.into_iter();
        loop {
            match (self.once(request.clone()).await, waits.next()) {
                (Err(CallError::NotReached(_)), Some(wait)) => tokio::time::sleep(wait).await,
                (answered, _) => return answered,
            }
        }
    }

    async fn once(&self, request: Request<Full<Bytes>>) -> Result<Reply, CallError> {
        let response = match self.client.request(request).await {
            Ok(response) => response,
            Err(error) if error.is_connect() => return Err(CallError::NotReached(error)),
            Err(error) => return Err(CallError::Broken(Box::new(error))),
        };
        let (parts, body) = response.into_parts();
        let body = Limited::new(body, LARGEST_ANSWER).collect().await;
        Ok(Reply {
            status: parts.status,
            body: body.map_err(CallError::Broken)?.to_bytes(),
        })
    }

    fn request(&self, call: &Call) -> Result<Request<Full<Bytes>>, CallError> {
        let mut request = Request::builder()
            .method(call.method.clone())
            .uri(format!("{}{}", self.url, call.path))
            .header(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(key) = call.key {
            request = request.header("idempotency-key", key.to_string());
        }
        if let Some(trace) = current_traceparent() {
            request = request.header("traceparent", trace);
        }
        request
            .body(Full::from(call.body.clone()))
            .map_err(|error| CallError::Unspeakable(Box::new(error)))
    }
}

impl fmt::Debug for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Peer").field("url", &self.url).finish_non_exhaustive()
    }
}
