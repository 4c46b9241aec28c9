use std::{net::SocketAddr, process::ExitCode, sync::Arc, time::Instant};

use anyhow::Context;
use clap::{Args, Parser, Subcommand};
use embedded_postgres::EmbeddedPostgres;
use futures::future::try_join_all;
use kernel::Chain;
use platform::{
    config::{Layers, Settings},
    process::{BackgroundTask, Hosted, Process, ProcessSettings, ServerSettings, Serving, request_on_signals},
    telemetry::Telemetry,
    topology,
};
use tokio::runtime;

use crate::{
    accounts::{self, Account},
    authority::{self, Certificates},
    database,
    home::Home,
    sandbox::Sandbox,
    screen::{self, Running},
    services,
    settings::{self, All, HostSettings},
    wiring::{Wiring, reached_at},
};

/// Every service in one process, on a PostgreSQL of its own.
#[derive(Debug, Parser)]
#[command(name = "all-in-one")]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve until told to end.
    Serve(Transport),
    /// Print the configuration that holds, without secrets.
    PrintConfig,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Transport {
    /// Serve plaintext; the addresses are those of the loopback unless set otherwise.
    #[arg(long)]
    insecure: bool,
    /// Serve TLS with a certificate of a development authority that is made once.
    #[arg(long)]
    tls: bool,
}

pub(crate) fn main() -> ExitCode {
    let done = match CommandLine::parse().command {
        Command::Serve(transport) => in_runtime(&transport),
        Command::PrintConfig => print_config(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            screen::failure(Chain(error.as_ref()));
            ExitCode::FAILURE
        }
    }
}

fn in_runtime(transport: &Transport) -> anyhow::Result<()> {
    runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("could not start the runtime")?
        .block_on(serve(transport))
}

async fn serve(transport: &Transport) -> anyhow::Result<()> {
    let began = Instant::now();
    let mut layers = settings::with_defaults(Layers::of_this_process()?);
    if transport.insecure {
        layers = layers.with_argument("INSECURE", "true");
    }
    let ((host, process_settings), everything): All = layers.read()?;
    let telemetry = Telemetry::start("all-in-one", &process_settings)?;
    let process = Process::new();
    request_on_signals(process.shutdown.clone())?;
    let home = Home::open(host.home.clone())?;
    let tls = if transport.tls {
        Some(authority::certificates(&home, process.clock.as_ref())?)
    } else {
        None
    };

    let starting = database::start(&home, &host);
    let Some(postgres) = process.shutdown.token().run_until_cancelled(starting).await else {
        return Ok(());
    };
    let postgres = postgres?;
    let installation = Installation {
        layers,
        host,
        process,
        process_settings,
        everything,
        home,
        tls,
        began,
    };
    let ended = installation.beside_sandbox(&postgres, &telemetry).await;
    postgres.stop().await?;
    telemetry.shut_down().await;
    ended
}

/// Everything that is known before the services are.
struct Installation {
    layers: Layers,
    host: HostSettings,
    process: Process,
    process_settings: ProcessSettings,
    everything: ServerSettings,
    home: Home,
    tls: Option<Certificates>,
    began: Instant,
}

/// A service and its two sets of layers.
struct Prepared {
    service: Arc<dyn Hosted>,
    layers: Layers,
    upkeep: Layers,
}

impl Installation {
    /// The provider is there before the services and goes after them.
    async fn beside_sandbox(self, postgres: &EmbeddedPostgres, telemetry: &Telemetry) -> anyhow::Result<()> {
        let sandbox = Sandbox::start(&self.home, &self.host, &self.process_settings.log_filter).await?;
        let ended = self.run(postgres, &sandbox, telemetry).await;
        sandbox.stop().await;
        ended
    }

    async fn run(self, postgres: &EmbeddedPostgres, sandbox: &Sandbox, telemetry: &Telemetry) -> anyhow::Result<()> {
        let wiring = Wiring::new(&self.home, self.tls.clone(), sandbox.address(), &self.layers)?;
        let prepared = try_join_all(
            services::all()
                .into_iter()
                .map(|service| self.prepare(service, &wiring, postgres)),
        )
        .await?;
        let mut served = Vec::new();
        for each in &prepared {
            let mut one = each.service.compose(&each.layers, &self.process).await?;
            if each.service.has_tables() {
                one.composed = one.composed.background(self.maintenance(each));
            }
            served.push(one);
        }
        let mut everything = self.everything.clone();
        if let Some(tls) = &self.tls {
            everything.tls_cert = Some(tls.certificate.clone());
            everything.tls_key = Some(tls.key.clone());
        }
        let serving = Serving::bind(
            served,
            Some(everything),
            self.process.clone(),
            self.process_settings.clone(),
            telemetry.metrics().clone(),
        )
        .await?;
        let (welcome, run) = (self.welcome(&serving, sandbox.address(), prepared), serving.run());
        let welcome = self.process.shutdown.token().run_until_cancelled(welcome);
        let told = async {
            if let Some(Err(error)) = welcome.await {
                screen::failure(format_args!("the demo accounts are missing: {}", Chain(error.as_ref())));
            }
        };
        let (ended, ()) = futures::join!(run, told);
        ended
    }

