use std::{sync::Arc, time::Duration};

use api::order::v1::{
    CancelOrderRequest, CreateOrderRequest, Order, OrderItem, UpdateOrderRequest,
    order_service_client::OrderServiceClient,
};
use kernel::{Role, UserId};
use order_core::testing::KnownUsers;
use ordersvc::{MIGRATIONS, World, compose};
use platform::{
    grpc::server::Server,
    postgres::{Database, PostgresConfig},
    process::{Composed, Process},
    tokens::KeyRing,
};
use testkit::{ChaosProxy, Issuer, postgres::TestDatabase, wait_for_async};
use tokio_util::sync::{CancellationToken, DropGuard};
use tonic::{Code, Request, Status, metadata::AsciiMetadataValue, service::Interceptor, transport::Channel};
use tonic_types::StatusExt;

pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) const ALICE: UserId = order_core::testing::user(0xa);
pub(crate) const BOB: UserId = order_core::testing::user(0xb);
pub(crate) const CLERK: UserId = order_core::testing::user(0xc);

/// A database and whoever calls; survives the service.
pub(crate) struct TestWorld {
    pub(crate) database: TestDatabase,
    pub(crate) proxy: Option<ChaosProxy>,
    pub(crate) users: Arc<KnownUsers>,
    pub(crate) issuer: Issuer,
    keys: KeyRing,
}

/// ordersvc, running.
pub(crate) struct Running {
    pub(crate) server: Server,
    pub(crate) channel: Channel,
    pub(crate) composed: Composed,
    _tasks: DropGuard,
}

pub(crate) type Client = OrderServiceClient<tonic::service::interceptor::InterceptedService<Channel, Bearer>>;

#[derive(Clone)]
pub(crate) struct Bearer(AsciiMetadataValue);

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        request.metadata_mut().insert("authorization", self.0.clone());
        Ok(request)
    }
}

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
            issuer: Issuer::new(Process::new().clock).unwrap(),
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
        self.start_with_tasks(|_| true).await
    }

    /// Starts ordersvc with some of its background tasks, by name.
    pub(crate) async fn start_with_tasks(&self, wanted: impl Fn(&str) -> bool) -> Running {
        let url = match &self.proxy {
            Some(proxy) => self.database.server_url_through(proxy),
            None => self.database.server_url(),
        };
        let process = Process::new();
        let world = World {
            database: Database::connect_lazy("ordersvc", &PostgresConfig::new(url)).unwrap(),
            users: self.users.clone(),
            verifier: self.issuer.verifier(),
            token_keys: self.keys.clone(),
        };
        let composed = compose(world, &process);
        let stop = CancellationToken::new();
        for task in &composed.background {
            if wanted(task.name()) {
                tokio::spawn(task.clone().supervise(stop.clone()));
            }
        }
        let (server, channel) = testkit::in_process(composed.clone(), &process).await.unwrap();
        Running {
            server,
            channel,
            composed,
            _tasks: stop.drop_guard(),
        }
    }

    pub(crate) fn user(&self, running: &Running, id: UserId, roles: &[Role]) -> Client {
        running.client(&self.issuer.user(id, roles).unwrap())
    }

    pub(crate) fn alice(&self, running: &Running) -> Client {
        self.user(running, ALICE, &[Role::Customer])
    }

    pub(crate) fn bob(&self, running: &Running) -> Client {
        self.user(running, BOB, &[Role::Customer])
    }

    pub(crate) fn clerk(&self, running: &Running) -> Client {
        self.user(running, CLERK, &[Role::Staff])
    }
}

impl Running {
    pub(crate) fn client(&self, token: &str) -> Client {
        let bearer = Bearer(format!("Bearer {token}").parse().unwrap());
        OrderServiceClient::with_interceptor(self.channel.clone(), bearer)
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

pub(crate) fn item(sku: &str, quantity: i32, unit_price_cents: i64) -> OrderItem {
    OrderItem {
        sku: sku.to_owned(),
        name: String::new(),
        quantity,
        unit_price_cents,
    }
}

pub(crate) fn two_teas() -> CreateOrderRequest {
    CreateOrderRequest {
        items: vec![item("tea", 2, 450)],
        ..CreateOrderRequest::default()
    }
}

pub(crate) fn with_key<T>(message: T, key: &str) -> Request<T> {
    let mut request = Request::new(message);
    request.metadata_mut().insert("idempotency-key", key.parse().unwrap());
    request
}

pub(crate) async fn place(client: &mut Client) -> Order {
    client
        .create_order(two_teas())
        .await
        .unwrap()
        .into_inner()
        .order
        .unwrap()
}

pub(crate) fn cancel(order: &Order) -> CancelOrderRequest {
    CancelOrderRequest {
        id: order.id.clone(),
        ..CancelOrderRequest::default()
    }
}

pub(crate) fn one_cake(order: &Order) -> UpdateOrderRequest {
    UpdateOrderRequest {
        id: order.id.clone(),
        items: vec![item("cake", 1, 100)],
        ..UpdateOrderRequest::default()
    }
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
