//! From the API server to the pods: what discovery and client make of it together.

use std::{
    net::{IpAddr, SocketAddr},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use kubernetes::{Cluster, EndpointSlices};
use platform::grpc::client::{BreakerOptions, Client, ClientOptions, connect_lazy};
use testkit::wait_for;
use tokio::{net::TcpListener, task::JoinSet};
use tokio_util::sync::CancellationToken;
use tonic::{
    Code, Status,
    service::interceptor::InterceptedService,
    transport::{Server, server::TcpIncoming},
};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};

use crate::{
    api_server::{
        ApiServer,
        Pod::{Ready, Terminating},
    },
    cluster::account,
};

/// Addresses of one machine that all listen on one port, as pods do.
const PODS: [&str; 3] = ["127.0.0.1", "127.0.0.2", "127.0.0.3"];
/// How soon traffic follows the pods.
const SOON: Duration = Duration::from_secs(5);
/// How long calls may take on a machine that does other things besides.
const LONG: Duration = Duration::from_secs(60);

/// Pods that answer health checks and count them.
struct Pods {
    port: u16,
    calls: [Arc<AtomicUsize>; 3],
}

impl Pods {
    async fn start() -> Self {
        let first = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = first.local_addr().unwrap().port();
        let mut listeners = vec![first];
        for address in &PODS[1..] {
            let address = SocketAddr::new(address.parse::<IpAddr>().unwrap(), port);
            listeners.push(TcpListener::bind(address).await.unwrap());
        }
        let calls: [Arc<AtomicUsize>; 3] = Default::default();
        for (listener, calls) in listeners.into_iter().zip(calls.clone()) {
            let (_, health) = tonic_health::server::health_reporter();
            let counted = InterceptedService::new(health, move |request| {
                calls.fetch_add(1, Ordering::SeqCst);
                Ok(request)
            });
            let server = Server::builder().add_service(counted);
            let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
            tokio::spawn(server.serve_with_incoming(incoming));
        }
        Self { port, calls }
    }

    fn calls(&self) -> [usize; 3] {
        self.calls.each_ref().map(|calls| calls.load(Ordering::SeqCst))
    }

    /// What each gets of the next calls.
    async fn shares(&self, of: usize) -> [usize; 3] {
        let before = self.calls();
        let target = before.iter().sum::<usize>() + of;
        wait_for(|| self.calls().iter().sum::<usize>() >= target, LONG).await;
        let after = self.calls();
        std::array::from_fn(|pod| after[pod] - before[pod])
    }
}

async fn call(client: Client) -> Result<(), Status> {
    let request = HealthCheckRequest::default();
    HealthClient::new(client).check(request).await.map(|_| ())
}

/// Callers that go on until they are told to stop.
struct Load {
    callers: JoinSet<()>,
    stop: CancellationToken,
    failures: Arc<Mutex<Vec<Status>>>,
}

impl Load {
    fn start(client: &Client) -> Self {
        let (stop, failures) = (CancellationToken::new(), Arc::new(Mutex::new(Vec::new())));
        let mut callers = JoinSet::new();
        for _ in 0..8 {
            let (client, stop, failures) = (client.clone(), stop.clone(), Arc::clone(&failures));
            callers.spawn(async move {
                while !stop.is_cancelled() {
                    if let Err(status) = call(client.clone()).await {
                        failures.lock().unwrap().push(status);
                    }
                }
            });
        }
        Self {
            callers,
            stop,
            failures,
        }
    }

    async fn failures(self) -> Vec<Status> {
        self.stop.cancel();
        self.callers.join_all().await;
        self.failures.lock().unwrap().clone()
    }
}

fn client(api_server: &ApiServer, port: u16) -> Client {
    let account = account("the-token");
    let cluster = Cluster::with_account(api_server.uri(), account.path()).unwrap();
    connect_lazy(ClientOptions {
        discovery: Some(Arc::new(EndpointSlices::new(cluster))),
        breaker: BreakerOptions {
            failures: u32::MAX,
            ..BreakerOptions::default()
        },
        ..ClientOptions::new(format!("http://usersvc:{port}"))
    })
    .unwrap()
}

/// Waits for what the API server said last to reach the client.
async fn answered(client: &Client) {
    testkit::wait_for_async(|| async { call(client.clone()).await.is_ok() }, SOON).await;
}

#[tokio::test]
async fn scaled_from_one_to_three_and_back_under_load_no_call_fails_and_each_pod_has_its_share() {
    let (api_server, pods) = (ApiServer::start().await, Pods::start().await);
    api_server.put("a", pods.port, &[Ready(PODS[0])]);
    let client = client(&api_server, pods.port);
    answered(&client).await;
    let load = Load::start(&client);
    let [_, second, third] = pods.shares(100).await;
    assert_eq!((second, third), (0, 0));

    api_server.put("a", pods.port, &PODS.map(Ready));
    wait_for(|| !pods.calls().contains(&0), SOON).await;
    // Of the last two the connections were only just made.
    pods.shares(100).await;
    for share in pods.shares(300).await {
        assert!((80..=120).contains(&share), "{share} of 300");
    }

    api_server.put(
        "a",
        pods.port,
        &[Terminating(PODS[0]), Ready(PODS[1]), Terminating(PODS[2])],
    );
    let began = Instant::now();
    loop {
        let [first, _, third] = pods.shares(100).await;
        if first + third == 0 {
            break;
        }
        assert!(began.elapsed() < SOON, "pods that stop get calls");
    }
    let failures = load.failures().await;
    assert!(failures.is_empty(), "{failures:?}");
}

#[tokio::test]
async fn scaled_to_nothing_callers_are_told_at_once() {
    let (api_server, pods) = (ApiServer::start().await, Pods::start().await);
    api_server.put("a", pods.port, &[Ready(PODS[0])]);
    let client = client(&api_server, pods.port);
    answered(&client).await;
    api_server.put("a", pods.port, &[]);
    testkit::wait_for_async(|| async { call(client.clone()).await.is_err() }, SOON).await;
    let began = Instant::now();
    let refused = call(client.clone()).await.unwrap_err();
    assert!(began.elapsed() < Duration::from_millis(100), "{:?}", began.elapsed());
    assert_eq!(refused.code(), Code::Unavailable);
    api_server.put("a", pods.port, &[Ready(PODS[2])]);
    answered(&client).await;
    assert_eq!(pods.calls()[2], 1);
}
