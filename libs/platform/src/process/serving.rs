use std::{fmt, io, net::SocketAddr, time::Duration};

use anyhow::Context;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    task::JoinSet,
    time::timeout,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tonic::transport::Channel;

use super::{
    Composed, Process, ProcessSettings, ServerSettings, Shutdown,
    readiness::{Readiness, Watch},
};
use crate::{
    admin,
    grpc::server::{Certificates, Health, Parts, Server, ServerOptions, Transport},
    telemetry::Telemetry,
};

/// How long background tasks may take to stop, once the last call has ended.
const STOP_LIMIT: Duration = Duration::from_secs(5);

/// One service of a process.
#[derive(Debug)]
pub struct Served {
    /// Its name.
    pub name: &'static str,
    /// What it is made of.
    pub composed: Composed,
    /// Where and how it is reached.
    pub settings: ServerSettings,
}

/// A process whose ports are taken and whose servers are admitted: what is left can only go well.
pub struct Serving {
    process: Process,
    settings: ProcessSettings,
    metrics: PrometheusHandle,
    health: Health,
    readiness: Readiness,
    watches: Vec<Watch>,
    servers: Vec<(&'static str, TcpListener, Server)>,
    background: Vec<super::BackgroundTask>,
    health_listener: TcpListener,
    admin_listener: TcpListener,
}

impl Serving {
    /// Takes every port and admits every server. `everything` is one more server that serves all of them.
    ///
    /// # Errors
    /// A port is taken, a certificate cannot be used, a method has no access.
    pub async fn bind(
        services: Vec<Served>,
        everything: Option<ServerSettings>,
        process: Process,
        settings: ProcessSettings,
        metrics: PrometheusHandle,
    ) -> anyhow::Result<Self> {
        let health_listener = listen("HEALTH_ADDR", settings.health_addr).await?;
        let admin_listener = listen("ADMIN_ADDR", settings.admin_addr).await?;
        let readiness = Readiness::new(services.iter().map(|served| served.name));
        let names = services.iter().flat_map(|served| {
            let own = served.composed.service_names();
            std::iter::once(served.name).chain(own)
        });
        let health = Health::new(names).await;
        let (mut watches, mut servers, mut background) = (Vec::new(), Vec::new(), Vec::new());
        let mut whole: Option<Parts> = None;
        for Served {
            name,
            composed,
            settings: own,
        } in services
        {
            let own_health = Health::new(composed.service_names()).await;
            watches.push(Watch::of(name, &composed, &readiness, &own_health, &health));
            background.extend(composed.background.iter().cloned());
            let listener = listen(name, own.grpc_addr).await?;
            let parts = composed.parts(own_health, &process);
            if everything.is_some() {
                let part = Parts {
                    health: health.clone(),
                    ..parts.clone()
                };
                whole = Some(match whole {
                    Some(whole) => whole.and(part),
                    None => part,
                });
            }
            servers.push((name, listener, server(parts, &own, &settings).context(name)?));
        }
        if let (Some(own), Some(whole)) = (everything, whole) {
            let listener = listen("everything", own.grpc_addr).await?;
            let server = server(whole, &own, &settings).context("everything")?;
            servers.push(("everything", listener, server));
        }
        Ok(Self {
            process,
            settings,
            metrics,
            health,
            readiness,
            watches,
            servers,
            background,
            health_listener,
            admin_listener,
        })
    }

    /// Where a service listens; `everything` is the server of all.
    pub fn address(&self, name: &str) -> Option<SocketAddr> {
        let (_, listener, _) = self.servers.iter().find(|(known, ..)| *known == name)?;
        listener.local_addr().ok()
    }

    /// A channel to a service inside the process: the same layers, no socket and no TLS.
    pub fn in_process(&self, name: &str) -> Option<Channel> {
        let (.., server) = self.servers.iter().find(|(known, ..)| *known == name)?;
        Some(server.in_process())
    }

    /// Where plaintext health is served.
    pub fn health_address(&self) -> Option<SocketAddr> {
        self.health_listener.local_addr().ok()
    }

    /// Where the admin port is.
    pub fn admin_address(&self) -> Option<SocketAddr> {
        self.admin_listener.local_addr().ok()
    }

    /// Resolves once every service of this process is ready.
    pub fn ready(&self) -> impl Future<Output = ()> + use<> {
        self.readiness.clone().whole()
    }

