use std::{
    collections::BTreeMap,
    fs::File,
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Stdio},
    time::Duration,
};

use anyhow::Context;
use platform::{
    postgres::provision::{self, Role},
    topology::{self, Place},
};
use processes::Program;
use sqlx::{AssertSqlSafe, Connection, PgConnection, postgres::PgConnectOptions};
use tempfile::TempDir;
use tokio::time::Instant;
use tonic::transport::Channel;

use crate::{admin, shop};

const MIGRATOR: Role<'_> = Role {
    name: "bench_migrator",
    password: "bench_migrator",
};
/// Whom services and pgbench connect as.
pub(super) const SERVER: Role<'_> = Role {
    name: "bench_server",
    password: "bench_server",
};
/// A key of 32 bytes in base64.
const KEY: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
const READY_WITHIN: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(1);

/// The services that were built, each a process of its own as in an installation, on databases of their own
/// on one server. They log to files what they log by default.
pub(super) struct System {
    directory: TempDir,
    /// The server's superuser.
    superuser: PgConnectOptions,
    programs: BTreeMap<&'static str, Program>,
    running: BTreeMap<&'static str, Service>,
    provider: Provider,
}

/// The sandbox that payments go to; killed when dropped.
struct Provider {
    address: SocketAddr,
    _process: Service,
}

/// A running service; killed when dropped.
struct Service {
    child: Child,
}

impl Service {
    /// Starts it and asks until it says that it is ready. Answers how long that took.
    async fn start(
        command: &mut std::process::Command,
        log: &Path,
        asked: SocketAddr,
        path: &str,
    ) -> anyhow::Result<(Self, Duration)> {
        let began = Instant::now();
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(log)?)
            .spawn()?;
        let mut service = Self { child };
        while !admin::get(asked, path, READY_WITHIN)
            .await
            .is_ok_and(|answer| answer.code == 200)
        {
            let ended = service.child.try_wait()?.is_some();
            if ended || began.elapsed() > READY_WITHIN {
                let told = std::fs::read_to_string(log).unwrap_or_default();
                let program = command.get_program().display();
                anyhow::bail!("{program} is not ready: {}", told.lines().last().unwrap_or("no word"));
            }
            tokio::time::sleep(POLL).await;
        }
        Ok((service, began.elapsed()))
    }
}

