//! Money on its way back: by cancelling, by staff, and by both.

use std::time::Duration;

use kernel::{Caller, Classify};
use order_core::{
    CheckoutState, OrderId, Status,
    testing::{Fault, World, customer},
};

use crate::shop::{cancel, clerk, delete, money, order, pay, placed, put_off, ship, some_key, state, told};

fn payments() -> Caller {
    Caller::service("paymentsvc", ["orders:sync".to_owned()])
}

async fn sync(world: &World, id: OrderId) {
    world.ordering.sync_payment(&payments(), id).await.unwrap();
}

async fn paid(world: &World, method: &str) -> OrderId {
    let id = placed(world).await;
    pay(world, id, method, None).await.unwrap();
    id
}

fn refund(world: &World, amount: i64) {
    let payment = world.payments.charges()[0].id;
    assert!(world.payments.refund_by_staff(payment, amount));
}

#[tokio::test]
async fn cancelling_a_paid_order_gives_all_of_it_back() {
    let world = World::new();
    let id = paid(&world, "pm_card_visa").await;
    let cancelled = cancel(&world, id).await.unwrap();
    assert_eq!(cancelled.checkout().state, CheckoutState::Refunding);
    world.tasks.settled().await;
    assert_eq!(told(&world)[3..], ["cancelled", "REFUNDING", "REFUNDED"]);
    assert_eq!(money(&world), (900, 900));
    let again = cancel(&world, id).await.unwrap();
    assert_eq!(again.checkout().state, CheckoutState::Refunded);
    assert_eq!(told(&world).len(), 6);
}

#[tokio::test]
async fn an_order_may_be_archived_while_its_money_is_on_its_way_back() {
    let world = World::new();
    let id = paid(&world, "pm_card_visa").await;
    world.payments.inject([Some(Fault::LostRequest)]);
    cancel(&world, id).await.unwrap();
    put_off(&world, id).await;
    let asked = world.payments.asked();
    delete(&world, id).await.unwrap();
    world.tasks.settled().await;
    assert_eq!(world.payments.asked(), asked, "whoever put it off goes on with it");
    world.drain().await;
    assert_eq!(state(&world, id).await, "CANCELLED REFUNDED");
    assert!(order(&world, id).await.is_archived());
}

#[tokio::test]
async fn an_order_follows_what_staff_give_back() {
    for moves in 0..3 {
        let world = World::new();
        let id = paid(&world, "pm_card_visa").await;
        if moves > 0 {
            ship(&world, id).await.unwrap();
        }
        if moves > 1 {
            crate::shop::become_status(&world, id, Status::Delivered).await.unwrap();
        }
        let before = told(&world).len();
        sync(&world, id).await;
        assert_eq!(told(&world).len(), before, "nothing was given back");
        refund(&world, 1);
        sync(&world, id).await;
        sync(&world, id).await;
        refund(&world, 898);
        sync(&world, id).await;
        assert_eq!(
            order(&world, id).await.checkout().state,
            CheckoutState::PartiallyRefunded
        );
        refund(&world, 1);
        sync(&world, id).await;
        sync(&world, id).await;
        assert_eq!(told(&world)[before..], ["PARTIALLY_REFUNDED", "REFUNDED"]);
        let actor = world.orders.log().pop().unwrap().actor;
        assert_eq!(actor, payments().to_string());
    }
}

#[tokio::test]
async fn a_part_that_staff_gave_back_is_not_given_back_twice() {
    let world = World::new();
    let id = paid(&world, "pm_card_visa").await;
    refund(&world, 300);
    sync(&world, id).await;
    cancel(&world, id).await.unwrap();
    world.drain().await;
    assert_eq!(money(&world), (900, 900));
    assert_eq!(state(&world, id).await, "CANCELLED REFUNDED");
}

