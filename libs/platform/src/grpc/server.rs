//! One server for every process: routes in, layers around them, and an accept loop that reloads
//! certificates, bounds what a peer may hold, and drains without losing a call.
//!
//! A server that serves a method nobody decided the access of does not start ([`Server::try_new`]).

mod accept;
mod admission;
mod health;
pub(crate) mod options;
mod polite;
mod tls;

use std::sync::Arc;

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
pub use options::{RateLimit, ServerOptions, Transport};
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
