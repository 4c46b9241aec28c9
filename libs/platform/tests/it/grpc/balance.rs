//! Calls to a peer whose addresses are told, and change.

use std::{
    collections::BTreeSet,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use futures::StreamExt;
use platform::grpc::{
    client::{Addresses, Client, ClientOptions, ClientTls, Discovery, connect_lazy},
    server::{Certificates, ServerOptions, Transport},
};
use testkit::wait_for;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    sync::watch,
    task::{JoinHandle, JoinSet},
};
use tokio_stream::wrappers::WatchStream;
use tokio_util::sync::CancellationToken;
use tonic::{Code, Request, Status};

use super::{
    service::{METHODS, Note, State, UNARY, assert_refused, note, options, server, unary},
    tls::Authority,
};

/// Tells what the test says.
#[derive(Debug)]
struct Told(watch::Sender<Option<BTreeSet<SocketAddr>>>);

impl Discovery for Told {
    fn follow(&self, host: &str, _port: u16) -> Option<Addresses> {
        assert_eq!(host, "localhost");
        let told = WatchStream::new(self.0.subscribe());
        Some(told.filter_map(std::future::ready).boxed())
    }
}

impl Told {
    fn new() -> Arc<Self> {
        Arc::new(Self(watch::Sender::new(None)))
    }

    fn tell<'a>(&self, pods: impl IntoIterator<Item = &'a Pod>) {
        self.addresses(pods.into_iter().map(|pod| pod.address));
    }

    fn addresses(&self, addresses: impl IntoIterator<Item = SocketAddr>) {
        self.0.send_replace(Some(addresses.into_iter().collect()));
    }

    fn client(self: &Arc<Self>) -> Client {
        connect_lazy(self.options("http://localhost:1")).unwrap()
    }

    fn options(self: &Arc<Self>, target: &str) -> ClientOptions {
        ClientOptions {
            discovery: Some(Arc::clone(self) as Arc<dyn Discovery>),
            methods: vec![&METHODS],
            ..ClientOptions::new(target)
        }
    }
}

struct Pod {
    address: SocketAddr,
    state: Arc<State>,
    stop: CancellationToken,
    served: JoinHandle<()>,
}

impl Pod {
    async fn start() -> Self {
        Self::serving(options()).await
    }

    async fn serving(options: ServerOptions) -> Self {
        let state = State::new();
        let server = server(&state, options).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        let served = tokio::spawn(async move { server.serve(listener, stopped).await.unwrap() });
        Self {
            address,
            state,
            stop,
            served,
        }
    }

    async fn start_many<const N: usize>() -> [Self; N] {
        let mut pods = Vec::new();
        for _ in 0..N {
            pods.push(Self::start().await);
        }
        pods.try_into().unwrap_or_else(|_| unreachable!())
    }

    fn calls(&self) -> usize {
        self.state.calls()
    }
}

/// Nobody listens here.
async fn closed() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap()
}

async fn call(client: &Client, text: &str) -> Result<Note, Status> {
    unary(client.clone(), UNARY, Request::new(note(text)))
        .await
        .map(tonic::Response::into_inner)
}

async fn calls(client: &Client, count: usize) {
    for _ in 0..count {
        call(client, "hello").await.unwrap();
    }
}

/// Waits until what was told has reached the client: so many addresses answer its calls.
async fn reached(client: &Client, pods: &[&Pod]) {
    let began = Instant::now();
    let before: Vec<_> = pods.iter().map(|pod| pod.calls()).collect();
    while !pods.iter().zip(&before).all(|(pod, before)| pod.calls() > *before) {
        assert!(began.elapsed() < Duration::from_secs(10), "some address gets no call");
        tokio::task::yield_now().await;
        let _ = call(client, "hello").await;
    }
}

async fn shares(client: &Client, pods: &[&Pod], count: usize) -> Vec<usize> {
    let before: Vec<_> = pods.iter().map(|pod| pod.calls()).collect();
    calls(client, count).await;
    pods.iter()
        .zip(before)
        .map(|(pod, before)| pod.calls() - before)
        .collect()
}

/// Keeps it busy with five calls.
async fn hang(client: &Client, busy: &Pod) -> JoinSet<Result<Note, Status>> {
    let mut hanging = JoinSet::new();
    for _ in 0..5 {
        let client = client.clone();
        hanging.spawn(async move { call(&client, "hang").await });
    }
    busy.state.hanging(5).await;
    hanging
}