#[tokio::test]
async fn an_order_whose_money_staff_gave_back_is_neither_shipped_nor_refunded_again() {
    let world = World::new();
    let id = paid(&world, "pm_card_visa").await;
    refund(&world, 900);
    sync(&world, id).await;
    assert_eq!(ship(&world, id).await.unwrap_err().reason(), "PAYMENT_NOT_CAPTURED");
    let asked = world.payments.asked();
    cancel(&world, id).await.unwrap();
    world.drain().await;
    assert_eq!(state(&world, id).await, "CANCELLED REFUNDED");
    assert_eq!(world.payments.asked(), asked);
}

#[tokio::test]
async fn a_refund_of_staff_that_the_order_has_not_heard_of_is_counted() {
    for amount in [300, 900] {
        let world = World::new();
        let id = paid(&world, "pm_card_visa").await;
        refund(&world, amount);
        cancel(&world, id).await.unwrap();
        world.drain().await;
        assert_eq!(money(&world), (900, 900));
        assert_eq!(state(&world, id).await, "CANCELLED REFUNDED");
    }
}

/// An order that is cancelled while a refund of 300 by staff is undecided; the rest is back.
async fn cancelled_while_staff_refund(world: &World) -> OrderId {
    let id = paid(world, "pm_card_visa").await;
    let payment = world.payments.charges()[0].id;
    assert!(world.payments.begin_refund_by_staff(payment, 300));
    cancel(world, id).await.unwrap();
    world.tasks.settled().await;
    assert_eq!(money(world), (900, 600));
    id
}

#[tokio::test]
async fn money_is_not_back_before_every_part_of_it_is() {
    let world = World::new();
    let id = cancelled_while_staff_refund(&world).await;
    assert_eq!(state(&world, id).await, "CANCELLED REFUNDING");
    assert!(order(&world, id).await.work().is_some(), "it is looked at again");
    world.payments.end_refunds_by_staff();
    world.drain().await;
    assert_eq!(money(&world), (900, 900));
    assert_eq!(state(&world, id).await, "CANCELLED REFUNDED");
}

#[tokio::test]
async fn what_staff_were_refused_to_give_back_is_given_back_with_the_rest() {
    let world = World::new();
    let id = cancelled_while_staff_refund(&world).await;
    world.payments.refuse_refunds_by_staff();
    world.drain().await;
    assert_eq!(money(&world), (900, 900));
    assert_eq!(state(&world, id).await, "CANCELLED REFUNDED");
}

#[tokio::test]
async fn a_hold_that_is_not_let_go_of_is_asked_for_until_it_is() {
    let world = World::new();
    let id = placed(&world).await;
    world.payments.inject([Some(Fault::LostReply)]);
    let call = pay(&world, id, "pm_card_void_refused", None);
    let meanwhile = async {
        put_off(&world, id).await;
        cancel(&world, id).await.unwrap();
        world.tasks.settled().await;
    };
    let (refused, ()) = tokio::join!(call, meanwhile);
    assert_eq!(refused.unwrap_err().reason(), "ORDER_CANCELLED");
    assert_eq!(state(&world, id).await, "CANCELLED FAILED");

    world.clock.advance(Duration::from_hours(25));
    world.work().await;
    let stuck = order(&world, id).await;
    assert_eq!(stuck.checkout().state, CheckoutState::NeedsAttention);
    assert_eq!(stuck.checkout().failure_reason, "ORDER_CANCELLED");
    assert_eq!(
        pay(&world, id, "pm_card_visa", None).await.unwrap_err().reason(),
        "ORDER_NOT_PENDING"
    );

    world.payments.relent();
    world.drain().await;
    let over = order(&world, id).await;
    assert_eq!(over.checkout().state, CheckoutState::Failed);
    assert_eq!(over.checkout().failure_reason, "ORDER_CANCELLED");
    assert_eq!(over.work(), None);
    assert!(world.payments.charges()[0].is_all_back());
}

