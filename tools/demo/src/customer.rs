//! The services as one customer sees them.

use anyhow::{Context as _, bail};
use api::{
    auth::v1::{LoginRequest, RegisterRequest, auth_service_client::AuthServiceClient},
    order::v1::{
        CancelOrderRequest, CheckoutOrderRequest, CreateOrderRequest, GetOrderRequest, Order, OrderItem,
        order_service_client::OrderServiceClient,
    },
    payment::v1::payment_service_client::PaymentServiceClient,
};
use kernel::{IdSource as _, UuidV7Source};
use platform::grpc::client::Installation;
use tonic::{Code, Request, Response, Status, metadata::MetadataValue};

use crate::screen;

pub(crate) const PASSWORD: &str = "a long walk in the rain";

/// Somebody who is signed in.
pub(crate) struct Customer {
    pub(crate) id: String,
    pub(crate) email: String,
    pub(crate) services: Installation,
    pub(crate) orders: OrderServiceClient<Installation>,
    pub(crate) payments: PaymentServiceClient<Installation>,
    token: String,
}

/// Registers somebody new and logs in.
pub(crate) async fn sign_up(services: &Installation, name: &str, nick: &str) -> anyhow::Result<Customer> {
    let email = format!("{nick}-{}@example.com", new_key());
    let register = RegisterRequest {
        email: email.clone(),
        password: PASSWORD.to_owned(),
        name: name.to_owned(),
    };
    let mut auth = AuthServiceClient::new(services.clone());
    auth.register(register).await.context("Register")?;
    let customer = log_in(services, &email, PASSWORD).await?;
    screen::result(&format!("{name} is registered and signed in as user {}", customer.id));
    Ok(customer)
}

/// Logs somebody in.
pub(crate) async fn log_in(services: &Installation, email: &str, password: &str) -> anyhow::Result<Customer> {
    let login = LoginRequest {
        email: email.to_owned(),
        password: password.to_owned(),
    };
    let mut auth = AuthServiceClient::new(services.clone());
    let session = auth.login(login).await.context("Login")?.into_inner();
    Ok(Customer {
        id: session.user_id,
        email: email.to_owned(),
        services: services.clone(),
        orders: OrderServiceClient::new(services.clone()),
        payments: PaymentServiceClient::new(services.clone()),
        token: session.access_token,
    })
}

impl Customer {
    pub(crate) fn request<T>(&self, message: T) -> anyhow::Result<Request<T>> {
        let mut request = Request::new(message);
        let bearer = format!("Bearer {}", self.token);
        request
            .metadata_mut()
            .insert("authorization", MetadataValue::try_from(bearer)?);
        Ok(request)
    }

    pub(crate) fn keyed<T>(&self, message: T, key: &str) -> anyhow::Result<Request<T>> {
        let mut request = self.request(message)?;
        request
            .metadata_mut()
            .insert("idempotency-key", MetadataValue::try_from(key)?);
        Ok(request)
    }

    pub(crate) async fn place(&mut self, order: CreateOrderRequest, key: &str) -> anyhow::Result<Response<Order>> {
        let request = self.keyed(order, key)?;
        let answer = self.orders.create_order(request).await.context("CreateOrder")?;
        order_in(answer, |answer| answer.order)
    }

    pub(crate) async fn get(&mut self, id: &str) -> anyhow::Result<Order> {
        let request = self.request(GetOrderRequest { id: id.to_owned() })?;
        let answer = self.orders.get_order(request).await.context("GetOrder")?;
        answer.into_inner().order.context("the answer holds no order")
    }

    pub(crate) async fn check_out(
        &mut self,
        order: &Order,
        payment_method: &str,
        key: &str,
    ) -> Result<Response<Order>, Outcome> {
        let checkout = CheckoutOrderRequest {
            id: order.id.clone(),
            payment_method: payment_method.to_owned(),
            ..Default::default()
        };
        let request = self.keyed(checkout, key).map_err(Outcome::Broken)?;
        let answer = self.orders.checkout_order(request).await.map_err(Outcome::Refused)?;
        order_in(answer, |answer| answer.order).map_err(Outcome::Broken)
    }

    pub(crate) async fn cancel(&mut self, id: &str, reason: &str) -> anyhow::Result<Order> {
        let request = self.request(CancelOrderRequest {
            id: id.to_owned(),
            reason: reason.to_owned(),
            ..Default::default()
        })?;
        let answer = self.orders.cancel_order(request).await.context("CancelOrder")?;
        answer.into_inner().order.context("the answer holds no order")
    }
}

/// Why a call gave no order.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// It was refused.
    Refused(Status),
    /// The demo, or the answer, is broken.
    Broken(anyhow::Error),
}

impl From<Outcome> for anyhow::Error {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Refused(status) => Self::new(status).context("CheckoutOrder"),
            Outcome::Broken(error) => error,
        }
    }
}

fn order_in<T>(answer: Response<T>, order: impl FnOnce(T) -> Option<Order>) -> anyhow::Result<Response<Order>> {
    let (metadata, answer, extensions) = answer.into_parts();
    let order = order(answer).context("the answer holds no order")?;
    Ok(Response::from_parts(metadata, order, extensions))
}

/// Whether an answer was given before.
pub(crate) fn is_replayed<T>(answer: &Response<T>) -> bool {
    answer.metadata().get("idempotency-replayed").is_some()
}

/// Shows a refusal that was expected.
pub(crate) fn refused<T>(answer: Result<T, Status>, code: Code, reason: &str) -> anyhow::Result<()> {
    match answer {
        Err(status) if status.code() == code && wire::reason_of(&status).as_deref() == Some(reason) => {
            screen::result(&format!("{:?} {reason}: {}", status.code(), status.message()));
            Ok(())
        }
        Err(status) => Err(status).with_context(|| format!("{reason} was expected")),
        Ok(_) => bail!("it was not refused: {reason} was expected"),
    }
}

/// The same for a checkout.
pub(crate) fn checkout_refused(answer: Result<Response<Order>, Outcome>, reason: &str) -> anyhow::Result<()> {
    match answer {
        Err(Outcome::Broken(error)) => Err(error),
        Err(Outcome::Refused(status)) => refused::<()>(Err(status), Code::FailedPrecondition, reason),
        Ok(order) => refused(Ok(order), Code::FailedPrecondition, reason),
    }
}

/// A key nobody has used.
pub(crate) fn new_key() -> String {
    UuidV7Source.next().simple().to_string()
}

/// A line of an order.
pub(crate) fn item(sku: &str, name: &str, quantity: i32, unit_price_cents: i64) -> OrderItem {
    OrderItem {
        sku: sku.to_owned(),
        name: name.to_owned(),
        quantity,
        unit_price_cents,
    }
}

/// An order of one mug.
pub(crate) fn a_mug() -> CreateOrderRequest {
    CreateOrderRequest {
        items: vec![item("MUG-1", "Mug", 1, 800)],
        ..Default::default()
    }
}
