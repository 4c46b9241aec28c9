use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use api::order::v1::{METHODS, order_service_client::OrderServiceClient};
use hyper_util::rt::TokioIo;
use kernel::{Caller, Role};
use order_core::testing::user;
use ordersvc::MIGRATIONS;
use platform::grpc::client::{Client, ClientOptions};
use testkit::{postgres::TestDatabase, wait_for, wait_for_async};
use tokio::{net::TcpStream, sync::watch};
use tonic::{
    Code,
    transport::{Channel, Endpoint},
};
use tonic_health::pb::{HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient};
use uuid::Uuid;

use super::{PATIENCE, authority::Authority};

pub(super) type Orders = OrderServiceClient<Client>;

/// A database of its own, and an authority that its replicas believe.
pub(super) struct World {
    pub(super) database: TestDatabase,
    authority: Authority,
}

impl World {
    pub(super) async fn new() -> Self {
        Self::on(TestDatabase::create(&MIGRATIONS).await.unwrap()).await
    }

    pub(super) async fn on(database: TestDatabase) -> Self {
        Self {
            database,
            authority: Authority::start().await,
        }
    }

    /// The program with everything it needs to serve in its environment, and nothing else.
    pub(super) fn command(&self, arguments: &[&str]) -> Command {
        const TOKEN_KEY: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
        let mut command = Command::new(env!("CARGO_BIN_EXE_ordersvc"));
        command
            .args(arguments)
            .env_clear()
            .env("DATABASE_URL", self.database.server_url())
            .env("AUTHSVC_URL", self.authority.url())
            .env("USERSVC_URL", "http://127.0.0.1:1")
            .env("TOKEN_ISSUER", self.authority.issuer.name())
            .env("TOKEN_AUDIENCE", self.authority.issuer.name())
            .env("TOKEN_KEYS", TOKEN_KEY)
            .env("SERVICE_BOOTSTRAP_KEY", "of-no-use-to-anybody-in-this-test")
            .env("RUST_LOG", "warn,platform::process=info")
            .env("LOG_FORMAT", "json");
        for address in ["GRPC_ADDR", "HEALTH_ADDR", "ADMIN_ADDR"] {
            command.env(address, "127.0.0.1:0");
        }
        command
    }

    /// A replica that is ready.
    pub(super) async fn replica(&self) -> Replica {
        let replica = self.starting(&[]).await;
        replica.ready().await;
        replica
    }

    /// A replica that listens; with more in its environment.
    pub(super) async fn starting(&self, environment: &[(&str, &str)]) -> Replica {
        let mut command = self.command(&["serve", "--insecure"]);
        command.envs(environment.iter().copied());
        Replica::start(command).await
    }

    /// Calls through a door as a customer.
    pub(super) fn customer(&self, door: &Door, number: u128) -> Orders {
        self.customer_over(door.channel(), number)
    }

    /// The same over a channel of one's own.
    pub(super) fn customer_over(&self, channel: Channel, number: u128) -> Orders {
        self.caller(channel, &Caller::user(user(number), [Role::Customer], Uuid::nil()))
    }

    /// Calls through a door as staff, who see everybody's orders.
    pub(super) fn staff(&self, door: &Door) -> Orders {
        let caller = Caller::user(user(1), [Role::Customer, Role::Staff], Uuid::nil());
        self.caller(door.channel(), &caller)
    }

    fn caller(&self, channel: Channel, caller: &Caller) -> Orders {
        let options = ClientOptions {
            methods: vec![METHODS],
            identity: self.authority.issuer.identity(caller).unwrap(),
            ..ClientOptions::new("http://ordersvc")
        };
        OrderServiceClient::new(Client::over(channel, options))
    }
}

/// Where callers find a replica: the address stays when another process answers behind it.
#[derive(Clone)]
pub(super) struct Door(Arc<watch::Sender<SocketAddr>>);

impl Door {
    pub(super) fn to(replica: &Replica) -> Self {
        Self(Arc::new(watch::Sender::new(replica.address)))
    }

    pub(super) fn leads_to(&self, replica: &Replica) {
        self.0.send_replace(replica.address);
    }

    pub(super) fn channel(&self) -> Channel {
        self.channel_with_window(None)
    }

    /// A channel whose streams take so many bytes that nobody has read.
    pub(super) fn channel_with_window(&self, window: Option<u32>) -> Channel {
        let address = Arc::clone(&self.0);
        let connector = tower::service_fn(move |_: tonic::codegen::http::Uri| {
            let address = *address.borrow();
            async move {
                let stream = TcpStream::connect(address).await?;
                stream.set_nodelay(true)?;
                Ok::<_, std::io::Error>(TokioIo::new(stream))
            }
        });
        Endpoint::from_static("http://ordersvc")
            .initial_stream_window_size(window)
            .initial_connection_window_size(window)
            .connect_with_connector_lazy(connector)
    }
}

/// A running process; killed and waited for when dropped.
pub(super) struct Replica {
    child: Child,
    address: SocketAddr,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Replica {
    async fn start(mut command: Command) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stderr.take().unwrap());
        let lines: Arc<Mutex<Vec<String>>> = Arc::default();
        let (kept, (told, address)) = (Arc::clone(&lines), watch::channel(None));
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if let Some(address) = serving_at(&line) {
                    told.send_replace(Some(address));
                }
                kept.lock().unwrap_or_else(PoisonError::into_inner).push(line);
            }
        });
        let mut replica = Self {
            child,
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            lines,
        };
        wait_for(
            || {
                assert!(replica.exited().is_none(), "{:?}", replica.lines());
                address.borrow().is_some()
            },
            PATIENCE,
        )
        .await;
        replica.address = (*address.borrow()).unwrap();
        replica
    }

    /// What it logged so far.
    pub(super) fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) async fn ready(&self) {
        wait_for_async(
            || async { self.health("").await == Some(ServingStatus::Serving) },
            PATIENCE,
        )
        .await;
    }

    /// What `grpc.health.v1` says of a service; nothing when nobody answers.
    pub(super) async fn health(&self, service: &str) -> Option<ServingStatus> {
        let endpoint = Endpoint::from_shared(format!("http://{}", self.address)).unwrap();
        let mut client = HealthClient::new(endpoint.connect().await.ok()?);
        let service = service.to_owned();
        match client.check(HealthCheckRequest { service }).await {
            Ok(answer) => Some(answer.into_inner().status()),
            Err(status) => {
                assert_eq!(status.code(), Code::Unavailable, "{status:?}");
                None
            }
        }
    }

    /// SIGKILL: nothing in the process runs any more when this returns.
    pub(super) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM. The standard library has no signal but KILL.
    pub(super) fn terminate(&self) {
        let sent = Command::new("sh")
            .args(["-c", &format!("kill -s TERM {}", self.child.id())])
            .status();
        assert!(sent.unwrap().success());
    }

    /// Waits for its end, which must come within `limit`.
    pub(super) async fn ended(mut self, limit: Duration) -> ExitStatus {
        wait_for(|| self.exited().is_some(), limit).await;
        self.exited().unwrap()
    }

    fn exited(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap()
    }
}

impl Drop for Replica {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// The address in the line that tells where the server listens.
fn serving_at(line: &str) -> Option<SocketAddr> {
    let line: serde_json::Value = serde_json::from_str(line).ok()?;
    if line.get("message")?.as_str()? != "serving" {
        return None;
    }
    line.get("address")?.as_str()?.parse().ok()
}