#[tokio::test]
async fn a_refund_that_was_refused_waits_for_staff_and_the_order_follows() {
    let world = World::new();
    let id = paid(&world, "pm_card_refund_refused").await;
    cancel(&world, id).await.unwrap();
    world.drain().await;
    let stuck = order(&world, id).await;
    assert_eq!(stuck.checkout().state, CheckoutState::Refunding);
    assert_eq!(stuck.checkout().failure_reason, "REFUND_FAILED");
    assert_eq!(stuck.work(), None);
    refund(&world, 500);
    sync(&world, id).await;
    assert_eq!(order(&world, id).await, stuck);
    refund(&world, 400);
    sync(&world, id).await;
    let back = order(&world, id).await;
    assert_eq!(back.checkout().state, CheckoutState::Refunded);
    assert_eq!(back.checkout().failure_reason, "");
    assert_eq!(told(&world)[3..], ["cancelled", "REFUNDING", "REFUNDING", "REFUNDED"]);
}

#[tokio::test]
async fn an_order_follows_what_staff_gave_back_before_it_heard_of_the_capture() {
    let world = World::new();
    let id = placed(&world).await;
    world.payments.inject([None, Some(Fault::LostReply)]);
    let call = pay(&world, id, "pm_card_visa", None);
    let meanwhile = async {
        put_off(&world, id).await;
        refund(&world, 400);
        sync(&world, id).await;
    };
    let (paid, ()) = tokio::join!(call, meanwhile);
    paid.unwrap();
    assert_eq!(state(&world, id).await, "CONFIRMED PARTIALLY_REFUNDED");
    assert_eq!(money(&world), (900, 400));
}

#[tokio::test]
async fn a_key_has_one_answer_whatever_became_of_the_order_before_it_was_given() {
    let world = World::new();
    let id = placed(&world).await;
    world.payments.inject([None, Some(Fault::LostReply)]);
    let mut call = Box::pin(pay(&world, id, "pm_card_visa", some_key("k")));
    tokio::select! {
        biased;
        () = put_off(&world, id) => {}
        answered = &mut call => panic!("{answered:?}"),
    }
    refund(&world, 400);
    sync(&world, id).await;
    assert_eq!(state(&world, id).await, "CONFIRMED PARTIALLY_REFUNDED");
    let first = call.await.unwrap().into_inner();
    let again = pay(&world, id, "pm_card_visa", some_key("k")).await.unwrap();
    assert_eq!(first, again.into_inner());
}

#[tokio::test]
async fn syncing_goes_on_with_what_was_missed() {
    for (answered, before) in [(0, "PENDING RUNNING"), (1, "CONFIRMED RUNNING")] {
        let world = World::new();
        let id = placed(&world).await;
        let mut faults = vec![None; answered];
        faults.push(Some(Fault::LostReply));
        world.payments.inject(faults);
        let call = pay(&world, id, "pm_card_visa", None);
        let waits = async {
            put_off(&world, id).await;
            assert_eq!(state(&world, id).await, before);
            sync(&world, id).await;
        };
        let (paid, ()) = tokio::join!(call, waits);
        paid.unwrap();
        assert_eq!(state(&world, id).await, "CONFIRMED PAID");
        assert_eq!(money(&world), (900, 0));
    }
}

#[tokio::test]
async fn syncing_what_is_not_paid_for_changes_nothing() {
    let world = World::new();
    let id = placed(&world).await;
    sync(&world, id).await;
    pay(&world, id, "pm_card_declined", None).await.unwrap_err();
    let before = order(&world, id).await;
    sync(&world, id).await;
    assert_eq!(order(&world, id).await, before);
    let none = OrderId::new(uuid::Uuid::from_u128(404));
    let refused = world.ordering.sync_payment(&clerk(), none).await.unwrap_err();
    assert_eq!(refused.reason(), "ORDER_NOT_FOUND");
    let refused = world.ordering.sync_payment(&customer(2), id).await.unwrap_err();
    assert_eq!(refused.reason(), "ORDER_NOT_FOUND");
}