    /// A database that is current, and the layers that name it.
    async fn prepare(
        &self,
        service: Arc<dyn Hosted>,
        wiring: &Wiring,
        postgres: &EmbeddedPostgres,
    ) -> anyhow::Result<Prepared> {
        let place = service.place()?;
        let layers = wiring.layers(service.as_ref(), &self.layers)?;
        let Some(database) = place.database else {
            let upkeep = layers.clone();
            return Ok(Prepared {
                service,
                layers,
                upkeep,
            });
        };
        let access = database::provision(postgres, &self.home, place, database).await?;
        let upkeep = layers.clone().with_host("DATABASE_URL", access.migrator);
        let layers = layers.with_host("DATABASE_URL", access.server);
        service.migrate(&upkeep).await?;
        Ok(Prepared {
            service,
            layers,
            upkeep,
        })
    }

    /// What a CronJob does in a cluster.
    fn maintenance(&self, prepared: &Prepared) -> BackgroundTask {
        let (service, layers) = (prepared.service.clone(), prepared.upkeep.clone());
        let every = self.host.maintain_every;
        BackgroundTask::new("maintenance", move |stop| {
            let (service, layers) = (service.clone(), layers.clone());
            async move {
                let again = async {
                    loop {
                        service.maintain(&layers).await?;
                        tokio::time::sleep(every).await;
                    }
                };
                stop.run_until_cancelled(again).await.unwrap_or(Ok(()))
            }
        })
    }

    /// Makes the demo accounts once everything is ready, and shows what runs where.
    fn welcome(
        &self,
        serving: &Serving,
        sandbox: SocketAddr,
        prepared: Vec<Prepared>,
    ) -> impl Future<Output = anyhow::Result<()>> + use<'_> {
        let address = |name| serving.address(name).as_ref().map(reached_at);
        let services = prepared
            .iter()
            .filter_map(|each| each.service.place().ok())
            .filter_map(|place| Some((place.name, address(place.name)?)))
            .collect();
        let (everything, health, admin) = (address("everything"), serving.health_address(), serving.admin_address());
        let auth = serving.in_process(topology::AUTHSVC.name);
        let ready = serving.ready();
        async move {
            ready.await;
            let accounts = match auth {
                Some(channel) => accounts::register(&self.home, channel).await,
                None => Ok(Vec::new()),
            };
            let granted = match &accounts {
                Ok(accounts) => self.grant(accounts, &prepared).await,
                Err(_) => Ok(()),
            };
            if let (Some(everything), Some(health), Some(admin)) = (everything, health, admin) {
                Running {
                    services,
                    everything,
                    health,
                    admin,
                    sandbox,
                    accounts: accounts.as_deref().unwrap_or_default(),
                    authority: self.tls.as_ref().map(|tls| tls.authority.as_path()),
                    took: self.began.elapsed(),
                }
                .show();
            }
            accounts?;
            granted
        }
    }

    /// Roles beyond that of a customer, by authsvc's own command.
    async fn grant(&self, accounts: &[Account], prepared: &[Prepared]) -> anyhow::Result<()> {
        for account in accounts {
            let Some(role) = account.role else { continue };
            for each in prepared {
                if *each.service.place()? == topology::AUTHSVC {
                    let arguments = [account.email, role].map(str::to_owned).to_vec();
                    each.service
                        .run("grant-role", arguments, &each.layers, &self.process)
                        .await?;
                }
            }
        }
        Ok(())
    }
}

fn print_config() -> anyhow::Result<()> {
    let layers = settings::with_defaults(Layers::of_this_process()?);
    for line in layers.effective(&All::variables()) {
        screen::say(line);
    }
    for service in services::all() {
        let place = service.place()?;
        let own = layers
            .of_service(place.name)
            .with_default("GRPC_ADDR", format!("127.0.0.1:{}", place.port));
        for line in own.effective(&service.variables()) {
            screen::say(line);
        }
    }
    layers.read::<All>()?;
    Ok(())
}
