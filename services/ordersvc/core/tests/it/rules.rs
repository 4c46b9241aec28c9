//! The checkout rules: what happens when two things meet, in both orders of arrival.

use std::{sync::Arc, time::Duration};

use kernel::Classify;
use order_core::{
    CheckoutError, CheckoutState, Order, OrderId, PaymentStatus, Status,
    testing::{Fault, Gate, World},
};
use tokio::task::JoinHandle;

use crate::shop::{cancel, delete, me, money, order, pay, placed, put_off, ship, some_key, state, told, update, with};

type Answer = Result<Order, CheckoutError>;

/// A checkout that has asked payments for something, and waits there or on the way back.
async fn held(world: &Arc<World>, id: OrderId, method: &'static str, after: usize, gate: Gate) -> JoinHandle<Answer> {
    let before = world.payments.asked();
    world.payments.hold(gate, after);
    let call = tokio::spawn({
        let world = world.clone();
        async move {
            let paid = world
                .ordering
                .checkout(&me(), with(id, method), some_key("k"), None)
                .await;
            paid.map(kernel::Change::into_inner)
        }
    });
    while world.payments.asked() <= before + after {
        tokio::task::yield_now().await;
    }
    // A few more turns bring the request to where it is held.
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
    call
}

/// Lets everything go on to its end, and answers what the caller of the checkout was told.
async fn go_on(world: &World, call: JoinHandle<Answer>) -> Result<Order, String> {
    world.payments.hold(Gate::Open, 0);
    world.drain().await;
    call.await.unwrap().map_err(|refused| refused.reason().to_owned())
}

fn statuses(world: &World) -> Vec<PaymentStatus> {
    world.payments.charges().iter().map(|charge| charge.status).collect()
}

#[tokio::test]
async fn cancelling_before_the_pivot_wins_over_an_authorization_on_its_way() {
    for gate in [Gate::Requests, Gate::Answers] {
        let world = Arc::new(World::new());
        let id = placed(&world).await;
        let call = held(&world, id, "pm_card_visa", 0, gate).await;
        let cancelled = cancel(&world, id).await.unwrap();
        assert_eq!(cancelled.status(), Status::Cancelled);
        assert_eq!(cancelled.checkout().state, CheckoutState::Failed);
        assert_eq!(cancelled.checkout().failure_reason, "ORDER_CANCELLED");
        assert_eq!(go_on(&world, call).await.unwrap_err(), "ORDER_CANCELLED");
        assert_eq!(told(&world), ["RUNNING", "cancelled", "checkout_failed"]);
        assert_eq!(statuses(&world), [PaymentStatus::Voided]);
        assert_eq!(money(&world), (0, 0));
        assert_eq!(state(&world, id).await, "CANCELLED FAILED");
        assert_eq!(order(&world, id).await.work(), None);
        let again = pay(&world, id, "pm_card_visa", some_key("k")).await.unwrap_err();
        assert_eq!(again.reason(), "ORDER_CANCELLED");
    }
}

#[tokio::test]
async fn deleting_before_the_pivot_is_cancelling_and_archiving() {
    for gate in [Gate::Requests, Gate::Answers] {
        let world = Arc::new(World::new());
        let id = placed(&world).await;
        let call = held(&world, id, "pm_card_visa", 0, gate).await;
        let deleted = delete(&world, id).await.unwrap();
        assert!(deleted.is_archived());
        assert_eq!(go_on(&world, call).await.unwrap_err(), "ORDER_CANCELLED");
        assert_eq!(told(&world), ["RUNNING", "cancelled", "checkout_failed", "deleted"]);
        assert_eq!(statuses(&world), [PaymentStatus::Voided]);
    }
}

#[tokio::test]
async fn deleting_after_the_pivot_is_refused() {
    let world = Arc::new(World::new());
    let id = placed(&world).await;
    let call = held(&world, id, "pm_card_visa", 1, Gate::Requests).await;
    assert_eq!(state(&world, id).await, "CONFIRMED RUNNING");
    let refused = delete(&world, id).await.unwrap_err();
    assert_eq!(refused.reason(), "ORDER_NOT_DELETABLE");
    go_on(&world, call).await.unwrap();
}

