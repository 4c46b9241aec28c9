//! How long the caller of a checkout waits, and what is answered when time is short.

use std::{sync::Arc, time::Duration};

use kernel::Classify;
use order_core::{
    CheckoutState, Status,
    testing::{Fault, World},
};

use crate::shop::{me, pay, placed, put_off, some_key, state, with};

#[tokio::test]
async fn a_checkout_goes_on_when_its_caller_is_gone() {
    let world = World::new();
    let id = placed(&world).await;
    let call = pay(&world, id, "pm_card_visa", some_key("k"));
    let mut call = Box::pin(call);
    while world.payments.asked() == 0 {
        let _ = futures::poll!(&mut call);
        tokio::task::yield_now().await;
    }
    drop(call);
    world.tasks.settled().await;
    assert_eq!(state(&world, id).await, "CONFIRMED PAID");
    assert!(
        pay(&world, id, "pm_card_visa", some_key("k"))
            .await
            .unwrap()
            .is_replayed()
    );
}

#[tokio::test(start_paused = true)]
async fn a_confirmed_order_is_answered_when_the_time_is_nearly_over() {
    let world = World::new();
    let id = placed(&world).await;
    world.payments.inject([None, Some(Fault::Undecided)]);
    let began = tokio::time::Instant::now();
    let answer = pay(&world, id, "pm_card_visa", some_key("k"))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(
        (answer.status(), answer.checkout().state),
        (Status::Confirmed, CheckoutState::Running)
    );
    assert_eq!(began.elapsed(), Duration::from_millis(9_750));
    let began = tokio::time::Instant::now();
    let joined = pay(&world, id, "pm_card_visa", some_key("k")).await.unwrap();
    assert_eq!(joined.into_inner().checkout().state, CheckoutState::Running);
    assert_eq!(began.elapsed(), Duration::from_millis(9_750));
    world.drain().await;
    let paid = pay(&world, id, "pm_card_visa", some_key("k")).await.unwrap();
    assert_eq!(paid.into_inner().checkout().state, CheckoutState::Paid);
}

#[tokio::test(start_paused = true)]
async fn an_order_that_may_still_fail_is_not_answered_for_want_of_time() {
    let world = World::new();
    let id = placed(&world).await;
    world.payments.inject([Some(Fault::Undecided)]);
    let call = pay(&world, id, "pm_card_visa", None);
    let late = tokio::time::timeout(Duration::from_secs(60), call).await;
    assert!(late.is_err(), "{late:?}");
    world.payments.inject([None, Some(Fault::Undecided)]);
    world.clock.advance(Duration::from_secs(1));
    world.work().await;
    assert_eq!(state(&world, id).await, "CONFIRMED RUNNING");
}

#[tokio::test(start_paused = true)]
async fn who_waits_too_long_is_answered_as_soon_as_the_order_is_confirmed() {
    let world = Arc::new(World::new());
    let id = placed(&world).await;
    world.payments.inject([Some(Fault::Undecided)]);
    let call = tokio::spawn({
        let world = world.clone();
        async move {
            let within = Some(Duration::from_millis(400));
            world
                .ordering
                .checkout(&me(), with(id, "pm_card_visa"), None, within)
                .await
        }
    });
    tokio::time::sleep(Duration::from_millis(350)).await;
    world.payments.inject([None, Some(Fault::Undecided)]);
    world.clock.advance(Duration::from_secs(1));
    world.work().await;
    let answer = call.await.unwrap().unwrap().into_inner();
    assert_eq!(answer.checkout().state, CheckoutState::Running);
}

#[tokio::test]
async fn an_attempt_that_another_one_followed_is_answered_as_it_ended() {
    let world = Arc::new(World::new());
    let id = placed(&world).await;
    world.payments.inject([Some(Fault::Undecided)]);
    let mut call = Box::pin(pay(&world, id, "pm_card_declined", None));
    while world.payments.asked() == 0 {
        let _ = futures::poll!(&mut call);
        tokio::task::yield_now().await;
    }
    put_off(&world, id).await;
    world.clock.advance(Duration::from_secs(1));
    world.work().await;
    assert_eq!(state(&world, id).await, "PENDING FAILED");
    pay(&world, id, "pm_card_visa", None).await.unwrap();
    let refused = call.await.unwrap_err();
    assert_eq!(refused.reason(), "CARD_DECLINED");
    assert!(refused.metadata().contains(&("attempt".to_owned(), "1".to_owned())));
}
