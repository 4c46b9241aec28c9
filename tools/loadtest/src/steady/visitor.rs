use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use api::{
    auth::v1::{GetJwksRequest, auth_service_client::AuthServiceClient},
    calculator::v1::{Numbers, calculator_client::CalculatorClient},
    order::v1::{
        CheckoutOrderRequest, CreateOrderRequest, GetOrderRequest, ListOrdersRequest, Order,
        order_service_client::OrderServiceClient,
    },
    payment::v1::{ListPaymentsRequest, payment_service_client::PaymentServiceClient},
    user::v1::{GetUserRequest, user_service_client::UserServiceClient},
};
use auditor::client_log::{Answer, Asked, Attempt, OrderState, Refusal};
use kernel::{Clock, IdSource, SystemClock, UuidV7Source};
use platform::{grpc::client::Installation, process::Shutdown};
use time::format_description::well_known::Rfc3339;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};
use tonic::{Response, Status};
use wire::Method;

use super::{Line, tally::Counting, tell};
use crate::shop::{CARD, Customer, order};

/// What is called.
pub(super) const METHODS: [&[Method]; 5] = [
    api::auth::v1::METHODS,
    api::calculator::v1::METHODS,
    api::order::v1::METHODS,
    api::payment::v1::METHODS,
    api::user::v1::METHODS,
];

/// A call that is not answered after so long is given up.
const PATIENCE: Duration = Duration::from_secs(60);
/// Between two attempts, when nobody says how long to wait.
const PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// Numbers the calls of all visitors.
static CALLS: AtomicU64 = AtomicU64::new(0);

/// One customer, who looks around, orders and pays, again and again.
pub(super) struct Visitor {
    customer: Customer,
    counting: Arc<Counting>,
    tells_attempts: bool,
    auth: AuthServiceClient<Installation>,
    calculator: CalculatorClient<Installation>,
    orders: OrderServiceClient<Installation>,
    payments: PaymentServiceClient<Installation>,
    users: UserServiceClient<Installation>,
    placed: Option<Order>,
}

impl Visitor {
    pub(super) fn new(
        installation: &Installation,
        customer: Customer,
        counting: &Arc<Counting>,
        tells_attempts: bool,
    ) -> Self {
        Self {
            customer,
            counting: Arc::clone(counting),
            tells_attempts,
            auth: AuthServiceClient::new(installation.clone()),
            calculator: CalculatorClient::new(installation.clone()),
            orders: OrderServiceClient::new(installation.clone()),
            payments: PaymentServiceClient::new(installation.clone()),
            users: UserServiceClient::new(installation.clone()),
            placed: None,
        }
    }

    /// Makes a call at each turn, until the stop; a call that has begun is still answered.
    pub(super) async fn visit(mut self, pace: Duration, stop: Shutdown) {
        let mut turns = interval(pace);
        turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
        for step in (0..8).cycle() {
            if stop.token().run_until_cancelled(turns.tick()).await.is_none() {
                return;
            }
            match step {
                0 => self.look_at_keys().await,
                1 => self.look_at_oneself().await,
                2 => self.calculate().await,
                3 => self.place().await,
                4 => self.look_at_the_order().await,
                5 => self.list().await,
                6 => self.pay().await,
                _ => self.look_at_payments().await,
            }
        }
    }

    async fn look_at_keys(&self) {
        let ask = || {
            let mut auth = self.auth.clone();
            async move { auth.get_jwks(GetJwksRequest::default()).await }
        };
        self.until_answered("GetJwks", ask).await;
    }

    async fn look_at_oneself(&self) {
        let ask = || {
            let request = self.customer.call(GetUserRequest {
                id: self.customer.id.clone(),
            });
            let mut users = self.users.clone();
            async move { users.get_user(request).await }
        };
        self.until_answered("GetUser", ask).await;
    }

    async fn calculate(&self) {
        let ask = || {
            let mut calculator = self.calculator.clone();
            async move { calculator.add(Numbers { a: 2.0, b: 2.0 }).await }
        };
        self.until_answered("Add", ask).await;
    }

    async fn place(&mut self) {
        let key = new_key();
        let message = CreateOrderRequest {
            external_reference: key.clone(),
            ..order()
        };
        let asked = Asked::Create {
            marker: key.clone(),
            total: message
                .items
                .iter()
                .map(|item| item.unit_price_cents * i64::from(item.quantity))
                .sum(),
            currency_code: "USD".to_owned(),
            payment_method: String::new(),
        };
        let ask = || {
            let request = self.customer.under_key(message.clone(), &key);
            let mut orders = self.orders.clone();
            async move { order_in(orders.create_order(request).await, |answer| answer.order) }
        };
        self.placed = self.until_judged(&asked, &key, ask).await;
    }

