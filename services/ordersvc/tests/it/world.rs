use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use api::order::v1::{CheckoutState, Order, OrderStatus, order_service_client::OrderServiceClient};
use kernel::{Caller, Clock, Role, SystemClock, UserId};
use order_core::{CheckoutPolicy, testing::KnownUsers};
use ordersvc::{MIGRATIONS, World, compose};
use platform::{
    grpc::server::Server,
    postgres::{Database, PostgresConfig},
    process::{Composed, Process},
    tokens::KeyRing,
};
use testkit::{Bearer, ChaosProxy, TestIssuer, postgres::TestDatabase, wait_for_async};
use time::OffsetDateTime;
use tokio_util::sync::{CancellationToken, DropGuard};
use tonic::{Code, Status, metadata::MetadataMap, service::interceptor::InterceptedService, transport::Channel};
use tonic_types::StatusExt;
use uuid::Uuid;

use crate::{payments::TestPayments, requests::get};

pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) const ALICE: UserId = order_core::testing::user(0xa);
pub(crate) const BOB: UserId = order_core::testing::user(0xb);
pub(crate) const CLERK: UserId = order_core::testing::user(0xc);

/// A database and whoever calls; survives the service.
pub(crate) struct TestWorld {
    pub(crate) database: TestDatabase,
    pub(crate) proxy: Option<ChaosProxy>,
    pub(crate) users: Arc<KnownUsers>,
    pub(crate) payments: Arc<TestPayments>,
    pub(crate) policy: CheckoutPolicy,
    pub(crate) clock: Arc<ShiftedClock>,
    pub(crate) issuer: TestIssuer,
    keys: KeyRing,
}

/// Shows the time of the machine, moved on.
#[derive(Debug, Default)]
pub(crate) struct ShiftedClock(AtomicI64);

impl ShiftedClock {
    pub(crate) fn advance(&self, by: Duration) {
        self.0.fetch_add(i64::try_from(by.as_secs()).unwrap(), Ordering::SeqCst);
    }
}

impl Clock for ShiftedClock {
    fn now(&self) -> OffsetDateTime {
        SystemClock.now() + time::Duration::seconds(self.0.load(Ordering::SeqCst))
    }
}

/// ordersvc, running.
#[derive(Clone)]
pub(crate) struct Running {
    pub(crate) server: Server,
    pub(crate) channel: Channel,
    pub(crate) composed: Composed,
    _tasks: Arc<DropGuard>,
}

pub(crate) type Client = OrderServiceClient<InterceptedService<Channel, Bearer>>;

impl TestWorld {
    pub(crate) async fn new() -> Self {
        let database = TestDatabase::create(&MIGRATIONS).await.unwrap();
        let users = Arc::new(KnownUsers::default());
        users.add(ALICE);
        users.add(BOB);
        Self {
            database,
            proxy: None,
            users,
            payments: Arc::default(),
            policy: CheckoutPolicy::default(),
            clock: Arc::default(),
            issuer: TestIssuer::try_new(Process::new().clock).unwrap(),
            keys: KeyRing::random().unwrap(),
        }
    }

    /// With a proxy before the database, which counts and cuts.
    pub(crate) async fn proxied() -> Self {
        let mut world = Self::new().await;
        world.proxy = Some(ChaosProxy::start(world.database.address()).await.unwrap());
        world
    }

    /// Starts ordersvc; with another one before, it is another replica or a restart.
    pub(crate) async fn start(&self) -> Running {
        self.run(16, true).await
    }

    /// Starts ordersvc without a worker: only calls go on with checkouts.
    pub(crate) async fn start_without_tasks(&self) -> Running {
        self.run(16, false).await
    }

    /// Starts ordersvc with one connection and nothing beside it, so that only calls reach the database.
    pub(crate) async fn start_alone(&self) -> Running {
        self.run(1, false).await
    }

