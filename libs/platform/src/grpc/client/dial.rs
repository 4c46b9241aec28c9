use std::{fmt, io, net::SocketAddr, time::Duration};

use futures::future::BoxFuture;
use http::{
    HeaderValue, Uri,
    header::USER_AGENT,
    uri::{Authority, Scheme},
};
use hyper::client::conn::http2::{Builder, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use rustls_pki_types::ServerName;
use tokio::{
    net::{TcpStream, lookup_host},
    time::{Instant, timeout},
};
use tonic::body::Body;

use super::{ClientError, ClientOptions, trust::Trust};
use crate::grpc::layers::HttpRequest;

pub(super) const HTTP2: &[u8] = b"h2";

/// How much a peer may send before it is read.
const STREAM_WINDOW: u32 = 1 << 20;
const CONNECTION_WINDOW: u32 = 4 << 20;

/// Where a connection goes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// Whatever DNS says at that moment.
    Name(String, u16),
    Address(SocketAddr),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(host, port) => write!(f, "{host}:{port}"),
            Self::Address(address) => address.fmt(f),
        }
    }
}

/// A connection that was made.
pub(super) struct Dialed {
    pub(super) sender: SendRequest<Body>,
    /// Ends when no call can be sent on it any more.
    pub(super) connection: BoxFuture<'static, ()>,
}

/// How connections to a peer are made. Whatever the place, its certificate is checked against
/// the name of the peer.
pub(super) struct Dialer {
    scheme: Scheme,
    authority: Authority,
    tls: Option<Trust>,
    http2: Builder<TokioExecutor>,
    connect_timeout: Duration,
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub(super) enum DialError {
    #[error("no connection within {0:?}")]
    Late(Duration),
    #[error("could not connect")]
    Connect(#[source] io::Error),
    #[error("could not agree on TLS")]
    Tls(#[source] io::Error),
    #[error("the peer does not speak HTTP/2: expected it to choose `h2` by ALPN")]
    NotHttp2,
    #[error("could not agree on HTTP/2")]
    Http2(#[source] hyper::Error),
    #[error("its connections end as soon as they are made")]
    Fleeting,
    #[error("the attempt was given up")]
    GivenUp,
}

impl Dialer {
    pub(super) fn try_new(options: &ClientOptions, target: &Uri, host: &str) -> Result<Self, ClientError> {
        let no_address = || ClientError::Target {
            target: options.target.clone(),
        };
        let scheme = target.scheme().ok_or_else(no_address)?.clone();
        let authority = target.authority().ok_or_else(no_address)?.clone();
        let tls = if scheme == Scheme::HTTPS {
            let tls = options.tls.clone().unwrap_or_default();
            let name = tls.domain_name.as_deref().unwrap_or(host).to_owned();
            let name = ServerName::try_from(name).map_err(|_| no_address())?;
            Some(Trust::try_new(name, &tls)?)
        } else {
            None
        };
        let mut http2 = Builder::new(TokioExecutor::new());
        http2
            .timer(TokioTimer::new())
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .keep_alive_interval(options.keepalive_interval)
            .keep_alive_timeout(options.keepalive_timeout)
            .keep_alive_while_idle(true);
        Ok(Self {
            scheme,
            authority,
            tls,
            http2,
            connect_timeout: options.connect_timeout,
        })
    }

    /// Makes a request one to this peer.
    pub(super) fn direct(&self, request: &mut HttpRequest) {
        let mut parts = std::mem::take(request.uri_mut()).into_parts();
        parts.scheme = Some(self.scheme.clone());
        parts.authority = Some(self.authority.clone());
        *request.uri_mut() = Uri::from_parts(parts).unwrap_or_default();
        let agent = HeaderValue::from_static(concat!("counterfoil/", env!("CARGO_PKG_VERSION")));
        request.headers_mut().insert(USER_AGENT, agent);
    }

    pub(super) async fn dial(&self, place: &Place) -> Result<Dialed, DialError> {
        timeout(self.connect_timeout, self.connect(place))
            .await
            .unwrap_or(Err(DialError::Late(self.connect_timeout)))
    }

    async fn connect(&self, place: &Place) -> Result<Dialed, DialError> {
        let stream = self.reach(place).await.map_err(DialError::Connect)?;
        stream.set_nodelay(true).map_err(DialError::Connect)?;
        match &self.tls {
            Some(trust) => {
                let agreed = trust.connector().connect(trust.name(), stream).await;
                let stream = agreed.map_err(DialError::Tls)?;
                if stream.get_ref().1.alpn_protocol() != Some(HTTP2) {
                    return Err(DialError::NotHttp2);
                }
                self.shake_hands(TokioIo::new(stream)).await
            }
            None => self.shake_hands(TokioIo::new(stream)).await,
        }
    }

    /// One address after the other, as DNS sorts them; none takes the time of those after it.
    async fn reach(&self, place: &Place) -> io::Result<TcpStream> {
        let addresses: Vec<SocketAddr> = match place {
            Place::Name(host, port) => lookup_host((host.as_str(), *port)).await?.collect(),
            Place::Address(address) => vec![*address],
        };
        let until = Instant::now() + self.connect_timeout;
        let mut failed = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
        for (tried, address) in addresses.iter().enumerate() {
            let left = until.saturating_duration_since(Instant::now());
            let share = left / u32::try_from(addresses.len() - tried).unwrap_or(u32::MAX);
            match timeout(share, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => return Ok(stream),
                Ok(Err(error)) => failed = error,
                Err(late) => failed = late.into(),
            }
        }
        Err(failed)
    }

    async fn shake_hands<S>(&self, stream: S) -> Result<Dialed, DialError>
    where
        S: hyper::rt::Read + hyper::rt::Write + Send + Unpin + 'static,
    {
        let (sender, connection) = self.http2.handshake(stream).await.map_err(DialError::Http2)?;
        let connection = Box::pin(async move {
            if let Err(error) = connection.await {
                tracing::debug!(error = %kernel::Chain(&error), "a connection to a peer broke");
            }
        });
        Ok(Dialed { sender, connection })
    }
}