/// Each of them is answered.
async fn release(busy: &Pod, mut hanging: JoinSet<Result<Note, Status>>) {
    busy.state.release.notify_waiters();
    while let Some(answered) = hanging.join_next().await {
        answered.unwrap().unwrap();
    }
}

#[tokio::test]
async fn from_one_to_three_and_back_every_address_gets_its_share() {
    let told = Told::new();
    let [a, b, c] = Pod::start_many().await;
    told.tell([&a]);
    let client = told.client();
    reached(&client, &[&a]).await;

    told.tell([&a, &b, &c]);
    reached(&client, &[&a, &b, &c]).await;
    for share in shares(&client, &[&a, &b, &c], 300).await {
        assert!((80..=120).contains(&share), "{share} of 300");
    }

    told.tell([&b]);
    let began = Instant::now();
    while shares(&client, &[&a, &b, &c], 10).await != [0, 10, 0] {
        assert!(
            began.elapsed() < Duration::from_secs(10),
            "addresses that left get calls"
        );
    }
    assert_eq!(shares(&client, &[&a, &b, &c], 100).await, [0, 100, 0]);
}

#[tokio::test]
async fn who_is_busy_gets_less() {
    let told = Told::new();
    let [busy, free] = Pod::start_many().await;
    told.tell([&busy]);
    let client = told.client();
    reached(&client, &[&busy]).await;
    let hanging = hang(&client, &busy).await;

    told.tell([&busy, &free]);
    reached(&client, &[&free]).await;
    assert_eq!(shares(&client, &[&busy, &free], 50).await, [0, 50]);
    release(&busy, hanging).await;
    reached(&client, &[&busy, &free]).await;
}

#[tokio::test]
async fn what_is_in_flight_at_an_address_that_leaves_is_answered() {
    let told = Told::new();
    let [leaving, staying] = Pod::start_many().await;
    told.tell([&leaving]);
    let client = told.client();
    reached(&client, &[&leaving]).await;
    let hanging = tokio::spawn({
        let client = client.clone();
        async move { call(&client, "hang").await }
    });
    leaving.state.hanging(1).await;

    told.tell([&staying]);
    reached(&client, &[&staying]).await;
    leaving.stop.cancel();
    assert_eq!(shares(&client, &[&leaving, &staying], 20).await, [0, 20]);
    leaving.state.release.notify_waiters();
    assert_eq!(hanging.await.unwrap().unwrap().text, "released");
    // Its connection is given up, so the server need not wait for the end of its drain.
    tokio::time::timeout(Duration::from_secs(5), leaving.served)
        .await
        .unwrap()
        .unwrap();
}

#[tokio::test]
async fn where_nobody_is_callers_are_told_at_once_and_served_as_soon_as_somebody_is() {
    let told = Told::new();
    told.tell([]);
    let client = told.client();
    // The first call lets the client hear of it.
    call(&client, "hello").await.unwrap_err();
    let began = Instant::now();
    let refused = call(&client, "hello").await.unwrap_err();
    assert!(began.elapsed() < Duration::from_millis(100), "{:?}", began.elapsed());
    assert_refused(&refused, Code::Unavailable, "PEER_UNAVAILABLE");
    assert!(wire::retry_after_of(&refused).is_some());

    let pod = Pod::start().await;
    told.tell([&pod]);
    reached(&client, &[&pod]).await;
}

#[tokio::test]
async fn an_address_that_cannot_be_reached_costs_no_call() {
    let told = Told::new();
    let pod = Pod::start().await;
    told.addresses([pod.address, closed().await, closed().await]);
    let client = told.client();
    reached(&client, &[&pod]).await;
    assert_eq!(shares(&client, &[&pod], 100).await, [100]);
}

#[tokio::test]
async fn an_address_that_could_not_be_reached_is_taken_back_without_a_call_waiting_for_it() {
    let told = Told::new();
    let pod = Pod::start().await;
    let address = closed().await;
    told.addresses([pod.address, address]);
    let client = told.client();
    reached(&client, &[&pod]).await;
    calls(&client, 10).await;

    let state = State::new();
    let late = server(&state, options()).await;
    let listener = TcpListener::bind(address).await.unwrap();
    tokio::spawn(async move { late.serve(listener, CancellationToken::new()).await });
    let began = Instant::now();
    while state.calls() == 0 {
        assert!(began.elapsed() < Duration::from_secs(10), "it is never tried again");
        call(&client, "hello").await.unwrap();
    }
}

