//! Checkouts that nobody drives.

use std::time::Duration;

use api::order::v1::{CheckoutState, CreateOrderRequest, Order, OrderStatus};
use order_core::{Ask, PaymentStatus, testing::Fault::LostReply};
use testkit::wait_for;

use crate::{
    requests::{cancel, pay, place, two_teas},
    world::{Client, PATIENCE, Running, TestWorld, is_in},
};

async fn paying(client: &mut Client) -> Order {
    let request = CreateOrderRequest {
        payment_method: "pm_card_visa".to_owned(),
        ..two_teas()
    };
    client.create_order(request).await.unwrap().into_inner().order.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: make test"]
async fn another_replica_goes_on_where_one_got_no_answer() {
    let world = TestWorld::new().await;
    let alone = world.start_without_tasks().await;
    let mut alice = world.alice(&alone);
    world.payments.inner.inject([Some(LostReply)]);
    let order = paying(&mut alice).await;
    world.payments.settles(&order, PaymentStatus::RequiresCapture).await;
    // Nobody works here who would go on.
    let _other = world.start().await;
    is_in(&alice, &order, OrderStatus::Confirmed, CheckoutState::Paid).await;
    assert_eq!(world.payments.keys(Ask::Authorize).len(), 1);
    world.payments.settles(&order, PaymentStatus::Captured).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: make test"]
async fn three_replicas_share_the_work_and_do_each_thing_once() {
    const ORDERS: usize = 60;
    let world = TestWorld::new().await;
    let alone = world.start_without_tasks().await;
    let mut alice = world.alice(&alone);
    world.payments.inner.inject([Some(LostReply); ORDERS]);
    let mut orders = Vec::new();
    for _ in 0..ORDERS {
        orders.push(paying(&mut alice).await);
    }
    let _replicas: [Running; 3] = [world.start().await, world.start().await, world.start().await];
    for order in &orders {
        is_in(&alice, order, OrderStatus::Confirmed, CheckoutState::Paid).await;
    }
    let charges = world.payments.inner.charges();
    assert_eq!(charges.len(), ORDERS);
    assert!(
        charges.iter().all(|charge| charge.status == PaymentStatus::Captured),
        "{charges:?}"
    );
    assert_eq!(world.payments.inner.misuse(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: make test"]
async fn a_step_that_panics_or_hangs_stops_nobody_else() {
    let world = TestWorld::new().await;
    let running = world.start().await;
    let mut alice = world.alice(&running);
    world.payments.panic_at(Ask::Refund);
    let cursed = place(&mut alice).await;
    pay(&mut alice, &cursed).await;
    alice.cancel_order(cancel(&cursed)).await.unwrap();
    wait_for(|| world.payments.count(Ask::Refund) > 0, PATIENCE).await;
    // By now the worker itself is what panics, again and again.
    world.clock.advance(Duration::from_secs(10));
    let before = world.payments.count(Ask::Refund);
    wait_for(|| world.payments.count(Ask::Refund) > before, PATIENCE).await;

    world.payments.inner.inject([Some(LostReply)]);
    let order = paying(&mut alice).await;
    is_in(&alice, &order, OrderStatus::Confirmed, CheckoutState::Paid).await;
    world.payments.open();
    world.clock.advance(Duration::from_secs(10));
    is_in(&alice, &cursed, OrderStatus::Cancelled, CheckoutState::Refunded).await;
}
