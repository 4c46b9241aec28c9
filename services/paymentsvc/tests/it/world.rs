use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use api::{
    order::v1 as order,
    payment::v1::{
        CaptureMethod, CapturePaymentRequest, CreatePaymentRequest, GetPaymentRequest, LedgerEntry,
        ListLedgerEntriesRequest, Payment, RefundPaymentRequest, TokenizeCardRequest, VoidPaymentRequest,
        payment_service_client::PaymentServiceClient,
    },
};
use async_trait::async_trait;
use kernel::{Caller, Role, UserId};
use payment_core::{
    ports::Provider,
    testing::{FakeProvider, user},
};
use paymentsvc::{MIGRATIONS, World, compose};
use platform::{
    grpc::client::{Client as ToOrders, ClientOptions},
    postgres::{Database, PostgresConfig},
    process::{Composed, Process},
    tokens::KeyRing,
};
use testkit::{Bearer, ChaosProxy, TestIssuer, postgres::TestDatabase};
use tokio_util::sync::{CancellationToken, DropGuard};
use tonic::{
    Code, Request, Response, Status,
    service::{Routes, interceptor::InterceptedService},
    transport::Channel,
};
use tonic_types::StatusExt;
use uuid::Uuid;

pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) const ALICE: UserId = user(0xa);
pub(crate) const BOB: UserId = user(0xb);

pub(crate) type Client = PaymentServiceClient<InterceptedService<Channel, Bearer>>;

/// A database, a provider, orders and whoever calls; survives the service.
pub(crate) struct TestWorld {
    pub(crate) database: TestDatabase,
    pub(crate) proxy: Option<ChaosProxy>,
    pub(crate) provider: Arc<FakeProvider>,
    /// Asked in place of the fake.
    pub(crate) other_provider: Option<Arc<dyn Provider>>,
    pub(crate) orders: Arc<FakeOrders>,
    pub(crate) issuer: TestIssuer,
    keys: KeyRing,
}

/// paymentsvc, running.
pub(crate) struct Running {
    pub(crate) channel: Channel,
    _tasks: DropGuard,
}

impl TestWorld {
    pub(crate) async fn new() -> Self {
        Self {
            database: TestDatabase::create(&MIGRATIONS).await.unwrap(),
            proxy: None,
            provider: Arc::default(),
            other_provider: None,
            orders: Arc::default(),
            issuer: TestIssuer::try_new(Process::new().clock).unwrap(),
            keys: KeyRing::random().unwrap(),
        }
    }

    /// With a proxy before the database, which cuts.
    pub(crate) async fn proxied() -> Self {
        let mut world = Self::new().await;
        world.proxy = Some(ChaosProxy::start(world.database.address()).await.unwrap());
        world
    }

    /// Starts paymentsvc; with another one before, it is another replica or a restart.
    pub(crate) async fn start(&self) -> Running {
        self.run(true).await
    }

    /// Starts paymentsvc with nothing beside it, so that what is undecided stays so.
    pub(crate) async fn start_alone(&self) -> Running {
        self.run(false).await
    }

    async fn run(&self, with_tasks: bool) -> Running {
        let url = match &self.proxy {
            Some(proxy) => self.database.server_url_through(proxy),
            None => self.database.server_url(),
        };
        let config = PostgresConfig {
            // Test machines are busy, and these tests are not about shedding.
            acquire_timeout: Duration::from_secs(15),
            lock_timeout: Duration::from_secs(15),
            statement_timeout: Duration::from_secs(20),
            ..PostgresConfig::new(url)
        };
        let process = Process::new();
        let world = World {
            database: Database::connect_lazy("paymentsvc", &config).unwrap(),
            provider: self.other_provider.clone().unwrap_or(self.provider.clone()),
            orders: self.to_orders(&process).await,
            verifier: self.issuer.verifier(),
            token_keys: self.keys.clone(),
            card_keys: self.keys.clone(),
        };
        let composed = compose(world, &process);
        let stop = CancellationToken::new();
        for task in &composed.background {
            if with_tasks {
                tokio::spawn(task.clone().supervise(stop.clone()));
            }
        }
        let (_, channel) = testkit::in_process(composed.clone(), &process).await.unwrap();
        Running {
            channel,

            _tasks: stop.drop_guard(),
        }
    }

