//! One server for every process: routes in, layers around them, and an accept loop that reloads
//! certificates, bounds what a peer may hold, and drains without losing a call.
//!
//! A server that serves a method nobody decided the access of does not start ([`Server::try_new`]).

mod accept;
mod admission;
mod health;
mod tls;

use std::{sync::Arc, time::Duration};

use kernel::IdSource;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::{
    service::Routes,
    transport::{Channel, Endpoint},
};
use wire::Method;

pub use admission::ServerError;
pub use health::{Health, LIVENESS};
pub use tls::{CertificateError, Certificates};

use super::layers::{Served, serve_stack};
use crate::auth::Verifier;
use accept::Connections;

/// What a server serves.
#[derive(Clone)]
pub struct Parts {
    /// The generated servers around the handlers.
    pub routes: Routes,
    /// What the contract says of their methods: `api::<package>::METHODS`.
    pub methods: Vec<&'static [Method]>,
    /// The encoded descriptors of the contract, for reflection and to find methods nobody decided about.
    pub descriptors: &'static [u8],
    /// Who recognises callers; a server whose methods are all PUBLIC needs nobody.
    pub verifier: Option<Arc<Verifier>>,
    /// The health that is served, one status for each service and `""` for the whole.
    pub health: Health,
    /// Where request ids come from.
    pub ids: Arc<dyn IdSource>,
}

impl Parts {
    /// Everything that both serve, on one server. Health and ids stay those of `self`.
    #[must_use]
    pub fn and(mut self, other: Parts) -> Self {
        let other_routes = other.routes.into_axum_router().reset_fallback();
        self.routes = Routes::from(self.routes.into_axum_router().merge(other_routes));
        self.methods.extend(other.methods);
        self.verifier = self.verifier.or(other.verifier);
        self
    }
}

/// How the bytes travel.
#[derive(Debug, Clone)]
pub enum Transport {
    /// In the clear: for the loopback, and for probes.
    Insecure,
    /// TLS with a certificate that may be replaced while serving.
    Tls(Arc<Certificates>),
}

/// How often one caller may call.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RateLimit {
    /// In the long run.
    pub per_second: f64,
    /// At once.
    pub burst: u32,
}

/// The limits of a server. The defaults are those of production.
#[derive(Debug, Clone)]
pub struct ServerOptions {
    /// How the bytes travel.
    pub transport: Transport,
    /// The largest message that is taken.
    pub max_message_bytes: usize,
    /// Connections at once; more wait to be accepted.
    pub max_connections: usize,
    /// Calls at once on one connection.
    pub max_concurrent_streams: u32,
    /// The largest sum of a request's headers.
    pub max_header_list_bytes: u32,
    /// Unary calls at once; more are refused.
    pub max_in_flight: usize,
    /// Streams open at once; more are refused.
    pub max_open_streams: usize,
    /// How long a unary call, or a stream until its first message, may take.
    pub call_timeout: Duration,
    /// A limit for each caller.
    pub rate_limit: Option<RateLimit>,
    /// How long a TLS or HTTP/2 handshake may take.
    pub handshake_timeout: Duration,
    /// A connection older than this takes no new calls, so that load spreads over new servers.
    pub max_connection_age: Duration,
    /// A connection without a call for so long is closed.
    pub max_connection_idle: Duration,
    /// A silent connection is asked for a sign of life so often.
    pub keepalive_interval: Duration,
    /// How long the sign of life may take.
    pub keepalive_timeout: Duration,
    /// How long a stopping server waits for calls that do not end.
    pub drain_timeout: Duration,
    /// How often the certificate's files are looked at.
    pub certificate_check: Duration,
}

impl ServerOptions {
    /// Production limits over this transport.
    pub fn new(transport: Transport) -> Self {
        Self {
            transport,
            max_message_bytes: 4 * 1_024 * 1_024,
            max_connections: 10_000,
            max_concurrent_streams: 1_000,
            max_header_list_bytes: 16 * 1_024,
            max_in_flight: 1_024,
            max_open_streams: 10_000,
            call_timeout: Duration::from_secs(30),
            rate_limit: None,
            handshake_timeout: Duration::from_secs(10),
            max_connection_age: Duration::from_secs(30 * 60),
            max_connection_idle: Duration::from_secs(15 * 60),
            keepalive_interval: Duration::from_secs(60),
            keepalive_timeout: Duration::from_secs(20),
            drain_timeout: Duration::from_secs(20),
            certificate_check: Duration::from_secs(30),
        }
    }
}

/// A server, ready to serve any number of listeners and channels inside the process.
#[derive(Clone)]
pub struct Server {
    served: Served,
    options: Arc<ServerOptions>,
    health: Health,
    /// Cancelled when streams must end.
    draining: CancellationToken,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server")
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

impl Server {
    /// Puts the layers around the routes and adds health and reflection.
    ///
    /// # Errors
    /// A method has no access, or the contract has methods of a served service that the tables miss;
    /// a method needs a caller and nobody recognises one; the descriptors do not decode.
    pub fn try_new(parts: Parts, options: ServerOptions) -> Result<Self, ServerError> {
        let table = admission::admit(&parts)?;
        let draining = CancellationToken::new();
        let health = parts.health.clone();
        let routes = parts.routes.add_service(health.service());
        let routes = admission::add_reflection(routes, &parts.methods, parts.descriptors)?;
        let served = serve_stack(routes, table, parts.verifier, parts.ids, &options, draining.clone());
        Ok(Self {
            served,
            options: Arc::new(options),
            health,
            draining,
        })
    }

    /// A server of nothing but `grpc.health.v1`, for probes.
    ///
    /// # Errors
    /// None in practice; health is always admitted.
    pub fn health_only(health: Health, ids: Arc<dyn IdSource>) -> Result<Self, ServerError> {
        let parts = Parts {
            routes: Routes::default(),
            methods: Vec::new(),
            descriptors: &[],
            verifier: None,
            health,
            ids,
        };
        Self::try_new(parts, ServerOptions::new(Transport::Insecure))
    }

    /// Accepts and serves until `shutdown`, then drains: no new connections, streams end with
    /// UNAVAILABLE `SHUTTING_DOWN`, calls in flight finish. Returns when all have, or after
    /// [`ServerOptions::drain_timeout`].
    ///
    /// # Errors
    /// The listener is broken.
    pub async fn serve(&self, listener: TcpListener, shutdown: CancellationToken) -> Result<(), ServerError> {
        let connections = Connections::new(self.served.clone(), self.options.clone());
        tokio::select! {
            () = connections.accept(&listener, &shutdown) => {}
            () = accept::watch_certificates(&self.options) => {}
        }
        drop(listener);
        self.health.stopping().await;
        self.draining.cancel();
        connections.drain().await;
        Ok(())
    }

    /// A channel to this server inside the process: the same layers, framing and limits, no socket.
    pub fn in_process(&self) -> Channel {
        let connections = Connections::new(self.served.clone(), self.options.clone());
        let connector = tower::service_fn(move |_: http::Uri| {
            let connections = connections.clone();
            async move { Ok::<_, std::convert::Infallible>(connections.connect()) }
        });
        Endpoint::from_static("http://in-process").connect_with_connector_lazy(connector)
    }

    /// Ends open streams as a stopping server does; for tests of [`Server::in_process`] channels.
    pub fn end_streams(&self) {
        self.draining.cancel();
    }
}