#[tokio::test]
async fn cancelling_after_the_pivot_brings_back_whatever_the_capture_takes() {
    for gate in [Gate::Requests, Gate::Answers] {
        let world = Arc::new(World::new());
        let id = placed(&world).await;
        let call = held(&world, id, "pm_card_visa", 1, gate).await;
        assert_eq!(state(&world, id).await, "CONFIRMED RUNNING");
        let cancelled = cancel(&world, id).await.unwrap();
        assert_eq!(cancelled.checkout().state, CheckoutState::Refunding);
        assert_eq!(go_on(&world, call).await.unwrap_err(), "ORDER_CANCELLED");
        assert_eq!(
            told(&world),
            ["RUNNING", "confirmed", "cancelled", "REFUNDING", "REFUNDED"]
        );
        assert_eq!(money(&world), (900, 900));
        assert_eq!(statuses(&world), [PaymentStatus::Refunded]);
    }
}

#[tokio::test]
async fn a_capture_that_arrives_after_the_void_takes_nothing() {
    let world = Arc::new(World::new());
    let id = placed(&world).await;
    world.payments.inject([None, Some(Fault::Late)]);
    let call = tokio::spawn({
        let world = world.clone();
        async move { pay(&world, id, "pm_card_visa", some_key("k")).await }
    });
    while state(&world, id).await != "CONFIRMED RUNNING" {
        tokio::task::yield_now().await;
    }
    put_off(&world, id).await;
    cancel(&world, id).await.unwrap();
    world.drain().await;
    assert!(world.payments.deliver_late());
    assert_eq!(statuses(&world), [PaymentStatus::Voided]);
    assert_eq!(money(&world), (0, 0));
    assert_eq!(call.await.unwrap().unwrap_err().reason(), "ORDER_CANCELLED");
    assert_eq!(state(&world, id).await, "CANCELLED REFUNDED");
}

#[tokio::test]
async fn a_capture_that_is_undecided_is_decided_before_the_money_comes_back() {
    let world = Arc::new(World::new());
    let id = placed(&world).await;
    world.payments.inject([None, Some(Fault::Undecided)]);
    let call = tokio::spawn({
        let world = world.clone();
        async move { pay(&world, id, "pm_card_visa", some_key("k")).await }
    });
    while state(&world, id).await != "CONFIRMED RUNNING" {
        tokio::task::yield_now().await;
    }
    put_off(&world, id).await;
    cancel(&world, id).await.unwrap();
    world.tasks.settled().await;
    assert_eq!(state(&world, id).await, "CANCELLED REFUNDING");
    assert_eq!(money(&world), (0, 0));
    world.payments.resolve();
    world.drain().await;
    assert_eq!(money(&world), (900, 900));
    assert_eq!(state(&world, id).await, "CANCELLED REFUNDED");
    assert_eq!(call.await.unwrap().unwrap_err().reason(), "ORDER_CANCELLED");
}

#[tokio::test]
async fn a_running_checkout_pays_for_the_order_as_it_is() {
    for gate in [Gate::Requests, Gate::Answers] {
        let world = Arc::new(World::new());
        let id = placed(&world).await;
        let call = held(&world, id, "pm_card_visa", 0, gate).await;
        let refused = update(&world, id).await.unwrap_err();
        assert_eq!(refused.reason(), "CHECKOUT_RUNNING");
        assert_eq!(refused.retry_after(), Some(Duration::from_secs(1)));
        go_on(&world, call).await.unwrap();
        let refused = update(&world, id).await.unwrap_err();
        assert_eq!((refused.reason(), refused.retry_after()), ("ORDER_NOT_PENDING", None));
        assert_eq!(money(&world), (900, 0));
    }
    let world = World::new();
    let id = placed(&world).await;
    update(&world, id).await.unwrap();
    pay(&world, id, "pm_card_visa", None).await.unwrap();
    assert_eq!(money(&world), (100, 0));
}