    async fn run(&self, max_connections: u32, with_tasks: bool) -> Running {
        let url = match &self.proxy {
            Some(proxy) => self.database.server_url_through(proxy),
            None => self.database.server_url(),
        };
        let config = PostgresConfig {
            max_connections,
            // Test machines are busy, and these tests are not about shedding.
            acquire_timeout: Duration::from_secs(5),
            ..PostgresConfig::new(url)
        };
        let process = Process {
            clock: self.clock.clone(),
            ..Process::new()
        };
        let world = World {
            database: Database::connect_lazy("ordersvc", &config).unwrap(),
            users: self.users.clone(),
            payments: self.payments.clone(),
            policy: self.policy,
            verifier: self.issuer.verifier(),
            token_keys: self.keys.clone(),
        };
        let composed = compose(world, &process);
        let stop = CancellationToken::new();
        for task in &composed.background {
            if with_tasks {
                tokio::spawn(task.clone().supervise(stop.clone()));
            }
        }
        let (server, channel) = testkit::in_process(composed.clone(), &process).await.unwrap();
        Running {
            server,
            channel,
            composed,
            _tasks: Arc::new(stop.drop_guard()),
        }
    }

    /// A client that calls as this caller.
    pub(crate) fn client(&self, running: &Running, caller: &Caller) -> Client {
        let bearer = self.issuer.bearer(caller).unwrap();
        OrderServiceClient::with_interceptor(running.channel.clone(), bearer)
    }

    fn user(&self, running: &Running, id: UserId, role: Role) -> Client {
        self.client(running, &Caller::user(id, [role], Uuid::nil()))
    }

    pub(crate) fn alice(&self, running: &Running) -> Client {
        self.user(running, ALICE, Role::Customer)
    }

    pub(crate) fn bob(&self, running: &Running) -> Client {
        self.user(running, BOB, Role::Customer)
    }

    pub(crate) fn clerk(&self, running: &Running) -> Client {
        self.user(running, CLERK, Role::Staff)
    }
}

impl Running {
    /// The same service over another connection.
    pub(crate) fn reconnected(&self) -> Self {
        Self {
            channel: self.server.in_process(),
            ..self.clone()
        }
    }

    pub(crate) async fn is_ready(&self) -> bool {
        for check in &self.composed.ready {
            if check.check().await.is_err() {
                return false;
            }
        }
        true
    }

    pub(crate) async fn ready(&self) {
        wait_for_async(|| self.is_ready(), PATIENCE).await;
    }
}

/// Where the order and paying for it are now.
pub(crate) fn state(order: &Order) -> (OrderStatus, CheckoutState) {
    (order.status(), order.checkout.as_ref().unwrap().state())
}

/// Waits until the order and paying for it are there.
pub(crate) async fn is_in(client: &Client, order: &Order, status: OrderStatus, checkout: CheckoutState) -> Order {
    wait_for_async(
        || async { state(&get(client, order).await) == (status, checkout) },
        PATIENCE,
    )
    .await;
    get(client, order).await
}

/// A fact in the details of a refusal.
pub(crate) fn fact(status: &Status, name: &str) -> String {
    let info = status.get_details_error_info().unwrap();
    info.metadata.get(name).cloned().unwrap_or_default()
}

pub(crate) fn is_replayed(metadata: &MetadataMap) -> bool {
    metadata
        .get("idempotency-replayed")
        .is_some_and(|value| value == "true")
}

/// Code and reason of a refusal.
pub(crate) fn told<T: std::fmt::Debug>(outcome: Result<T, Status>) -> (Code, String) {
    let status = outcome.unwrap_err();
    let reason = status.get_details_error_info().map(|info| info.reason);
    (status.code(), reason.unwrap_or_default())
}

pub(crate) fn refusal(code: Code, reason: &str) -> (Code, String) {
    (code, reason.to_owned())
}

/// The fields that are wrong.
pub(crate) fn fields<T: std::fmt::Debug>(outcome: Result<T, Status>) -> Vec<String> {
    let details = outcome.unwrap_err().get_details_bad_request();
    details
        .map(|bad| {
            bad.field_violations
                .into_iter()
                .map(|violation| violation.field)
                .collect()
        })
        .unwrap_or_default()
}
