//! What goes wrong, and what is told then.

use anyhow::{Context as _, ensure};
use api::order::v1::{CheckoutState, CreateOrderRequest, GetOrderRequest, OrderStatus, UpdateOrderRequest};
use tonic::{Code, Request};

use crate::{
    customer::{Customer, a_mug, checkout_refused, item, new_key, refused},
    screen::{self, Steps},
    watching::{Expected, Watching},
};

pub(crate) async fn play(steps: &mut Steps, ada: &mut Customer, bob: &mut Customer) -> anyhow::Result<()> {
    let mut watch = Watching::begin(ada).await?;

    steps.next(
        "Her card is declined; another one pays",
        "order.v1.OrderService/CheckoutOrder",
    );
    let order = ada.place(a_mug(), &new_key()).await?.into_inner();
    let declined = ada.check_out(&order, "pm_card_declined", &new_key()).await;
    checkout_refused(declined, "CARD_DECLINED")?;
    let paid = ada.check_out(&order, "pm_card_visa", &new_key()).await?.into_inner();
    screen::order(&paid);
    watch.expect(&[Expected::Created]).await?;
    watch
        .expect(&[
            Expected::Checkout(CheckoutState::Running),
            Expected::Checkout(CheckoutState::Failed),
        ])
        .await?;
    watch.expect(&PAID).await?;

    steps.next("Bob must not learn that it exists", "order.v1.OrderService/GetOrder");
    let request = bob.request(GetOrderRequest { id: order.id.clone() })?;
    refused(bob.orders.get_order(request).await, Code::NotFound, "ORDER_NOT_FOUND")?;

    steps.next(
        "and nobody learns anything without a token",
        "order.v1.OrderService/GetOrder",
    );
    let request = Request::new(GetOrderRequest { id: order.id.clone() });
    refused(
        bob.orders.get_order(request).await,
        Code::Unauthenticated,
        "TOKEN_MISSING",
    )?;

    steps.next(
        "The provider charges and drops the answer: it is asked again, not charged again",
        "order.v1.OrderService/CheckoutOrder",
    );
    let order = ada.place(a_mug(), &new_key()).await?.into_inner();
    let paid = ada
        .check_out(&order, "pm_card_lost_reply", &new_key())
        .await?
        .into_inner();
    screen::order(&paid);
    watch.expect(&[Expected::Created]).await?;
    watch.expect(&PAID).await?;

    steps.next(
        "A slow card, paid for as the order is placed; meanwhile nothing can be changed",
        "order.v1.OrderService/UpdateOrder",
    );
    let slow = CreateOrderRequest {
        payment_method: "pm_card_slow".to_owned(),
        ..a_mug()
    };
    let order = ada.place(slow, &new_key()).await?.into_inner();
    let change = ada.request(UpdateOrderRequest {
        id: order.id.clone(),
        items: vec![item("MUG-1", "Mug", 2, 800)],
        ..Default::default()
    })?;
    refused(
        ada.orders.update_order(change).await,
        Code::FailedPrecondition,
        "CHECKOUT_RUNNING",
    )?;
    watch.expect(&[Expected::Created]).await?;
    watch.expect(&PAID).await?;

    steps.next(
        "A capture is refused for good: the order is not shipped, nothing is taken",
        "order.v1.OrderService/CheckoutOrder",
    );
    let order = ada.place(a_mug(), &new_key()).await?.into_inner();
    let failed = ada.check_out(&order, "pm_card_capture_refused", &new_key()).await;
    checkout_refused(failed, "CAPTURE_FAILED")?;
    let cancelled = ada.get(&order.id).await?;
    screen::order(&cancelled);
    ensure!(
        cancelled.cancel_reason == "CAPTURE_FAILED",
        "expected the reason CAPTURE_FAILED"
    );
    let checkout = cancelled.checkout.context("the order has no checkout")?;
    ensure!(
        checkout.state() == CheckoutState::Failed,
        "expected the checkout to have failed"
    );
    Ok(())
}

/// What a checkout shows that goes well.
pub(crate) const PAID: [Expected; 3] = [
    Expected::Checkout(CheckoutState::Running),
    Expected::Status(OrderStatus::Confirmed),
    Expected::Checkout(CheckoutState::Paid),
];
