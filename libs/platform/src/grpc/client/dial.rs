use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use http::{
    HeaderValue, Uri,
    header::USER_AGENT,
    uri::{Authority, Scheme},
};
use hyper::client::conn::http2::{Builder, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use rustls::{ClientConfig, RootCertStore, crypto::aws_lc_rs};
use rustls_pki_types::{CertificateDer, ServerName, pem::PemObject};
use tokio::{net::TcpStream, time::timeout};
use tokio_rustls::TlsConnector;
use tonic::body::Body;

use super::{
    ClientError, ClientOptions,
    transport::{CONNECTION_WINDOW, STREAM_WINDOW, read_ca},
};
use crate::grpc::layers::HttpRequest;

/// How connections to the addresses of a peer are made. Whatever the address, its certificate is checked against
/// the name of the peer.
pub(super) struct Dialer {
    scheme: Scheme,
    authority: Authority,
    tls: Option<(TlsConnector, ServerName<'static>)>,
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
    #[error("could not agree on HTTP/2")]
    Http2(#[source] hyper::Error),
    #[error("the attempt was given up")]
    GivenUp,
}

impl Dialer {
    pub(super) fn try_new(options: &ClientOptions, target: &Uri) -> Result<Self, ClientError> {
        let no_address = || ClientError::Target {
            target: options.target.clone(),
            source: None,
        };
        let scheme = target.scheme().ok_or_else(no_address)?.clone();
        let authority = target.authority().ok_or_else(no_address)?.clone();
        let tls = if scheme == Scheme::HTTPS {
            let tls = options.tls.clone().unwrap_or_default();
            let name = tls
                .domain_name
                .as_deref()
                .unwrap_or_else(|| authority.host())
                .to_owned();
            let name = ServerName::try_from(name).map_err(|_| no_address())?;
            Some((TlsConnector::from(Arc::new(trusting(&tls)?)), name))
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

    pub(super) async fn dial(&self, address: SocketAddr) -> Result<SendRequest<Body>, DialError> {
        timeout(self.connect_timeout, self.connect(address))
            .await
            .unwrap_or(Err(DialError::Late(self.connect_timeout)))
    }

    async fn connect(&self, address: SocketAddr) -> Result<SendRequest<Body>, DialError> {
        let stream = TcpStream::connect(address).await.map_err(DialError::Connect)?;
        stream.set_nodelay(true).map_err(DialError::Connect)?;
        match &self.tls {
            Some((connector, name)) => {
                let stream = connector.connect(name.clone(), stream).await.map_err(DialError::Tls)?;
                self.shake_hands(TokioIo::new(stream)).await
            }
            None => self.shake_hands(TokioIo::new(stream)).await,
        }
    }

    async fn shake_hands<S>(&self, stream: S) -> Result<SendRequest<Body>, DialError>
    where
        S: hyper::rt::Read + hyper::rt::Write + Send + Unpin + 'static,
    {
        let (sender, connection) = self.http2.handshake(stream).await.map_err(DialError::Http2)?;
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(error = %kernel::Chain(&error), "a connection to a peer broke");
            }
        });
        Ok(sender)
    }
}

fn trusting(tls: &super::ClientTls) -> Result<ClientConfig, ClientError> {
    let mut roots = RootCertStore::empty();
    if let Some(path) = &tls.ca_file {
        let pem = read_ca(path)?;
        let certificates: Vec<_> = CertificateDer::pem_slice_iter(&pem).flatten().collect();
        roots.add_parsable_certificates(certificates);
    }
    let mut config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(ClientError::Protocol)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec()];
    Ok(config)
}