#[tokio::test]
async fn a_server_that_stops_gracefully_costs_no_call() {
    let told = Told::new();
    let [stopping, staying] = Pod::start_many().await;
    told.tell([&stopping, &staying]);
    let client = told.client();
    reached(&client, &[&stopping, &staying]).await;

    let failures = Arc::new(Mutex::new(Vec::new()));
    let mut callers = JoinSet::new();
    let enough = CancellationToken::new();
    for _ in 0..8 {
        let (client, failures, enough) = (client.clone(), Arc::clone(&failures), enough.clone());
        callers.spawn(async move {
            while !enough.is_cancelled() {
                if let Err(status) = call(&client, "hello").await {
                    failures.lock().unwrap().push(status);
                }
            }
        });
    }
    let before = stopping.calls();
    wait_for(|| stopping.calls() > before + 50, Duration::from_secs(10)).await;
    // Nobody tells that it leaves: the connection itself does.
    stopping.stop.cancel();
    stopping.served.await.unwrap();
    let before = staying.calls();
    wait_for(|| staying.calls() > before + 50, Duration::from_secs(10)).await;
    enough.cancel();
    callers.join_all().await;
    assert!(failures.lock().unwrap().is_empty(), "{:?}", failures.lock().unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_are_replaced_all_the_time_cost_no_call() {
    let retiring = ServerOptions {
        max_connection_age: Duration::from_millis(3),
        ..options()
    };
    let told = Told::new();
    let (one, other) = (Pod::serving(retiring.clone()).await, Pod::serving(retiring).await);
    told.tell([&one, &other]);
    let client = told.client();
    reached(&client, &[&one, &other]).await;
    let until = Instant::now() + Duration::from_secs(2);
    let mut callers = JoinSet::new();
    for _ in 0..16 {
        let client = client.clone();
        callers.spawn(async move {
            while Instant::now() < until {
                call(&client, "hello").await.unwrap();
            }
        });
    }
    callers.join_all().await;
}

#[tokio::test]
async fn who_retires_every_connection_gets_no_call_twice() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let retiring = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut connection, _)) = listener.accept().await {
            tokio::spawn(async move {
                // SETTINGS, and a GOAWAY that says that no call was looked at.
                connection.write_all(b"\0\0\0\x04\0\0\0\0\0").await.unwrap();
                connection
                    .write_all(b"\0\0\x08\x07\0\0\0\0\0\0\0\0\0\0\0\0\0")
                    .await
                    .unwrap();
                connection.shutdown().await.unwrap();
                while connection.read(&mut [0; 1_024]).await.is_ok_and(|read| read > 0) {}
            });
        }
    });
    let told = Told::new();
    let busy = Pod::start().await;
    told.tell([&busy]);
    let client = told.client();
    reached(&client, &[&busy]).await;
    let hanging = hang(&client, &busy).await;

    // It has fewer calls in flight, always.
    told.addresses([busy.address, retiring]);
    assert_eq!(shares(&client, &[&busy], 50).await, [50]);
    release(&busy, hanging).await;
}

#[tokio::test]
async fn until_addresses_are_told_the_peer_is_called_by_its_name() {
    let told = Told::new();
    let [named, told_of] = Pod::start_many().await;
    let target = format!("http://localhost:{}", named.address.port());
    let client = connect_lazy(told.options(&target)).unwrap();
    assert_eq!(shares(&client, &[&named, &told_of], 5).await, [5, 0]);
    told.tell([&told_of]);
    reached(&client, &[&told_of]).await;
    assert_eq!(shares(&client, &[&named, &told_of], 5).await, [0, 5]);
}

#[tokio::test]
async fn certificates_are_checked_against_the_name_and_not_the_address() {
    let (authority, dir) = (Authority::new(), tempfile::tempdir().unwrap());
    let ca = dir.path().join("ca.crt");
    std::fs::write(&ca, authority.pem()).unwrap();
    let told = Told::new();
    let mut answers = Vec::new();
    for name in ["localhost", "other.test", "127.0.0.1"] {
        authority.issue_for(name, dir.path());
        let certificates = Certificates::load(dir.path().join("tls.crt"), dir.path().join("tls.key")).unwrap();
        let secure = ServerOptions {
            transport: Transport::Tls(certificates),
            ..options()
        };
        let pod = Pod::serving(secure).await;
        told.tell([&pod]);
        let tls = ClientTls {
            ca_file: Some(ca.clone()),
            domain_name: None,
        };
        let client = connect_lazy(ClientOptions {
            tls: Some(tls),
            ..told.options("https://localhost:1")
        })
        .unwrap();
        // The first call lets the client hear of the address.
        let _ = call(&client, "hello").await;
        answers.push(call(&client, "hello").await.is_ok());
    }
    assert_eq!(answers, [true, false, false]);
}