    /// Serves until the process is asked to end, then drains: not ready at once, no new connections after
    /// `DRAIN_DELAY`, calls cut after `DRAIN_LIMIT`, then the background tasks, and health and admin last.
    ///
    /// # Errors
    /// A listener is broken; the others are drained then too.
    pub async fn run(self) -> anyhow::Result<()> {
        let (draining, stopping, last) = (
            CancellationToken::new(),
            CancellationToken::new(),
            CancellationToken::new(),
        );
        let edges = TaskTracker::new();
        edges.spawn(serve_health(
            self.health.clone(),
            self.process.clone(),
            self.health_listener,
            last.clone(),
        ));
        edges.spawn(Telemetry::tend(self.metrics.clone(), last.clone()));
        edges.spawn(admin::serve(
            self.admin_listener,
            admin::Admin {
                metrics: self.metrics,
                readiness: self.readiness.clone(),
            },
            last.clone(),
        ));
        let watched = CancellationToken::new();
        for watch in self.watches {
            edges.spawn(watch.run(watched.clone()));
        }
        let background = TaskTracker::new();
        for task in self.background {
            background.spawn(task.supervise(stopping.clone()));
        }
        let mut servers = JoinSet::new();
        for (name, listener, server) in self.servers {
            if let Ok(address) = listener.local_addr() {
                tracing::info!(service.name = name, %address, "serving");
            }
            let draining = draining.clone();
            servers.spawn(async move { server.serve(listener, draining).await.context(name) });
        }

        let mut ended = Ok(());
        tokio::select! {
            () = self.process.shutdown.requested() => {}
            Some(first) = servers.join_next() => ended = flat(first),
        }
        tracing::info!("draining");
        self.process.shutdown.request();
        watched.cancel();
        self.readiness.end();
        self.health.stopping().await;
        tokio::time::sleep(self.settings.drain_delay).await;
        draining.cancel();
        while let Some(server) = servers.join_next().await {
            ended = ended.and(flat(server));
        }
        stopping.cancel();
        background.close();
        if timeout(STOP_LIMIT, background.wait()).await.is_err() {
            tracing::warn!("background tasks did not stop in time");
        }
        last.cancel();
        edges.close();
        if timeout(STOP_LIMIT, edges.wait()).await.is_err() {
            tracing::warn!("the health and admin ports did not close in time");
        }
        tracing::info!("ended");
        ended
    }
}

impl fmt::Debug for Serving {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.servers.iter().map(|(name, ..)| name);
        f.debug_list().entries(names).finish()
    }
}

impl Composed {
    /// What a server of this service is made of.
    pub fn parts(self, health: Health, process: &Process) -> Parts {
        Parts {
            routes: self.routes,
            methods: self.methods,
            descriptors: self.descriptors.unwrap_or_default(),
            verifier: self.verifier,
            health,
            ids: process.ids.clone(),
        }
    }
}

fn flat(joined: Result<anyhow::Result<()>, tokio::task::JoinError>) -> anyhow::Result<()> {
    joined.context("a server panicked")?
}

fn server(parts: Parts, own: &ServerSettings, settings: &ProcessSettings) -> anyhow::Result<Server> {
    let options = ServerOptions {
        drain_timeout: settings.drain_limit,
        ..ServerOptions::new(transport(own)?)
    };
    Server::try_new(parts, options).context("could not start the server")
}

fn transport(own: &ServerSettings) -> anyhow::Result<Transport> {
    match (own.insecure, &own.tls_cert, &own.tls_key) {
        (true, _, _) => Ok(Transport::Insecure),
        (false, Some(certificate), Some(key)) => Ok(Transport::Tls(
            Certificates::load(certificate, key).context("could not use TLS_CERT_FILE and TLS_KEY_FILE")?,
        )),
        (false, _, _) => anyhow::bail!(
            "TLS_CERT_FILE, TLS_KEY_FILE: expected a certificate and its key, and one is not set; \
             for plaintext on the loopback or behind a mesh say --insecure"
        ),
    }
}

async fn listen(who: &str, address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => anyhow::anyhow!("{who} cannot listen on {address}: another program listens there"),
        _ => anyhow::Error::new(error).context(format!("{who} cannot listen on {address}")),
    })
}

async fn serve_health(health: Health, process: Process, listener: TcpListener, stop: CancellationToken) {
    let served = match Server::health_only(health, process.ids) {
        Ok(server) => server.serve(listener, stop).await,
        Err(error) => Err(error),
    };
    if let Err(error) = served {
        tracing::error!(error = %kernel::Chain(&error), "the health port is broken");
    }
}

/// SIGTERM (from Kubernetes) and SIGINT (from a terminal) ask the process to end.
///
/// # Errors
/// The signals cannot be listened for.
pub fn request_on_signals(shutdown: Shutdown) -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate()).context("could not listen for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("could not listen for SIGINT")?;
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        shutdown.request();
    });
    Ok(())
}