impl Provider {
    async fn start(directory: &Path) -> anyhow::Result<Self> {
        let address = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?;
        let data = directory.join("sandbox-psp");
        let program = Program::built("sandbox-psp")?
            .args(["--data".as_ref(), data.as_os_str()])
            .args(["--listen", &address.to_string()]);
        let log = directory.join("sandbox-psp.log");
        let (process, _) = Service::start(&mut program.command(), &log, address, "/healthz").await?;
        Ok(Self {
            address,
            _process: process,
        })
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Where a service listens.
#[derive(Clone, Copy)]
struct Ports {
    grpc: SocketAddr,
    admin: SocketAddr,
}

impl System {
    /// Makes databases on the server that `TEST_DATABASE_URL` names, and starts everything.
    pub(super) async fn start() -> anyhow::Result<Self> {
        let url = variable("TEST_DATABASE_URL")?;
        let superuser: PgConnectOptions = url.parse().context("TEST_DATABASE_URL")?;
        let places = topology::PLACES;
        let directory = tempfile::Builder::new().prefix("bench-").tempdir()?;
        let provider = Provider::start(directory.path()).await?;
        let ports = free_ports(places)?;
        let mut programs = BTreeMap::new();
        for place in places {
            let program = Program::built(place.name)?;
            if let Some(database) = place.database {
                provision::ensure(&url, database, &MIGRATOR, &SERVER).await?;
                let migrate = program
                    .clone()
                    .args(["migrate"])
                    .env("DATABASE_URL", database_url(&superuser, &MIGRATOR, database))
                    .env("DATABASE_SERVER_ROLE", SERVER.name);
                migrate.run().await?;
            }
            let program = configured(program, place, &ports, &superuser);
            let program = program.env("SANDBOX_PSP_URL", format!("http://{}", provider.address));
            programs.insert(place.name, program);
        }
        let mut system = Self {
            directory,
            superuser,
            programs,
            running: BTreeMap::new(),
            provider,
        };
        for place in places {
            system.restart(place.name).await?;
        }
        Ok(system)
    }

    /// Kills a service and starts it again. Answers how long it took to be ready.
    pub(super) async fn restart(&mut self, name: &'static str) -> anyhow::Result<Duration> {
        self.running.remove(name);
        let program = self.programs.get(name).with_context(|| format!("there is no {name}"))?;
        let log = self.directory.path().join(format!("{name}.log"));
        let mut command = program.command();
        let admin = address_of(&command, "ADMIN_ADDR")?;
        let (service, took) = Service::start(&mut command, &log, admin, "/readyz").await?;
        self.running.insert(name, service);
        Ok(took)
    }

    /// Where the provider of payments listens.
    pub(super) const fn provider(&self) -> SocketAddr {
        self.provider.address
    }

    /// The names of all services.
    pub(super) fn services(&self) -> Vec<&'static str> {
        self.programs.keys().copied().collect()
    }

    /// The process of a service.
    pub(super) fn process_id(&self, name: &str) -> anyhow::Result<u32> {
        let running = self.running.get(name);
        Ok(running.with_context(|| format!("{name} does not run"))?.child.id())
    }

    /// So many connections to a service.
    pub(super) async fn channels(&self, name: &str, connections: usize) -> anyhow::Result<Vec<Channel>> {
        let program = self.programs.get(name).with_context(|| format!("there is no {name}"))?;
        let address = address_of(&program.command(), "GRPC_ADDR")?;
        shop::connect(&format!("http://{address}"), None, connections).await
    }

    /// A connection of the superuser to a database.
    pub(super) async fn superuser(&self, database: &str) -> anyhow::Result<PgConnection> {
        let options = self.superuser.clone().database(database);
        Ok(PgConnection::connect_with(&options).await?)
    }

    /// The address and port of the database server.
    pub(super) fn postgres(&self) -> (&str, u16) {
        (self.superuser.get_host(), self.superuser.get_port())
    }

    /// The directory of this run.
    pub(super) fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// The log of the database server.
    pub(super) fn postgres_log() -> anyhow::Result<PathBuf> {
        variable("TEST_POSTGRES_LOG").map(PathBuf::from)
    }

    /// Lets the server log every statement that services send from their next connection on, or none.
    pub(super) async fn log_statements(&self, all: bool) -> anyhow::Result<()> {
        let least = if all { "0" } else { "-1" };
        let change = format!(
            "ALTER ROLE {role} SET log_min_duration_statement = {least};
             ALTER ROLE {role} SET log_parameter_max_length = -1",
            role = SERVER.name
        );
        let mut connection = self.superuser("postgres").await?;
        sqlx::raw_sql(AssertSqlSafe(change)).execute(&mut connection).await?;
        connection.close().await?;
        Ok(())
    }
}

/// What proves that a caller is the gateway.
pub(super) fn bootstrap_key(service: &str) -> String {
    format!("{service}-{KEY}")
}

fn configured(program: Program, place: &Place, ports: &BTreeMap<&str, Ports>, server: &PgConnectOptions) -> Program {
    let own = ports[place.name];
    let keys: Vec<String> = topology::PLACES
        .iter()
        .map(|place| place.name)
        .chain(["gateway"])
        .map(|name| format!("{name}={}", bootstrap_key(name)))
        .collect();
    let mut program = program
        .as_service()
        .args(["serve", "--insecure"])
        .env("GRPC_ADDR", own.grpc.to_string())
        .env("ADMIN_ADDR", own.admin.to_string())
        // What is written by default counts.
        .env("RUST_LOG", "info")
        .env("TOKEN_KEYS", KEY)
        .env("MASTER_KEYS", KEY)
        .env("CARD_FINGERPRINT_KEYS", KEY)
        .env("SERVICE_BOOTSTRAP_KEY", bootstrap_key(place.name))
        .env("SERVICE_BOOTSTRAP_KEYS", keys.join(","));
    if let Some(database) = place.database {
        program = program.env("DATABASE_URL", database_url(server, &SERVER, database));
    }
    for (name, peer) in ports {
        program = program.env(&format!("{}_URL", name.to_uppercase()), format!("http://{}", peer.grpc));
    }
    program
}

fn database_url(server: &PgConnectOptions, role: &Role<'_>, database: &str) -> String {
    let (host, port) = (server.get_host(), server.get_port());
    format!("postgres://{}:{}@{host}:{port}/{database}", role.name, role.password)
}

fn free_ports(places: &'static [Place]) -> anyhow::Result<BTreeMap<&'static str, Ports>> {
    // Held together, so that they differ.
    let mut held = Vec::new();
    let mut free = || {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let address = listener.local_addr()?;
        held.push(listener);
        anyhow::Ok(address)
    };
    let mut ports = BTreeMap::new();
    for place in places {
        let (grpc, admin) = (free()?, free()?);
        ports.insert(place.name, Ports { grpc, admin });
    }
    Ok(ports)
}

fn address_of(command: &std::process::Command, variable: &str) -> anyhow::Result<SocketAddr> {
    let value = command
        .get_envs()
        .find_map(|(name, value)| (name == variable).then_some(value?.to_str()?));
    Ok(value.with_context(|| format!("{variable} is not set"))?.parse()?)
}

#[expect(
    clippy::disallowed_methods,
    reason = "with-postgres tells where its server is in the environment"
)]
fn variable(name: &str) -> anyhow::Result<String> {
    std::env::var(name).with_context(|| format!("{name} is not set: run `make bench-service`"))
}
