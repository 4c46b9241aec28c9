use std::{path::PathBuf, process::ExitCode, sync::Arc, time::Duration};

use api::{
    order::v1::{
        self as order, CheckoutOrderRequest, CreateOrderRequest, Order, OrderItem,
        order_service_client::OrderServiceClient,
    },
    payment::v1::{
        self as payment, CaptureMethod, CreatePaymentRequest, Payment, payment_service_client::PaymentServiceClient,
    },
};
use clap::Parser;
use counterfoil::{Apis, CommandLine, Progress};
use kernel::{Caller, IdSource, Role, UserId};
use order_core::{
    CheckoutPolicy,
    testing::{KnownUsers, user},
};
use ordersvc::clients::GrpcPayments;
use paymentsvc::sandbox::SandboxProvider;
use platform::{
    grpc::client::{Client, ClientOptions, connect_lazy},
    postgres::Database,
    process::{Composed, Process},
    tokens::KeyRing,
};
use sandbox_psp::{Options, Sandbox};
use serde_json::Value;
use testkit::{TestIssuer, postgres::TestDatabase};
use tokio_util::sync::{CancellationToken, DropGuard};
use tonic::{Request, Status, transport::Channel};
use uuid::Uuid;

pub(crate) const PATIENCE: Duration = Duration::from_secs(20);
pub(crate) const ALICE: UserId = user(0xa);
const CLERK: UserId = user(0xc);

/// ordersvc, paymentsvc and a provider, and an operator. Refunds that staff make are not told to ordersvc: there an
/// order stays behind.
pub(crate) struct World {
    pub(crate) orders_db: TestDatabase,
    pub(crate) payments_db: TestDatabase,
    pub(crate) sandbox: Sandbox,
    pub(crate) provider: Arc<SandboxProvider>,
    issuer: TestIssuer,
    orders: Channel,
    payments: Channel,
    process: Process,
    _directory: tempfile::TempDir,
    _tasks: DropGuard,
}

/// What a command ended with.
pub(crate) struct Ended {
    pub(crate) code: ExitCode,
    pub(crate) out: String,
}

impl Ended {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap()
    }

    pub(crate) fn succeeded(&self) -> bool {
        self.code == ExitCode::SUCCESS
    }
}

impl World {
    pub(crate) async fn new() -> Self {
        let process = Process::new();
        let issuer = TestIssuer::try_new(process.clock.clone()).unwrap();
        let keys = KeyRing::random().unwrap();
        let (directory, stop) = (tempfile::tempdir().unwrap(), CancellationToken::new());
        let sandbox = Sandbox::start(Options::new(directory.path())).await.unwrap();
        let provider = Arc::new(SandboxProvider::try_new(&sandbox.url()).unwrap());

        let payments_db = TestDatabase::create(&paymentsvc::MIGRATIONS).await.unwrap();
        let composed = paymentsvc::compose(
            paymentsvc::World {
                database: database("paymentsvc", &payments_db),
                provider: provider.clone(),
                orders: connect_lazy(ClientOptions::new("http://127.0.0.1:1")).unwrap(),
                verifier: issuer.verifier(),
                token_keys: keys.clone(),
                card_keys: keys.clone(),
            },
            &process,
        );
        let payments = serve(composed, &process, &stop).await;

        let orders_db = TestDatabase::create(&ordersvc::MIGRATIONS).await.unwrap();
        let users = KnownUsers::default();
        users.add(ALICE);
        let checkout = Caller::service("ordersvc", ["payments:write".to_owned()]);
        let to_payments = ClientOptions {
            methods: vec![payment::METHODS],
            identity: issuer.identity(&checkout).unwrap(),
            ..ClientOptions::new("http://in-process")
        };
        let composed = ordersvc::compose(
            ordersvc::World {
                database: database("ordersvc", &orders_db),
                users: Arc::new(users),
                payments: Arc::new(GrpcPayments::new(Client::over(payments.clone(), to_payments))),
                policy: CheckoutPolicy::default(),
                verifier: issuer.verifier(),
                token_keys: keys,
            },
            &process,
        );
        let orders = serve(composed, &process, &stop).await;
        Self {
            orders_db,
            payments_db,
            sandbox,
            provider,
            issuer,
            orders,
            payments,
            process,
            _directory: directory,
            _tasks: stop.drop_guard(),
        }
    }

