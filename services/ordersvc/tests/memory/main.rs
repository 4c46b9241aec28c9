//! What watchers that wait cost. A process of its own: nothing else allocates in it.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::sync::Arc;

use api::order::v1::{WatchOrdersRequest, WatchOrdersResponse, order_service_client::OrderServiceClient};
use kernel::{Caller, Role};
use order_core::{
    CheckoutPolicy,
    testing::{InMemoryPayments, KnownUsers, user},
};
use ordersvc::{MIGRATIONS, World, compose};
use platform::{process::Process, tokens::KeyRing};
use testkit::{Bearer, TestIssuer, postgres::TestDatabase};
use tokio_util::sync::CancellationToken;
use tonic::{Streaming, transport::Channel};
use uuid::Uuid;

#[global_allocator]
static ALLOCATOR: platform::process::Jemalloc = platform::process::Jemalloc;

const WATCHERS: u128 = 1_000;
const MOST_BYTES_EACH: usize = 20 * 1_024;

fn resident_bytes() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    let pages: usize = statm.split(' ').nth(1).unwrap().parse().unwrap();
    pages * 4_096
}

async fn watch(channel: Channel, bearer: Bearer) -> Streaming<WatchOrdersResponse> {
    let mut client = OrderServiceClient::with_interceptor(channel, bearer);
    let mut events = client
        .watch_orders(WatchOrdersRequest::default())
        .await
        .unwrap()
        .into_inner();
    events.message().await.unwrap();
    events
}

/// The clients of the watchers are in the same process, so their share is counted too.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: make test"]
async fn a_thousand_idle_watchers_take_less_than_20_kib_each() {
    let database = TestDatabase::create(&MIGRATIONS).await.unwrap();
    let process = Process::new();
    let issuer = TestIssuer::try_new(process.clock.clone()).unwrap();
    let world = World {
        database: database.database().unwrap(),
        users: Arc::new(KnownUsers::default()),
        payments: Arc::new(InMemoryPayments::default()),
        policy: CheckoutPolicy::default(),
        verifier: issuer.verifier(),
        token_keys: KeyRing::random().unwrap(),
    };
    let composed = compose(world, &process);
    let stop = CancellationToken::new();
    for task in composed.background.clone() {
        tokio::spawn(task.supervise(stop.clone()));
    }
    let (server, _) = testkit::in_process(composed, &process).await.unwrap();
    let mut held = Vec::new();
    let mut before = 0;
    let mut channel = server.in_process();
    for number in 0..WATCHERS + 100 {
        if number % 100 == 0 {
            channel = server.in_process();
        }
        if number == 100 {
            // What there is once has been made.
            before = resident_bytes();
        }
        let watcher = Caller::user(user(number + 1), [Role::Customer], Uuid::nil());
        let bearer = issuer.bearer(&watcher).unwrap();
        held.push(watch(channel.clone(), bearer).await);
    }
    let each = resident_bytes().saturating_sub(before) / usize::try_from(WATCHERS).unwrap();
    assert!(each < MOST_BYTES_EACH, "{each} bytes each");
    drop(held);
    stop.cancel();
}
