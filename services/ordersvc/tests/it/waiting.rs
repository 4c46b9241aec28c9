//! Orders that wait: for somebody to pay, or for payments to answer.

use std::time::Duration;

use api::order::v1::{CheckoutState, ListOrdersRequest, OrderStatus};
use order_core::{
    Ask, PaymentStatus,
    testing::Fault::{LostReply, LostRequest},
};
use tonic::{Code, Request};

use crate::{
    checkout::{begin, call},
    requests::{cancel, checkout, delete, get, pay, place},
    world::{TestWorld, is_in, refusal, state, told},
};

const MINUTE: Duration = Duration::from_mins(1);
const VISA: &str = "pm_card_visa";

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: make test"]
async fn an_order_expires_half_an_hour_after_a_failed_attempt_and_never_while_one_runs() {
    let world = TestWorld::new().await;
    let running = world.start().await;
    let mut alice = world.alice(&running);
    let (left, tried_again) = (place(&mut alice).await, place(&mut alice).await);
    for order in [&left, &tried_again] {
        alice
            .checkout_order(checkout(order, "pm_card_declined"))
            .await
            .unwrap_err();
    }
    world.clock.advance(29 * MINUTE);
    world.payments.hold(Ask::Authorize);
    let calling = begin(&world, &alice, Request::new(checkout(&tried_again, VISA))).await;
    assert_eq!(get(&alice, &left).await.status(), OrderStatus::Pending);
    world.clock.advance(2 * MINUTE);
    let expired = is_in(&alice, &left, OrderStatus::Cancelled, CheckoutState::Failed).await;
    assert_eq!(expired.cancel_reason, "PAYMENT_TIMEOUT");
    let late = alice.checkout_order(checkout(&left, VISA)).await;
    assert_eq!(told(late), refusal(Code::FailedPrecondition, "ORDER_NOT_PENDING"));
    assert_eq!(
        state(&get(&alice, &tried_again).await),
        (OrderStatus::Pending, CheckoutState::Running)
    );
    world.payments.open();
    calling.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: make test"]
async fn an_order_that_nobody_tries_to_pay_expires_only_if_configured() {
    let mut world = TestWorld::new().await;
    let for_ever = place(&mut world.alice(&world.start().await)).await;
    assert_eq!(for_ever.checkout.as_ref().unwrap().expires_at, None);
    world.policy.unpaid_expires_after = Some(10 * MINUTE);
    let running = world.start().await;
    let mut alice = world.alice(&running);
    let (left, paid) = (place(&mut alice).await, place(&mut alice).await);
    assert!(left.checkout.as_ref().unwrap().expires_at.is_some());
    pay(&mut alice, &paid).await;
    world.clock.advance(11 * MINUTE);
    let expired = is_in(&alice, &left, OrderStatus::Cancelled, CheckoutState::None).await;
    assert_eq!(expired.cancel_reason, "PAYMENT_TIMEOUT");
    assert_eq!(
        state(&get(&alice, &paid).await),
        (OrderStatus::Confirmed, CheckoutState::Paid)
    );
    assert_eq!(get(&alice, &for_ever).await, for_ever);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: make test"]
async fn an_answer_that_is_missing_is_asked_for_by_the_same_key_and_nothing_is_charged_twice() {
    let world = TestWorld::new().await;
    let running = world.start().await;
    let mut alice = world.alice(&running);
    for faults in [
        vec![Some(LostRequest)],
        vec![Some(LostReply)],
        vec![None, Some(LostReply)],
        vec![Some(LostReply), Some(LostRequest), None, Some(LostRequest)],
    ] {
        let order = place(&mut alice).await;
        world.payments.inner.inject(faults);
        let paid = pay(&mut alice, &order).await;
        assert_eq!(state(&paid), (OrderStatus::Confirmed, CheckoutState::Paid));
        world.payments.settles(&order, PaymentStatus::Captured).await;
    }
    assert_eq!(world.payments.keys(Ask::Authorize).len(), 4);
    assert_eq!(world.payments.inner.misuse(), Vec::<String>::new());
    assert!(world.payments.count(Ask::Authorize) > 4);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: make test"]
async fn what_is_unknown_for_a_day_needs_attention_and_staff_may_end_it() {
    let world = TestWorld::new().await;
    let running = world.start().await;
    let (mut alice, mut clerk) = (world.alice(&running), world.clerk(&running));
    let order = place(&mut alice).await;
    world.payments.inner.inject([Some(LostReply); 1_000]);
    let calling = call(&alice, Request::new(checkout(&order, VISA)));
    is_in(&alice, &order, OrderStatus::Pending, CheckoutState::Running).await;
    calling.abort();
    world.clock.advance(25 * 60 * MINUTE);
    is_in(&alice, &order, OrderStatus::Pending, CheckoutState::NeedsAttention).await;

    let stuck = ListOrdersRequest {
        checkout_state: CheckoutState::NeedsAttention.into(),
        ..ListOrdersRequest::default()
    };
    let listed = clerk.list_orders(stuck).await.unwrap().into_inner().orders;
    assert_eq!(listed.len(), 1);
    let attention = refusal(Code::FailedPrecondition, "CHECKOUT_NEEDS_ATTENTION");
    assert_eq!(told(alice.cancel_order(cancel(&order)).await), attention);
    assert_eq!(told(alice.delete_order(delete(&order)).await), attention);
    assert_eq!(told(alice.checkout_order(checkout(&order, VISA)).await), attention);

    let cancelled = clerk
        .cancel_order(cancel(&order))
        .await
        .unwrap()
        .into_inner()
        .order
        .unwrap();
    assert_eq!(state(&cancelled), (OrderStatus::Cancelled, CheckoutState::Failed));
    world.payments.inner.heal();
    world.payments.settles(&order, PaymentStatus::Voided).await;
}