    fn calling(&self, channel: &Channel, id: UserId, role: Role) -> Client {
        let caller = Caller::user(id, [role], Uuid::nil());
        let options = ClientOptions {
            methods: vec![order::METHODS, payment::METHODS],
            identity: self.issuer.identity(&caller).unwrap(),
            ..ClientOptions::new("http://in-process")
        };
        Client::over(channel.clone(), options)
    }

    pub(crate) fn apis(&self) -> Apis {
        Apis::over(
            self.calling(&self.orders, CLERK, Role::Staff),
            self.calling(&self.payments, CLERK, Role::Staff),
        )
    }

    /// Runs `counterfoil` with these arguments.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Ended {
        let line = CommandLine::try_parse_from([&["counterfoil"], arguments].concat()).unwrap();
        let mut out = Vec::new();
        let code = line.run_over(&self.apis(), Progress::silent(), &mut out).await;
        Ended {
            code,
            out: String::from_utf8(out).unwrap(),
        }
    }

    /// The same with JSON.
    pub(crate) async fn json(&self, arguments: &[&str]) -> Value {
        let ended = self.run(&[arguments, &["--output", "json"]].concat()).await;
        assert!(ended.succeeded(), "{}", ended.out);
        ended.json()
    }

    pub(crate) async fn placed(&self, unit_price_cents: i64) -> Order {
        let mut alice = OrderServiceClient::new(self.calling(&self.orders, ALICE, Role::Customer));
        let request = CreateOrderRequest {
            items: vec![OrderItem {
                sku: "TEA-1".to_owned(),
                name: "Assam".to_owned(),
                quantity: 2,
                unit_price_cents,
            }],
            ..CreateOrderRequest::default()
        };
        alice.create_order(request).await.unwrap().into_inner().order.unwrap()
    }

    pub(crate) async fn checked_out(&self, order: &Order, card: &str) -> Result<Order, Status> {
        let mut alice = OrderServiceClient::new(self.calling(&self.orders, ALICE, Role::Customer));
        let request = CheckoutOrderRequest {
            id: order.id.clone(),
            payment_method: card.to_owned(),
            ..CheckoutOrderRequest::default()
        };
        Ok(alice.checkout_order(request).await?.into_inner().order.unwrap())
    }

    /// An order of 1000 cents that is PAID.
    pub(crate) async fn paid(&self) -> Order {
        let order = self.placed(500).await;
        self.checked_out(&order, "pm_card_visa").await.unwrap()
    }

    /// A payment of 1000 cents that belongs to no order.
    pub(crate) async fn payment(&self, card: &str, method: CaptureMethod) -> Result<Payment, Status> {
        let mut clerk = PaymentServiceClient::new(self.calling(&self.payments, CLERK, Role::Staff));
        let mut request = Request::new(CreatePaymentRequest {
            amount_cents: 1_000,
            customer_id: ALICE.to_string(),
            payment_method: card.to_owned(),
            capture_method: method.into(),
            ..CreatePaymentRequest::default()
        });
        let key = self.process.ids.next().to_string();
        request.metadata_mut().insert("idempotency-key", key.parse().unwrap());
        Ok(clerk.create_payment(request).await?.into_inner().payment.unwrap())
    }

    pub(crate) fn ids(&self) -> &dyn IdSource {
        self.process.ids.as_ref()
    }
}

/// What is done to a row behind the back of its service.
pub(crate) async fn tamper(database: &TestDatabase, statement: &'static str, id: &str) {
    let pool = database.pool().await.unwrap();
    let done = sqlx::query(statement)
        .bind(Uuid::parse_str(id).unwrap())
        .execute(&pool)
        .await;
    assert!(done.unwrap().rows_affected() > 0, "{statement}");
}

pub(crate) fn payment_of(order: &Order) -> String {
    order.checkout.as_ref().unwrap().payment_id.clone()
}

/// A file with this in it.
pub(crate) fn file(directory: &tempfile::TempDir, content: &str) -> PathBuf {
    let path = directory.path().join("file");
    std::fs::write(&path, content).unwrap();
    path
}

fn database(name: &'static str, database: &TestDatabase) -> Database {
    let config = platform::postgres::PostgresConfig {
        acquire_timeout: Duration::from_secs(15),
        ..platform::postgres::PostgresConfig::new(database.server_url())
    };
    Database::connect_lazy(name, &config).unwrap()
}

async fn serve(composed: Composed, process: &Process, stop: &CancellationToken) -> Channel {
    for task in &composed.background {
        tokio::spawn(task.clone().supervise(stop.clone()));
    }
    let (_, channel) = testkit::in_process(composed, process).await.unwrap();
    channel
}
