//! The journey that goes well: a card, an order, its payment, its history, a change of mind.

use anyhow::{Context as _, ensure};
use api::{
    order::v1::{
        CheckoutState, CreateOrderRequest, ListOrderEventsRequest, ListOrdersRequest, OrderStatus, UpdateOrderRequest,
    },
    payment::v1::TokenizeCardRequest,
};

use crate::{
    customer::{Customer, a_mug, is_replayed, item, new_key},
    screen::{self, Steps},
    watching::{Expected, Watching},
};

pub(crate) async fn play(steps: &mut Steps, ada: &mut Customer) -> anyhow::Result<()> {
    steps.next(
        "Ada turns her card into a token; the number goes nowhere else",
        "payment.v1.PaymentService/TokenizeCard",
    );
    let card = ada.request(TokenizeCardRequest {
        number: "4242 4242 4242 4242".to_owned(),
        exp_month: 12,
        exp_year: 2099,
        cvc: "123".to_owned(),
    })?;
    let token = ada
        .payments
        .tokenize_card(card)
        .await
        .context("TokenizeCard")?
        .into_inner();
    let card = token.card.context("the answer holds no card")?;
    screen::result(&format!(
        "{} for a {} ending in {}",
        token.payment_method, card.brand, card.last4
    ));
    ensure!(card.last4 == "4242", "expected the last four digits 4242");

    steps.next(
        "She watches her orders in the background",
        "order.v1.OrderService/WatchOrders",
    );
    let mut watch = Watching::begin(ada).await?;

    steps.next(
        "She orders tea and a pot; the total is ours",
        "order.v1.OrderService/CreateOrder",
    );
    let cart = CreateOrderRequest {
        items: vec![item("TEA-1", "Assam, 250 g", 2, 450), item("POT-7", "Teapot", 1, 2_995)],
        ..Default::default()
    };
    let key = new_key();
    let order = ada.place(cart.clone(), &key).await?.into_inner();
    screen::order(&order);
    ensure!(order.total_cents == 3_895, "expected a total of 38.95");
    watch.expect(&[Expected::Created]).await?;

    steps.next(
        "The answer was lost, so she sends it again with the same key",
        "order.v1.OrderService/CreateOrder",
    );
    let again = ada.place(cart, &key).await?;
    ensure!(
        is_replayed(&again) && *again.get_ref() == order,
        "expected the first answer again"
    );
    screen::result("idempotency-replayed: true, the same order; nothing was ordered twice");

    steps.next(
        "She wants three packs, made from the order she saw",
        "order.v1.OrderService/UpdateOrder",
    );
    let change = ada.request(UpdateOrderRequest {
        id: order.id.clone(),
        items: vec![item("TEA-1", "Assam, 250 g", 3, 450), item("POT-7", "Teapot", 1, 2_995)],
        etag: order.etag.clone(),
        ..Default::default()
    })?;
    let changed = ada
        .orders
        .update_order(change)
        .await
        .context("UpdateOrder")?
        .into_inner();
    screen::order(&changed.order.context("the answer holds no order")?);
    watch.expect(&[Expected::Updated]).await?;

    steps.next("She pays", "order.v1.OrderService/CheckoutOrder");
    let key = new_key();
    let paid = ada.check_out(&order, &token.payment_method, &key).await?.into_inner();
    screen::order(&paid);
    watch
        .expect(&[
            Expected::Checkout(CheckoutState::Running),
            Expected::Status(OrderStatus::Confirmed),
            Expected::Checkout(CheckoutState::Paid),
        ])
        .await?;

    steps.next(
        "The answer was lost again, the same key tells it, and nothing is charged twice",
        "order.v1.OrderService/CheckoutOrder",
    );
    let again = ada.check_out(&order, &token.payment_method, &key).await?;
    ensure!(
        is_replayed(&again) && *again.get_ref() == paid,
        "expected the first answer again"
    );
    screen::result("idempotency-replayed: true");

    steps.next("She reads it", "order.v1.OrderService/GetOrder");
    screen::order(&ada.get(&order.id).await?);

    steps.next("She lists her orders, one a page", "order.v1.OrderService/ListOrders");
    for _ in 0..2 {
        ada.place(a_mug(), &new_key()).await?;
        watch.expect(&[Expected::Created]).await?;
    }
    let listed = list(ada).await?;
    ensure!(listed == 3, "expected 3 orders, got {listed}");

    steps.next(
        "She changes her mind, and gets her money back",
        "order.v1.OrderService/CancelOrder",
    );
    screen::order(&ada.cancel(&order.id, "changed my mind").await?);
    watch
        .expect(&[
            Expected::Cancelled,
            Expected::Checkout(CheckoutState::Refunding),
            Expected::Checkout(CheckoutState::Refunded),
        ])
        .await?;
    let refunded = ada.get(&order.id).await?;
    let twice = ada.cancel(&order.id, "changed my mind").await?;
    ensure!(twice == refunded, "a second cancel changed the order");
    screen::result("cancelling twice changes nothing");

    steps.next("The history keeps it all", "order.v1.OrderService/ListOrderEvents");
    let request = ada.request(ListOrderEventsRequest {
        id: order.id,
        ..Default::default()
    })?;
    let history = ada
        .orders
        .list_order_events(request)
        .await
        .context("ListOrderEvents")?
        .into_inner()
        .events;
    for event in &history {
        screen::history(event);
    }
    ensure!(history.len() == 8, "expected 8 events, got {}", history.len());
    Ok(())
}

async fn list(customer: &mut Customer) -> anyhow::Result<usize> {
    let mut page_token = String::new();
    let mut listed = 0;
    loop {
        let request = customer.request(ListOrdersRequest {
            page_size: 1,
            page_token,
            ..Default::default()
        })?;
        let page = customer
            .orders
            .list_orders(request)
            .await
            .context("ListOrders")?
            .into_inner();
        page.orders.iter().for_each(screen::order);
        listed += page.orders.len();
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return Ok(listed);
        }
    }
}
