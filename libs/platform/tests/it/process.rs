use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use metrics_exporter_prometheus::PrometheusBuilder;
use platform::{
    config::Layers,
    process::{
        BackgroundTask, Composed, Process, ProcessSettings, ReadinessCheck, Served, ServerSettings, Service, Serving,
        ask_health, variables,
    },
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::Notify,
    time::timeout,
};
use tonic::{
    service::Routes,
    transport::{Channel, Endpoint},
};
use tonic_health::pb::{HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient};

const SOON: Duration = Duration::from_secs(10);

/// A service that is ready when it is told so, with a task beside it.
struct Toy {
    ready: Arc<AtomicBool>,
    stopped: Arc<Notify>,
}

struct Told(Arc<AtomicBool>);

#[async_trait]
impl ReadinessCheck for Told {
    fn name(&self) -> &'static str {
        "database"
    }
    async fn check(&self) -> anyhow::Result<()> {
        anyhow::ensure!(self.0.load(Ordering::SeqCst), "connection refused");
        Ok(())
    }
}

impl Toy {
    fn new(ready: bool) -> Self {
        Self {
            ready: Arc::new(AtomicBool::new(ready)),
            stopped: Arc::new(Notify::new()),
        }
    }

    fn served(&self, name: &'static str) -> Served {
        let stopped = self.stopped.clone();
        let task = BackgroundTask::new("sequencer", move |stop| {
            let stopped = stopped.clone();
            async move {
                stop.cancelled().await;
                stopped.notify_one();
                Ok(())
            }
        });
        Served {
            name,
            composed: Composed::new(Routes::default())
                .ready(Told(self.ready.clone()))
                .background(task),
            settings: own_settings("0"),
        }
    }
}

fn own_settings(port: &str) -> ServerSettings {
    let environment = [
        ("GRPC_ADDR", format!("127.0.0.1:{port}")),
        ("INSECURE", "true".to_owned()),
    ];
    Layers::new(environment.map(|(name, value)| (name.to_owned(), value)))
        .unwrap()
        .read()
        .unwrap()
}

fn process_settings() -> ProcessSettings {
    let environment = ["HEALTH_ADDR", "ADMIN_ADDR"].map(|name| (name.to_owned(), "127.0.0.1:0".to_owned()));
    Layers::new(environment).unwrap().read().unwrap()
}

async fn bind(services: Vec<Served>, process: &Process) -> anyhow::Result<Serving> {
    let metrics = PrometheusBuilder::new().build_recorder().handle();
    Serving::bind(services, None, process.clone(), process_settings(), metrics).await
}

async fn get(address: std::net::SocketAddr, path: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
}

async fn health(address: std::net::SocketAddr) -> HealthClient<Channel> {
    let endpoint = Endpoint::from_shared(format!("http://{address}")).unwrap();
    HealthClient::new(endpoint.connect().await.unwrap())
}

async fn status(client: &mut HealthClient<Channel>, service: &str) -> ServingStatus {
    let request = HealthCheckRequest {
        service: service.to_owned(),
    };
    client.check(request).await.unwrap().into_inner().status()
}

/// Follows a health status until it is the expected one.
async fn becomes(client: &mut HealthClient<Channel>, service: &str, expected: ServingStatus) {
    let request = HealthCheckRequest {
        service: service.to_owned(),
    };
    let mut statuses = client.watch(request).await.unwrap().into_inner();
    let seen = async { while statuses.message().await.unwrap().unwrap().status() != expected {} };
    timeout(SOON, seen).await.unwrap();
}

#[tokio::test]
async fn readiness_follows_the_checks_and_liveness_does_not() {
    let (process, toy) = (Process::new(), Toy::new(false));
    let serving = bind(vec![toy.served("toysvc")], &process).await.unwrap();
    let admin = serving.admin_address().unwrap();
    let probes = serving.health_address().unwrap();
    let own = serving.address("toysvc").unwrap();
    let ready = serving.ready();
    let running = tokio::spawn(serving.run());

    let mut probe = health(probes).await;
    let mut client = health(own).await;
    becomes(&mut probe, "toysvc", ServingStatus::NotServing).await;
    assert_eq!(status(&mut probe, "liveness").await, ServingStatus::Serving);
    let (code, body) = get(admin, "/readyz").await;
    assert_eq!(code, 503, "{body}");
    assert!(
        body.contains(r#"{"name":"database","ready":false,"reason":"connection refused"}"#),
        "{body}"
    );

    toy.ready.store(true, Ordering::SeqCst);
    timeout(SOON, ready).await.unwrap();
    becomes(&mut probe, "", ServingStatus::Serving).await;
    becomes(&mut client, "", ServingStatus::Serving).await;
    assert_eq!(get(admin, "/readyz").await.0, 200);
    assert_eq!(get(admin, "/livez").await, (200, "alive\n".to_owned()));
    assert_eq!(get(admin, "/metrics").await.0, 200);

    toy.ready.store(false, Ordering::SeqCst);
    becomes(&mut client, "", ServingStatus::NotServing).await;
    assert_eq!(status(&mut client, "liveness").await, ServingStatus::Serving);

    process.shutdown.request();
    timeout(SOON, running).await.unwrap().unwrap().unwrap();
}

/// A database that does not answer at all.
struct Silent;

#[async_trait]
impl ReadinessCheck for Silent {
    fn name(&self) -> &'static str {
        "database"
    }
    async fn check(&self) -> anyhow::Result<()> {
        std::future::pending().await
    }
}