#[tokio::test]
async fn an_update_and_a_checkout_at_once_charge_what_the_order_costs() {
    for first in [true, false] {
        let world = World::new();
        let id = placed(&world).await;
        let (updated, paid) = if first {
            tokio::join!(update(&world, id), pay(&world, id, "pm_card_visa", None))
        } else {
            let (paid, updated) = tokio::join!(pay(&world, id, "pm_card_visa", None), update(&world, id));
            (updated, paid)
        };
        let paid = paid.unwrap().into_inner();
        let expected = if updated.is_ok() { 100 } else { 900 };
        assert_eq!(paid.total().minor(), expected);
        assert_eq!(money(&world), (expected, 0));
    }
}

#[tokio::test]
async fn a_second_checkout_after_the_pivot_is_too_late() {
    let world = Arc::new(World::new());
    let id = placed(&world).await;
    let call = held(&world, id, "pm_card_visa", 1, Gate::Answers).await;
    let refused = pay(&world, id, "pm_card_visa", None).await.unwrap_err();
    assert_eq!(refused.reason(), "ORDER_NOT_PENDING");
    go_on(&world, call).await.unwrap();
    assert_eq!(money(&world), (900, 0));
}

#[tokio::test]
async fn a_decline_and_a_cancel_hold_nothing_whichever_comes_first() {
    let world = Arc::new(World::new());
    let id = placed(&world).await;
    let call = held(&world, id, "pm_card_declined", 0, Gate::Answers).await;
    cancel(&world, id).await.unwrap();
    assert_eq!(go_on(&world, call).await.unwrap_err(), "ORDER_CANCELLED");
    assert_eq!(order(&world, id).await.checkout().failure_reason, "ORDER_CANCELLED");
    assert_eq!(statuses(&world), [PaymentStatus::Declined]);

    let world = World::new();
    let id = placed(&world).await;
    let refused = pay(&world, id, "pm_card_declined", None).await.unwrap_err();
    assert_eq!(refused.reason(), "CARD_DECLINED");
    cancel(&world, id).await.unwrap();
    let cancelled = order(&world, id).await;
    assert_eq!(cancelled.checkout().failure_reason, "CARD_DECLINED");
    assert_eq!((cancelled.checkout().expires_at, cancelled.work()), (None, None));
}

#[tokio::test]
async fn a_capture_refused_for_good_cancels_the_order_and_lets_the_money_go() {
    let world = World::new();
    let id = placed(&world).await;
    let refused = pay(&world, id, "pm_card_capture_refused", some_key("k"))
        .await
        .unwrap_err();
    assert_eq!(refused.reason(), "CAPTURE_FAILED");
    world.drain().await;
    assert_eq!(told(&world), ["RUNNING", "confirmed", "cancelled", "checkout_failed"]);
    assert_eq!(order(&world, id).await.snapshot().cancel_reason, "CAPTURE_FAILED");
    assert_eq!(statuses(&world), [PaymentStatus::Voided]);
    let refused = ship(&world, id).await.unwrap_err();
    assert_eq!(refused.reason(), "ILLEGAL_TRANSITION");
}

#[tokio::test]
async fn a_capture_refused_and_a_cancel_let_the_money_go_whichever_comes_first() {
    let world = Arc::new(World::new());
    let id = placed(&world).await;
    let call = held(&world, id, "pm_card_capture_refused", 1, Gate::Answers).await;
    cancel(&world, id).await.unwrap();
    assert_eq!(go_on(&world, call).await.unwrap_err(), "ORDER_CANCELLED");
    assert_eq!(state(&world, id).await, "CANCELLED REFUNDED");
    assert_eq!(statuses(&world), [PaymentStatus::Voided]);

    let world = World::new();
    let id = placed(&world).await;
    pay(&world, id, "pm_card_capture_refused", None).await.unwrap_err();
    cancel(&world, id).await.unwrap();
    world.drain().await;
    assert_eq!(state(&world, id).await, "CANCELLED FAILED");
    assert_eq!(order(&world, id).await.snapshot().cancel_reason, "CAPTURE_FAILED");
    assert_eq!(statuses(&world), [PaymentStatus::Voided]);
}