    async fn to_orders(&self, process: &Process) -> ToOrders {
        let routes = Routes::new(order::order_service_server::OrderServiceServer::from_arc(
            self.orders.clone(),
        ));
        let fake = Composed::new(routes)
            .methods(order::METHODS)
            .descriptors(api::FILE_DESCRIPTOR_SET)
            .verifier(self.issuer.verifier());
        let (_, channel) = testkit::in_process(fake, process).await.unwrap();
        let caller = Caller::service("paymentsvc", ["orders:sync".to_owned()]);
        let options = ClientOptions {
            methods: vec![order::METHODS],
            identity: self.issuer.identity(&caller).unwrap(),
            ..ClientOptions::new("http://in-process")
        };
        ToOrders::over(channel, options)
    }

    /// A client that calls as this caller.
    pub(crate) fn client(&self, running: &Running, caller: &Caller) -> Client {
        let bearer = self.issuer.bearer(caller).unwrap();
        PaymentServiceClient::with_interceptor(running.channel.clone(), bearer)
    }

    pub(crate) fn alice(&self, running: &Running) -> Client {
        self.client(running, &Caller::user(ALICE, [Role::Customer], Uuid::nil()))
    }

    pub(crate) fn bob(&self, running: &Running) -> Client {
        self.client(running, &Caller::user(BOB, [Role::Customer], Uuid::nil()))
    }

    pub(crate) fn clerk(&self, running: &Running) -> Client {
        self.client(running, &Caller::user(user(0xc), [Role::Staff], Uuid::nil()))
    }

    /// ordersvc.
    pub(crate) fn checkout(&self, running: &Running) -> Client {
        self.client(running, &payment_core::testing::checkout())
    }

    pub(crate) async fn pool(&self) -> platform::postgres::Pool {
        self.database.pool().await.unwrap()
    }
}

/// A payment of 1000 cents by Alice.
pub(crate) fn paying_with(card: &str, method: CaptureMethod) -> CreatePaymentRequest {
    CreatePaymentRequest {
        amount_cents: 1_000,
        customer_id: ALICE.to_string(),
        payment_method: card.to_owned(),
        capture_method: method.into(),
        ..CreatePaymentRequest::default()
    }
}

pub(crate) fn manual() -> CreatePaymentRequest {
    paying_with("pm_card_visa", CaptureMethod::Manual)
}

pub(crate) fn automatic() -> CreatePaymentRequest {
    paying_with("pm_card_visa", CaptureMethod::Automatic)
}

pub(crate) fn with_key<T>(message: T, key: &str) -> Request<T> {
    let mut request = Request::new(message);
    request.metadata_mut().insert("idempotency-key", key.parse().unwrap());
    request
}

/// Under a key that was never used.
pub(crate) fn fresh<T>(message: T) -> Request<T> {
    with_key(message, &testkit::postgres::fresh_ids().next().to_string())
}

pub(crate) fn capture(id: &str, amount_cents: i64) -> CapturePaymentRequest {
    CapturePaymentRequest {
        id: id.to_owned(),
        amount_cents,
    }
}

pub(crate) fn void(id: &str) -> VoidPaymentRequest {
    VoidPaymentRequest { id: id.to_owned() }
}

pub(crate) fn refund(id: &str, amount_cents: i64) -> RefundPaymentRequest {
    RefundPaymentRequest {
        id: id.to_owned(),
        amount_cents,
        reason: "broken".to_owned(),
    }
}

pub(crate) fn card(number: &str, cvc: &str) -> TokenizeCardRequest {
    TokenizeCardRequest {
        number: number.to_owned(),
        exp_month: 12,
        exp_year: 2099,
        cvc: cvc.to_owned(),
    }
}

pub(crate) async fn made(client: &mut Client, request: CreatePaymentRequest) -> Payment {
    let made = client.create_payment(fresh(request)).await.unwrap();
    made.into_inner().payment.unwrap()
}

pub(crate) async fn found(client: &mut Client, id: &str) -> Payment {
    let request = GetPaymentRequest { id: id.to_owned() };
    client.get_payment(request).await.unwrap().into_inner().payment.unwrap()
}

/// The entries of a payment, newest first.
pub(crate) async fn ledger(client: &mut Client, id: &str) -> Vec<LedgerEntry> {
    let (mut entries, mut token) = (Vec::new(), String::new());
    loop {
        let request = ListLedgerEntriesRequest {
            payment_id: id.to_owned(),
            page_size: 100,
            page_token: token,
        };
        let page = client.list_ledger_entries(request).await.unwrap().into_inner();
        entries.extend(page.entries);
        token = page.next_page_token;
        if token.is_empty() {
            return entries;
        }
    }
}

pub(crate) fn balance(entries: &[LedgerEntry], account: &str) -> i64 {
    let of_account = entries.iter().filter(|entry| entry.account == account);
    of_account.map(|entry| entry.amount_cents).sum()
}