#[tokio::test]
async fn a_service_has_a_health_before_its_checks_have_answered() {
    let process = Process::new();
    let silent = Served {
        name: "toysvc",
        composed: Composed::new(Routes::default()).ready(Silent),
        settings: own_settings("0"),
    };
    let serving = bind(vec![silent], &process).await.unwrap();
    let probes = serving.health_address().unwrap();
    tokio::spawn(serving.run());
    let mut probe = health(probes).await;
    for service in ["", "toysvc"] {
        assert_eq!(status(&mut probe, service).await, ServingStatus::NotServing);
    }
    process.shutdown.request();
}

#[tokio::test]
async fn one_of_two_services_that_is_not_ready_keeps_the_process_not_ready() {
    let (process, one, two) = (Process::new(), Toy::new(true), Toy::new(false));
    let serving = bind(vec![one.served("onesvc"), two.served("twosvc")], &process)
        .await
        .unwrap();
    let mut probe = {
        let probes = serving.health_address().unwrap();
        tokio::spawn(serving.run());
        health(probes).await
    };
    becomes(&mut probe, "onesvc", ServingStatus::Serving).await;
    becomes(&mut probe, "twosvc", ServingStatus::NotServing).await;
    assert_eq!(status(&mut probe, "").await, ServingStatus::NotServing);
    two.ready.store(true, Ordering::SeqCst);
    becomes(&mut probe, "", ServingStatus::Serving).await;
    process.shutdown.request();
}

#[tokio::test]
async fn a_process_asked_to_end_ends_its_streams_then_its_tasks() {
    let (process, toy) = (Process::new(), Toy::new(true));
    let serving = bind(vec![toy.served("toysvc")], &process).await.unwrap();
    let (own, ready) = (serving.address("toysvc").unwrap(), serving.ready());
    let running = tokio::spawn(serving.run());
    timeout(SOON, ready).await.unwrap();

    let mut client = health(own).await;
    let request = HealthCheckRequest { service: String::new() };
    let mut open = client.watch(request).await.unwrap().into_inner();
    process.shutdown.request();
    let ended = async { while let Ok(Some(_)) = open.message().await {} };
    timeout(SOON, ended).await.unwrap();
    timeout(SOON, toy.stopped.notified()).await.unwrap();
    timeout(SOON, running).await.unwrap().unwrap().unwrap();
    assert!(TcpStream::connect(own).await.is_err());
}

#[tokio::test]
async fn a_taken_port_is_one_clear_sentence() {
    let (process, toy) = (Process::new(), Toy::new(true));
    let first = bind(vec![toy.served("toysvc")], &process).await.unwrap();
    let taken = first.address("toysvc").unwrap();
    let mut second = toy.served("toysvc");
    second.settings = own_settings(&taken.port().to_string());
    let refused = bind(vec![second], &process).await.unwrap_err();
    assert_eq!(
        format!("{refused:#}"),
        format!("toysvc cannot listen on {taken}: another program listens there")
    );
}

#[tokio::test]
async fn a_server_without_a_certificate_says_what_to_do() {
    let (process, toy) = (Process::new(), Toy::new(true));
    let mut served = toy.served("toysvc");
    served.settings.insecure = false;
    let refused = bind(vec![served], &process).await.unwrap_err();
    assert!(format!("{refused:#}").contains("--insecure"), "{refused:#}");
}

#[tokio::test]
async fn the_command_health_tells_who_is_not_ready_and_who_is_not_there() {
    let (process, toy) = (Process::new(), Toy::new(false));
    let serving = bind(vec![toy.served("toysvc")], &process).await.unwrap();
    let url = format!("http://{}", serving.health_address().unwrap());
    let ready = serving.ready();
    let running = tokio::spawn(serving.run());
    let told = ask_health(&url, None).await.unwrap_err();
    assert_eq!(told.to_string(), format!("{url} is not ready"));
    toy.ready.store(true, Ordering::SeqCst);
    timeout(SOON, ready).await.unwrap();
    ask_health(&url, None).await.unwrap();
    process.shutdown.request();
    timeout(SOON, running).await.unwrap().unwrap().unwrap();
    let told = ask_health(&url, None).await.unwrap_err();
    assert_eq!(told.to_string(), format!("could not ask {url}"));
}

struct Calculator;

#[async_trait]
impl Service for Calculator {
    const NAME: &'static str = platform::topology::CALCULATORSVC.name;
    type Config = ();
    async fn compose((): (), _: &Process) -> anyhow::Result<Composed> {
        Ok(Composed::new(Routes::default()))
    }
}

#[test]
fn a_service_reads_these_variables() {
    let shown: Vec<_> = variables::<Calculator>()
        .into_iter()
        .map(|variable| {
            format!(
                "{} = {}",
                variable.name,
                variable.default.as_deref().unwrap_or_default()
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            "HEALTH_ADDR = 0.0.0.0:8081",
            "ADMIN_ADDR = 0.0.0.0:9464",
            "DRAIN_DELAY = 0s",
            "DRAIN_LIMIT = 25s",
            "RUST_LOG = info",
            "LOG_FORMAT = auto",
            "OTEL_EXPORTER_OTLP_ENDPOINT = ",
            "GRPC_ADDR = 0.0.0.0:50057",
            "TLS_CERT_FILE = ",
            "TLS_KEY_FILE = ",
            "INSECURE = false",
        ]
    );
}
