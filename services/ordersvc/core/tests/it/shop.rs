//! A shop with one customer and one clerk, and short words for what they do.

use std::time::Duration;

use kernel::{Caller, Change, IdempotencyKey};
use order_core::{
    CancelOrder, ChangeError, CheckoutError, CheckoutOrder, DeleteOrder, Order, OrderDraft, OrderId, PlaceOrder,
    Status, UpdateOrder, UpdateOrderStatus, Work,
    testing::{World, customer, draft, item, key, staff},
};

pub(crate) fn me() -> Caller {
    customer(1)
}

pub(crate) fn clerk() -> Caller {
    staff(9)
}

pub(crate) fn some_key(text: &str) -> Option<IdempotencyKey> {
    Some(key(&me(), text, 1))
}

/// An order of 900 cents.
pub(crate) async fn placed(world: &World) -> OrderId {
    place(world, draft()).await
}

pub(crate) async fn place(world: &World, draft: OrderDraft) -> OrderId {
    let input = PlaceOrder {
        draft,
        ..PlaceOrder::default()
    };
    world
        .ordering
        .place(&me(), input, None)
        .await
        .unwrap()
        .into_inner()
        .id()
}

pub(crate) async fn pay_as(
    world: &World,
    caller: &Caller,
    input: CheckoutOrder,
    key: Option<IdempotencyKey>,
) -> Result<Change<Order>, CheckoutError> {
    world
        .ordering
        .checkout(caller, input, key, Some(Duration::from_secs(10)))
        .await
}

pub(crate) fn with(id: OrderId, payment_method: &str) -> CheckoutOrder {
    CheckoutOrder {
        id,
        payment_method: payment_method.to_owned(),
        etag: None,
    }
}

pub(crate) async fn pay(
    world: &World,
    id: OrderId,
    payment_method: &str,
    key: Option<IdempotencyKey>,
) -> Result<Change<Order>, CheckoutError> {
    pay_as(world, &me(), with(id, payment_method), key).await
}

pub(crate) async fn cancel_as(world: &World, caller: &Caller, id: OrderId) -> Result<Order, ChangeError> {
    let input = CancelOrder {
        id,
        reason: String::new(),
        etag: None,
    };
    world.ordering.cancel(caller, input, None).await.map(Change::into_inner)
}

pub(crate) async fn cancel(world: &World, id: OrderId) -> Result<Order, ChangeError> {
    cancel_as(world, &me(), id).await
}

pub(crate) async fn delete(world: &World, id: OrderId) -> Result<Order, ChangeError> {
    let input = DeleteOrder { id, etag: None };
    world.ordering.delete(&me(), input, None).await.map(Change::into_inner)
}

pub(crate) async fn update(world: &World, id: OrderId) -> Result<Order, ChangeError> {
    let input = UpdateOrder {
        id,
        etag: None,
        mask: Vec::new(),
        items: vec![item("cake", 1, 100)],
        shipping_address: None,
        metadata: std::collections::BTreeMap::new(),
    };
    world.ordering.update(&me(), input, None).await.map(Change::into_inner)
}

pub(crate) async fn become_status(world: &World, id: OrderId, status: Status) -> Result<Order, ChangeError> {
    let input = UpdateOrderStatus { id, status, etag: None };
    let moved = world.ordering.update_status(&clerk(), input, None).await;
    moved.map(Change::into_inner)
}

pub(crate) async fn ship(world: &World, id: OrderId) -> Result<Order, ChangeError> {
    become_status(world, id, Status::Shipped).await
}

pub(crate) async fn order(world: &World, id: OrderId) -> Order {
    world.ordering.get(&clerk(), id).await.unwrap()
}

/// Status and checkout in words: `CONFIRMED PAID`.
pub(crate) async fn state(world: &World, id: OrderId) -> String {
    let order = order(world, id).await;
    format!("{} {}", order.status(), order.checkout().state)
}

/// What happened since it was placed, in words.
pub(crate) fn told(world: &World) -> Vec<String> {
    let word = |event: &order_core::OrderEvent| {
        let name = event.name().trim_start_matches("order.");
        match name {
            "checkout_changed" => event.order().checkout.state.to_string(),
            _ => name.to_owned(),
        }
    };
    world
        .orders
        .log()
        .iter()
        .skip(1)
        .map(|recorded| word(&recorded.event))
        .collect()
}

/// What was taken and what was given back, over all payments.
pub(crate) fn money(world: &World) -> (i64, i64) {
    assert_eq!(world.payments.misuse(), Vec::<String>::new());
    let charges = world.payments.charges();
    (
        charges.iter().map(|charge| charge.captured).sum(),
        charges.iter().map(|charge| charge.refunded).sum(),
    )
}

/// Waits until the checkout of an order was begun, and put off for want of an answer.
pub(crate) async fn put_off(world: &World, id: OrderId) {
    const LEASE: Duration = Duration::from_secs(4);
    let is_put_off = |work: &Work| work.due_at < work.since + LEASE;
    while !order(world, id).await.work().is_some_and(is_put_off) {
        tokio::task::yield_now().await;
    }
}
