//! What is asked of ordersvc again and again.

use api::order::v1::{
    CancelOrderRequest, CheckoutOrderRequest, CreateOrderRequest, DeleteOrderRequest, GetOrderRequest, Order,
    OrderItem, OrderStatus, UpdateOrderRequest, UpdateOrderStatusRequest,
};
use tonic::Request;

use crate::world::Client;

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

pub(crate) fn delete(order: &Order) -> DeleteOrderRequest {
    DeleteOrderRequest {
        id: order.id.clone(),
        ..DeleteOrderRequest::default()
    }
}

pub(crate) fn checkout(order: &Order, payment_method: &str) -> CheckoutOrderRequest {
    CheckoutOrderRequest {
        id: order.id.clone(),
        payment_method: payment_method.to_owned(),
        ..CheckoutOrderRequest::default()
    }
}

pub(crate) fn becomes(order: &Order, status: OrderStatus) -> UpdateOrderStatusRequest {
    UpdateOrderStatusRequest {
        id: order.id.clone(),
        status: status.into(),
        ..UpdateOrderStatusRequest::default()
    }
}

/// The order, paid for.
pub(crate) async fn pay(client: &mut Client, order: &Order) -> Order {
    let paid = client.checkout_order(checkout(order, "pm_card_visa")).await.unwrap();
    paid.into_inner().order.unwrap()
}

/// The order as it is now.
pub(crate) async fn get(client: &Client, order: &Order) -> Order {
    let request = GetOrderRequest { id: order.id.clone() };
    client
        .clone()
        .get_order(request)
        .await
        .unwrap()
        .into_inner()
        .order
        .unwrap()
}

pub(crate) fn one_cake(order: &Order) -> UpdateOrderRequest {
    UpdateOrderRequest {
        id: order.id.clone(),
        items: vec![item("cake", 1, 100)],
        ..UpdateOrderRequest::default()
    }
}
