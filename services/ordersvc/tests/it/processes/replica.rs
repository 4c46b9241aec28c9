use api::order::v1::{METHODS, order_service_client::OrderServiceClient};
use kernel::{Caller, Role};
use order_core::testing::user;
use ordersvc::MIGRATIONS;
use platform::grpc::client::{Client, ClientOptions};
use processes::{Authority, Door, Program, Running};
use testkit::postgres::TestDatabase;
use tonic::transport::Channel;
use uuid::Uuid;

use super::PATIENCE;

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
            authority: Authority::start(&[("ordersvc", &["payments:write"])]).await.unwrap(),
        }
    }

    /// ordersvc with everything it needs to serve in its environment, and nothing else.
    pub(super) fn program(&self) -> Program {
        let ordersvc = Program::service(env!("CARGO_BIN_EXE_ordersvc"))
            .env("DATABASE_URL", self.database.server_url())
            .env("USERSVC_URL", "http://127.0.0.1:1")
            .env("PAYMENTSVC_URL", "http://127.0.0.1:1");
        self.authority.believed_by(ordersvc)
    }

    /// A replica that is ready.
    pub(super) async fn replica(&self) -> Running {
        let mut replica = self.starting(&[]).await;
        replica.ready(PATIENCE).await.unwrap();
        replica
    }

    /// A replica that listens; with more in its environment.
    pub(super) async fn starting(&self, environment: &[(&str, &str)]) -> Running {
        let serving = self.program().args(["serve", "--insecure"]);
        let program = environment
            .iter()
            .fold(serving, |program, (name, value)| program.env(name, *value));
        program.start(PATIENCE).await.unwrap()
    }

    /// Calls through a door as a customer.
    pub(super) fn customer(&self, door: &Door, number: u128) -> Orders {
        self.customer_over(door.channel(), number)
    }

    /// The same over a channel of one's own.
    pub(super) fn customer_over(&self, channel: Channel, number: u128) -> Orders {
        self.caller(channel, Caller::user(user(number), [Role::Customer], Uuid::nil()))
    }

    /// Calls through a door as staff, who see everybody's orders.
    pub(super) fn staff(&self, door: &Door) -> Orders {
        let caller = Caller::user(user(1), [Role::Customer, Role::Staff], Uuid::nil());
        self.caller(door.channel(), caller)
    }

    fn caller(&self, channel: Channel, caller: Caller) -> Orders {
        let options = ClientOptions {
            methods: vec![METHODS],
            identity: self.authority.identity(caller),
            ..ClientOptions::new("http://ordersvc")
        };
        OrderServiceClient::new(Client::over(channel, options))
    }
}
