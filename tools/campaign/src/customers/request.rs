//! What is asked, as it is sent: the same question is the same bytes, whenever it is asked.

use std::time::Duration;

use api::{
    order::v1::{
        CancelOrderRequest, CheckoutOrderRequest, CreateOrderRequest, DeleteOrderRequest, GetOrderRequest, Order,
        OrderItem, OrderStatus, UpdateOrderRequest, UpdateOrderStatusRequest, order_service_client::OrderServiceClient,
    },
    payment::v1::{RefundPaymentRequest, RefundPaymentResponse, payment_service_client::PaymentServiceClient},
};
use auditor::{
    client_log::{Answer, Asked, MARKER, OrderState, RefundState},
    words::Status as OrderAt,
};
use platform::grpc::client::Client;
use tonic::{Request, Status};

/// Whom questions go to.
#[derive(Debug, Clone)]
pub(super) struct Counters {
    pub(super) orders: OrderServiceClient<Client>,
    pub(super) payments: PaymentServiceClient<Client>,
}

/// How a question is sent.
#[derive(Debug, Clone, Copy)]
pub(super) struct Envelope<'a> {
    pub(super) key: Option<&'a str>,
    pub(super) deadline: Option<Duration>,
}

impl Envelope<'_> {
    fn around<T>(self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        if let Some(key) = self.key.and_then(|key| key.parse().ok()) {
            request.metadata_mut().insert("idempotency-key", key);
        }
        if let Some(deadline) = self.deadline {
            request.set_timeout(deadline);
        }
        request
    }
}

/// Asks once.
pub(super) async fn ask(counters: &Counters, asked: &Asked, envelope: Envelope<'_>) -> Result<Answer, Status> {
    let Counters {
        mut orders,
        mut payments,
    } = counters.clone();
    let order = match asked {
        Asked::Create { .. } => {
            let request = envelope.around(create(asked));
            orders.create_order(request).await?.into_inner().order
        }
        Asked::Checkout { order, payment_method } => {
            let request = envelope.around(CheckoutOrderRequest {
                id: order.to_string(),
                payment_method: payment_method.clone(),
                etag: String::new(),
            });
            orders.checkout_order(request).await?.into_inner().order
        }
        Asked::Update { order, marker } => {
            let request = envelope.around(UpdateOrderRequest {
                id: order.to_string(),
                metadata: [(MARKER.to_owned(), marker.clone())].into(),
                ..UpdateOrderRequest::default()
            });
            orders.update_order(request).await?.into_inner().order
        }
        Asked::Cancel { order, marker } => {
            let request = envelope.around(CancelOrderRequest {
                id: order.to_string(),
                reason: marker.clone(),
                etag: String::new(),
            });
            orders.cancel_order(request).await?.into_inner().order
        }
        Asked::Delete { order } => {
            let request = envelope.around(DeleteOrderRequest {
                id: order.to_string(),
                etag: String::new(),
            });
            orders.delete_order(request).await?.into_inner().order
        }
        Asked::Move { order, to } => {
            let request = envelope.around(UpdateOrderStatusRequest {
                id: order.to_string(),
                status: moved_to(*to).into(),
                etag: String::new(),
            });
            orders.update_order_status(request).await?.into_inner().order
        }
        Asked::Get { order } => {
            let request = envelope.around(GetOrderRequest { id: order.to_string() });
            orders.get_order(request).await?.into_inner().order
        }
        Asked::Refund {
            payment,
            amount,
            marker,
        } => {
            let request = envelope.around(RefundPaymentRequest {
                id: payment.to_string(),
                amount_cents: *amount,
                reason: marker.clone(),
            });
            return refund(payments.refund_payment(request).await?.into_inner());
        }
    };
    acknowledged(order)
}

fn create(asked: &Asked) -> CreateOrderRequest {
    let Asked::Create {
        marker,
        total,
        currency_code,
        payment_method,
    } = asked
    else {
        return CreateOrderRequest::default();
    };
    CreateOrderRequest {
        items: vec![OrderItem {
            sku: "thing".to_owned(),
            name: "Thing".to_owned(),
            quantity: 1,
            unit_price_cents: *total,
        }],
        currency_code: currency_code.clone(),
        external_reference: marker.clone(),
        payment_method: payment_method.clone(),
        ..CreateOrderRequest::default()
    }
}

const fn moved_to(to: OrderAt) -> OrderStatus {
    match to {
        OrderAt::Delivered => OrderStatus::Delivered,
        _ => OrderStatus::Shipped,
    }
}

fn acknowledged(order: Option<Order>) -> Result<Answer, Status> {
    let order = order.ok_or_else(|| Status::unknown("an answer without an order"))?;
    OrderState::try_from(&order)
        .map(|state| Answer::Order(Box::new(state)))
        .map_err(|error| Status::unknown(format!("an order that makes no sense: {error:#}")))
}

fn refund(answer: RefundPaymentResponse) -> Result<Answer, Status> {
    let (Some(refund), Some(payment)) = (answer.refund, answer.payment) else {
        return Err(Status::unknown("an answer without a refund"));
    };
    let id = payment.id.parse();
    let status = refund
        .status()
        .as_str_name()
        .trim_start_matches("REFUND_STATUS_")
        .to_owned();
    Ok(Answer::Refund(RefundState {
        payment: id.map_err(|_| Status::unknown("a payment without an id"))?,
        id: refund.id,
        amount: refund.amount_cents,
        status,
    }))
}
