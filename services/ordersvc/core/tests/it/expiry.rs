//! Orders that nobody pays for in time.

use std::time::Duration;

use kernel::Classify;
use order_core::{
    CheckoutPolicy,
    testing::{World, draft},
};

use crate::shop::{money, order, pay, place, placed, state};

#[tokio::test]
async fn an_order_expires_half_an_hour_after_its_last_failed_attempt() {
    let world = World::new();
    let id = placed(&world).await;
    pay(&world, id, "pm_card_declined", None).await.unwrap_err();
    world.clock.advance(Duration::from_mins(29));
    pay(&world, id, "pm_card_declined", None).await.unwrap_err();
    world.clock.advance(Duration::from_mins(29));
    world.work().await;
    assert_eq!(state(&world, id).await, "PENDING FAILED");
    world.clock.advance(Duration::from_mins(1));
    world.work().await;
    assert_eq!(state(&world, id).await, "CANCELLED FAILED");
    let expired = order(&world, id).await;
    assert_eq!(expired.snapshot().cancel_reason, "PAYMENT_TIMEOUT");
    assert_eq!(expired.checkout().failure_reason, "CARD_DECLINED");
    assert_eq!((expired.checkout().expires_at, expired.work()), (None, None));
    let refused = pay(&world, id, "pm_card_visa", None).await.unwrap_err();
    assert_eq!(refused.reason(), "ORDER_NOT_PENDING");
}

#[tokio::test]
async fn orders_that_nobody_tried_to_pay_expire_only_where_it_is_configured() {
    let patient = World::new();
    let id = placed(&patient).await;
    patient.clock.advance(Duration::from_hours(24 * 365));
    patient.work().await;
    assert_eq!(state(&patient, id).await, "PENDING NONE");

    let strict = World::with_policy(CheckoutPolicy {
        unpaid_expires_after: Some(Duration::from_hours(1)),
        ..CheckoutPolicy::default()
    });
    let id = placed(&strict).await;
    let paid = place(&strict, draft()).await;
    pay(&strict, paid, "pm_card_visa", None).await.unwrap();
    strict.clock.advance(Duration::from_mins(59));
    strict.work().await;
    assert_eq!(state(&strict, id).await, "PENDING NONE");
    strict.clock.advance(Duration::from_mins(1));
    strict.work().await;
    assert_eq!(state(&strict, id).await, "CANCELLED NONE");
    assert_eq!(state(&strict, paid).await, "CONFIRMED PAID");
}

#[tokio::test]
async fn of_an_expiry_and_a_checkout_the_first_wins() {
    let expired = async || {
        let world = World::new();
        let id = placed(&world).await;
        pay(&world, id, "pm_card_declined", None).await.unwrap_err();
        world.clock.advance(Duration::from_mins(30));
        (world, id)
    };
    let (world, id) = expired().await;
    world.work().await;
    let refused = pay(&world, id, "pm_card_visa", None).await.unwrap_err();
    assert_eq!(refused.reason(), "ORDER_NOT_PENDING");
    assert_eq!(state(&world, id).await, "CANCELLED FAILED");

    let (world, id) = expired().await;
    let due = world.ordering.take_due(1).await.unwrap().remove(0);
    pay(&world, id, "pm_card_visa", None).await.unwrap();
    world.ordering.resume(due).await.unwrap();
    assert_eq!(state(&world, id).await, "CONFIRMED PAID");

    let (world, id) = expired().await;
    let (paid, ()) = tokio::join!(pay(&world, id, "pm_card_visa", None), world.work());
    world.drain().await;
    match paid {
        Ok(_) => assert_eq!(
            (state(&world, id).await, money(&world)),
            ("CONFIRMED PAID".to_owned(), (900, 0))
        ),
        Err(_) => assert_eq!(
            (state(&world, id).await, money(&world)),
            ("CANCELLED FAILED".to_owned(), (0, 0))
        ),
    }
}
