//! Calls that meet a checkout that runs, and calls that end before it does.

use std::time::Duration;

use api::order::v1::{CheckoutState, OrderStatus};
use order_core::Ask;
use tonic::{Code, Request, Status};

use crate::{
    checkout::{Calling, begin, call},
    requests::{checkout, place, with_key},
    world::{TestWorld, fact, is_in, is_replayed, refusal, state, told},
};

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: make test"]
async fn calls_with_the_same_key_join_the_checkout_on_every_replica() {
    let world = TestWorld::new().await;
    let (here, there) = (world.start().await, world.start().await);
    let mut alice = world.alice(&here);
    for (method, expected) in [
        ("pm_card_visa", Code::Ok),
        ("pm_card_declined", Code::FailedPrecondition),
    ] {
        let order = place(&mut alice).await;
        let request = || with_key(checkout(&order, method), method);
        world.payments.hold(Ask::Authorize);
        let first = begin(&world, &alice, request()).await;
        let joined: Vec<Calling> = [world.alice(&here), world.alice(&there)]
            .map(|client| call(&client, request()))
            .into();
        let mut reusing = world.alice(&there);
        let other = reusing
            .checkout_order(with_key(checkout(&order, "pm_other"), method))
            .await;
        assert_eq!(told(other), refusal(Code::FailedPrecondition, "IDEMPOTENCY_KEY_REUSED"));
        assert!(!first.is_finished());
        world.payments.open();
        let first = first.await.unwrap();
        assert_eq!(first.as_ref().err().map_or(Code::Ok, Status::code), expected);
        let mut later = world.alice(&there);
        let mut outcomes = vec![later.checkout_order(request()).await];
        for call in joined {
            outcomes.push(call.await.unwrap());
        }
        for outcome in outcomes {
            match (&first, outcome) {
                (Ok(first), Ok(again)) => {
                    assert!(is_replayed(again.metadata()));
                    assert_eq!(again.get_ref(), first.get_ref());
                }
                (Err(first), Err(again)) => {
                    assert!(is_replayed(again.metadata()));
                    assert_eq!((again.code(), again.message()), (first.code(), first.message()));
                    for name in ["order_id", "payment_id", "attempt"] {
                        assert!(!fact(&again, name).is_empty(), "{name}");
                        assert_eq!(fact(&again, name), fact(first, name));
                    }
                }
                (first, again) => panic!("{first:?} {again:?}"),
            }
        }
    }
    assert_eq!(world.payments.inner.charges().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: make test"]
async fn another_call_is_told_that_a_checkout_runs_and_may_come_again() {
    let world = TestWorld::new().await;
    let running = world.start().await;
    let mut alice = world.alice(&running);
    let order = place(&mut alice).await;
    world.payments.hold(Ask::Authorize);
    let first = begin(&world, &alice, with_key(checkout(&order, "pm_card_declined"), "one")).await;
    for request in [
        Request::new(checkout(&order, "pm_card_visa")),
        with_key(checkout(&order, "pm_card_visa"), "two"),
    ] {
        let refused = alice.checkout_order(request).await.unwrap_err();
        assert!(wire::retry_after_of(&refused).is_some());
        assert_eq!(
            told::<()>(Err(refused)),
            refusal(Code::FailedPrecondition, "CHECKOUT_RUNNING")
        );
    }
    world.payments.open();
    assert_eq!(
        told(first.await.unwrap()),
        refusal(Code::FailedPrecondition, "CARD_DECLINED")
    );

    // What was told to come again was not kept.
    let second = alice
        .checkout_order(with_key(checkout(&order, "pm_card_visa"), "two"))
        .await
        .unwrap();
    assert!(!is_replayed(second.metadata()));
    let late = alice
        .checkout_order(with_key(checkout(&order, "pm_card_visa"), "three"))
        .await;
    assert_eq!(told(late), refusal(Code::FailedPrecondition, "ORDER_NOT_PENDING"));
    assert_eq!(world.payments.keys(Ask::Authorize).len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: make test"]
async fn a_checkout_goes_on_when_its_caller_is_gone() {
    let world = TestWorld::new().await;
    let running = world.start_without_tasks().await;
    let mut alice = world.alice(&running);
    let order = place(&mut alice).await;
    world.payments.hold(Ask::Authorize);
    let calling = begin(&world, &alice, with_key(checkout(&order, "pm_card_visa"), "k")).await;
    calling.abort();
    assert!(calling.await.unwrap_err().is_cancelled());
    world.payments.open();
    let paid = is_in(&alice, &order, OrderStatus::Confirmed, CheckoutState::Paid).await;
    let again = alice
        .checkout_order(with_key(checkout(&order, "pm_card_visa"), "k"))
        .await
        .unwrap();
    assert!(is_replayed(again.metadata()));
    assert_eq!(again.into_inner().order.unwrap(), paid);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: make test"]
async fn a_confirmed_order_is_answered_when_the_deadline_is_near() {
    let world = TestWorld::new().await;
    let running = world.start().await;
    let mut alice = world.alice(&running);
    let order = place(&mut alice).await;
    world.payments.hold(Ask::Capture);
    let mut request = with_key(checkout(&order, "pm_card_visa"), "k");
    request.set_timeout(Duration::from_secs(2));
    let answered = alice.checkout_order(request).await.unwrap().into_inner().order.unwrap();
    assert_eq!(state(&answered), (OrderStatus::Confirmed, CheckoutState::Running));
    world.payments.open();
    let paid = is_in(&alice, &order, OrderStatus::Confirmed, CheckoutState::Paid).await;
    let again = alice
        .checkout_order(with_key(checkout(&order, "pm_card_visa"), "k"))
        .await
        .unwrap();
    assert_eq!(again.into_inner().order.unwrap(), paid);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: make test"]
async fn a_deadline_that_passes_before_the_pivot_ends_the_call_only() {
    let world = TestWorld::new().await;
    let running = world.start().await;
    let mut alice = world.alice(&running);
    let order = place(&mut alice).await;
    world.payments.hold(Ask::Authorize);
    let mut request = Request::new(checkout(&order, "pm_card_visa"));
    request.set_timeout(Duration::from_millis(500));
    let late = alice.checkout_order(request).await.unwrap_err();
    // Both sides watch the time; tonic's client calls it CANCELLED.
    assert!(
        matches!(late.code(), Code::DeadlineExceeded | Code::Cancelled),
        "{late:?}"
    );
    world.payments.open();
    is_in(&alice, &order, OrderStatus::Confirmed, CheckoutState::Paid).await;
}