/// Code and reason of a refusal.
pub(crate) fn told<T: std::fmt::Debug>(outcome: Result<T, Status>) -> (Code, String) {
    let status = outcome.unwrap_err();
    (status.code(), wire::reason_of(&status).unwrap_or_default())
}

pub(crate) fn refusal(code: Code, reason: &str) -> (Code, String) {
    (code, reason.to_owned())
}

/// One fact of a refusal.
pub(crate) fn fact(status: &Status, name: &str) -> String {
    let info = status.get_details_error_info().unwrap();
    info.metadata.get(name).cloned().unwrap_or_default()
}

/// Remembers which orders were to follow their payment.
#[derive(Default)]
pub(crate) struct FakeOrders {
    synced: Mutex<Vec<String>>,
    away: AtomicBool,
}

impl FakeOrders {
    /// An order that is not there.
    pub(crate) const UNKNOWN: &'static str = "01900000-0000-7000-8000-00000000dead";

    pub(crate) fn synced(&self) -> Vec<String> {
        self.synced.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn set_away(&self, away: bool) {
        self.away.store(away, Ordering::SeqCst);
    }
}

#[async_trait]
impl order::order_service_server::OrderService for FakeOrders {
    async fn sync_order_payment(
        &self,
        request: Request<order::SyncOrderPaymentRequest>,
    ) -> Result<Response<order::SyncOrderPaymentResponse>, Status> {
        if self.away.load(Ordering::SeqCst) {
            return Err(Status::unavailable("away"));
        }
        let id = request.into_inner().id;
        if id == Self::UNKNOWN {
            return Err(Status::not_found("no such order"));
        }
        self.synced.lock().unwrap_or_else(PoisonError::into_inner).push(id);
        Ok(Response::new(order::SyncOrderPaymentResponse { order: None }))
    }

    async fn create_order(
        &self,
        _: Request<order::CreateOrderRequest>,
    ) -> Result<Response<order::CreateOrderResponse>, Status> {
        Err(Status::unimplemented("not faked"))
    }

    async fn get_order(&self, _: Request<order::GetOrderRequest>) -> Result<Response<order::GetOrderResponse>, Status> {
        Err(Status::unimplemented("not faked"))
    }

    async fn list_orders(
        &self,
        _: Request<order::ListOrdersRequest>,
    ) -> Result<Response<order::ListOrdersResponse>, Status> {
        Err(Status::unimplemented("not faked"))
    }

    async fn update_order(
        &self,
        _: Request<order::UpdateOrderRequest>,
    ) -> Result<Response<order::UpdateOrderResponse>, Status> {
        Err(Status::unimplemented("not faked"))
    }

    async fn cancel_order(
        &self,
        _: Request<order::CancelOrderRequest>,
    ) -> Result<Response<order::CancelOrderResponse>, Status> {
        Err(Status::unimplemented("not faked"))
    }

    async fn delete_order(
        &self,
        _: Request<order::DeleteOrderRequest>,
    ) -> Result<Response<order::DeleteOrderResponse>, Status> {
        Err(Status::unimplemented("not faked"))
    }

    async fn checkout_order(
        &self,
        _: Request<order::CheckoutOrderRequest>,
    ) -> Result<Response<order::CheckoutOrderResponse>, Status> {
        Err(Status::unimplemented("not faked"))
    }

    async fn update_order_status(
        &self,
        _: Request<order::UpdateOrderStatusRequest>,
    ) -> Result<Response<order::UpdateOrderStatusResponse>, Status> {
        Err(Status::unimplemented("not faked"))
    }

    async fn list_order_events(
        &self,
        _: Request<order::ListOrderEventsRequest>,
    ) -> Result<Response<order::ListOrderEventsResponse>, Status> {
        Err(Status::unimplemented("not faked"))
    }

    type WatchOrdersStream = Nothing<order::WatchOrdersResponse>;

    async fn watch_orders(
        &self,
        _: Request<order::WatchOrdersRequest>,
    ) -> Result<Response<Self::WatchOrdersStream>, Status> {
        Err(Status::unimplemented("not faked"))
    }

    type ListUserOrdersStream = Nothing<order::ListUserOrdersResponse>;

    async fn list_user_orders(
        &self,
        _: Request<order::ListUserOrdersRequest>,
    ) -> Result<Response<Self::ListUserOrdersStream>, Status> {
        Err(Status::unimplemented("not faked"))
    }
}

/// A stream that nobody makes.
pub(crate) type Nothing<T> = tokio_stream::Empty<Result<T, Status>>;