    async fn look_at_the_order(&self) {
        let Some(order) = &self.placed else { return };
        let ask = || {
            let request = self.customer.call(GetOrderRequest { id: order.id.clone() });
            let mut orders = self.orders.clone();
            async move { orders.get_order(request).await }
        };
        self.until_answered("GetOrder", ask).await;
    }

    async fn list(&self) {
        let ask = || {
            let request = self.customer.call(ListOrdersRequest {
                page_size: 20,
                ..Default::default()
            });
            let mut orders = self.orders.clone();
            async move { orders.list_orders(request).await }
        };
        self.until_answered("ListOrders", ask).await;
    }

    async fn pay(&mut self) {
        let Some(order) = self.placed.take() else { return };
        let Ok(id) = order.id.parse() else { return };
        let key = new_key();
        let asked = Asked::Checkout {
            order: id,
            payment_method: CARD.to_owned(),
        };
        let message = CheckoutOrderRequest {
            id: order.id,
            payment_method: CARD.to_owned(),
            ..Default::default()
        };
        let ask = || {
            let request = self.customer.under_key(message.clone(), &key);
            let mut orders = self.orders.clone();
            async move { order_in(orders.checkout_order(request).await, |answer| answer.order) }
        };
        self.until_judged(&asked, &key, ask).await;
    }

    async fn look_at_payments(&self) {
        let ask = || {
            let request = self.customer.call(ListPaymentsRequest {
                page_size: 20,
                ..Default::default()
            });
            let mut payments = self.payments.clone();
            async move { payments.list_payments(request).await }
        };
        self.until_answered("ListPayments", ask).await;
    }

    /// Asks until there is an answer that lasts. Every attempt counts.
    async fn until_answered<T, F>(&self, method: &str, ask: impl Fn() -> F) -> Option<Response<T>>
    where
        F: Future<Output = Result<Response<T>, Status>>,
    {
        let began = Instant::now();
        loop {
            let sent = Instant::now();
            let status = match ask().await {
                Ok(answer) => {
                    self.counting.answered(method, sent.elapsed());
                    return Some(answer);
                }
                Err(status) => status,
            };
            let failure = self.counting.failed(method, &status, now(), sent.elapsed());
            self.tell(&Line::Failure(failure));
            if !Refusal::from(&status).passing || began.elapsed() > PATIENCE {
                return None;
            }
            sleep(wire::retry_after_of(&status).unwrap_or(PAUSE).min(LONGEST_PAUSE)).await;
        }
    }

    /// The same for what the auditor knows; each attempt is told to it.
    async fn until_judged<F>(&self, asked: &Asked, key: &str, ask: impl Fn() -> F) -> Option<Order>
    where
        F: Future<Output = Result<Response<Order>, Status>>,
    {
        let call = CALLS.fetch_add(1, Ordering::Relaxed);
        let told = || async {
            let sent_at = now();
            let answer = ask().await;
            if self.tells_attempts {
                self.tell(&Line::Attempt(Box::new(Attempt {
                    call,
                    caller: format!("user:{}", self.customer.id),
                    key: Some(key.to_owned()),
                    sent_at,
                    ended_at: now(),
                    asked: asked.clone(),
                    answer: judged(&answer),
                })));
            }
            answer
        };
        Some(self.until_answered(asked.method(), told).await?.into_inner())
    }

    /// What cannot be written is missed by whoever reads, who counts.
    fn tell(&self, line: &Line) {
        let _ = tell(line);
    }
}

fn judged(answer: &Result<Response<Order>, Status>) -> Answer {
    match answer {
        Ok(answer) => match OrderState::try_from(answer.get_ref()) {
            Ok(order) => Answer::Order(Box::new(order)),
            Err(_) => Answer::GaveUp,
        },
        Err(status) => Answer::Refused(Refusal::from(status)),
    }
}

fn order_in<T>(
    answer: Result<Response<T>, Status>,
    order: impl FnOnce(T) -> Option<Order>,
) -> Result<Response<Order>, Status> {
    let (metadata, answer, extensions) = answer?.into_parts();
    let order = order(answer).ok_or_else(|| Status::unknown("an answer without an order"))?;
    Ok(Response::from_parts(metadata, order, extensions))
}

fn new_key() -> String {
    UuidV7Source.next().hyphenated().to_string()
}

fn now() -> String {
    SystemClock.now().format(&Rfc3339).unwrap_or_default()
}
