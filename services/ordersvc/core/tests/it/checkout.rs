//! Paying: what the caller is answered, under which key, and when.

use std::{sync::Arc, time::Duration};

use kernel::{Change, Classify, ErrorKind, Etag};
use order_core::{
    CheckoutError, CheckoutState, OrderDraft, PaymentStatus, PlaceOrder, Status,
    ports::Orders,
    testing::{Fault, World, customer, draft, item, key},
};

use crate::shop::{
    cancel, clerk, me, money, order, pay, pay_as, place, placed, put_off, ship, some_key, state, told, update, with,
};

#[tokio::test]
async fn an_order_is_paid_for_and_everybody_hears_of_it() {
    let world = World::new();
    let id = placed(&world).await;
    let paid = pay(&world, id, "pm_card_visa", None).await.unwrap();
    assert!(!paid.is_replayed());
    let paid = paid.into_inner();
    assert_eq!(
        (paid.status(), paid.checkout().state),
        (Status::Confirmed, CheckoutState::Paid)
    );
    assert_eq!(told(&world), ["RUNNING", "confirmed", "PAID"]);
    assert_eq!(money(&world), (900, 0));
    let actors: Vec<String> = world.orders.log().into_iter().map(|event| event.actor).collect();
    let customer = me().to_string();
    assert_eq!(actors, [&customer, &customer, "service:ordersvc", "service:ordersvc"]);
    let charge = &world.payments.charges()[0];
    assert_eq!(paid.checkout().payment_id, Some(charge.id));
    assert_eq!(charge.order_id, id);
}

#[tokio::test]
async fn a_declined_card_can_be_followed_by_a_good_one() {
    let world = World::new();
    let id = placed(&world).await;
    let refused = pay(&world, id, "pm_card_declined", some_key("first"))
        .await
        .unwrap_err();
    let CheckoutError::Failed(failed) = &refused else {
        panic!("{refused:?}");
    };
    assert_eq!(
        (refused.kind(), refused.reason()),
        (ErrorKind::WrongState, "CARD_DECLINED")
    );
    assert_eq!((failed.order_id, failed.attempt), (id, 1));
    assert_eq!(failed.payment_id, Some(world.payments.charges()[0].id));
    assert_eq!(state(&world, id).await, "PENDING FAILED");

    let paid = pay(&world, id, "pm_card_visa", some_key("second"))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(paid.checkout().attempt, 2);
    assert_eq!(
        told(&world),
        ["RUNNING", "checkout_failed", "RUNNING", "confirmed", "PAID"]
    );
    assert_eq!(money(&world), (900, 0));

    let again = pay(&world, id, "pm_card_declined", some_key("first"))
        .await
        .unwrap_err();
    assert!(matches!(again, CheckoutError::Write(_)), "{again:?}");
    assert_eq!(again.reason(), "CARD_DECLINED");
    assert_eq!(again.metadata(), refused.metadata());
    assert_eq!(again.to_string(), refused.to_string());
    let again = pay(&world, id, "pm_card_visa", some_key("second")).await.unwrap();
    assert_eq!(again, Change::Replayed(paid.as_answered()));
    assert_eq!(world.payments.charges().len(), 2);
}

#[tokio::test]
async fn one_key_is_for_one_request() {
    let world = World::new();
    let id = placed(&world).await;
    world.payments.inject([Some(Fault::Undecided)]);
    let running = tokio::spawn({
        let ordering = world.ordering.clone();
        async move {
            ordering
                .checkout(&me(), with(id, "pm_card_visa"), some_key("k"), None)
                .await
        }
    });
    put_off(&world, id).await;
    let other = || Some(key(&me(), "k", 2));
    let refused = pay(&world, id, "pm_card_declined", other()).await.unwrap_err();
    assert_eq!(refused.reason(), "IDEMPOTENCY_KEY_REUSED");
    let elsewhere = placed(&world).await;
    let refused = pay(&world, elsewhere, "pm_card_visa", other()).await.unwrap_err();
    assert_eq!(refused.reason(), "IDEMPOTENCY_KEY_REUSED");
    assert_eq!(state(&world, elsewhere).await, "PENDING NONE");
    world.drain().await;
    running.await.unwrap().unwrap();
    let refused = pay(&world, id, "pm_card_declined", other()).await.unwrap_err();
    assert_eq!(refused.reason(), "IDEMPOTENCY_KEY_REUSED");
    assert_eq!(money(&world), (900, 0));
}

#[tokio::test]
async fn the_same_key_joins_a_checkout_that_runs_elsewhere() {
    let world = World::new();
    let id = placed(&world).await;
    for (method, captured) in [("pm_card_declined", 0), ("pm_card_visa", 900)] {
        world.payments.inject([Some(Fault::LostReply)]);
        let call = || {
            let ordering = world.ordering.clone();
            async move { ordering.checkout(&me(), with(id, method), some_key(method), None).await }
        };
        let first = tokio::spawn(call());
        put_off(&world, id).await;
        let joined: Vec<_> = (0..5).map(|_| tokio::spawn(call())).collect();
        tokio::task::yield_now().await;
        world.drain().await;
        let first = first.await.unwrap();
        for call in joined {
            match (call.await.unwrap(), &first) {
                (Ok(joined), Ok(first)) => {
                    assert!(joined.is_replayed());
                    assert_eq!(joined.into_inner().snapshot(), first.clone().into_inner().snapshot());
                }
                (Err(joined), Err(first)) => assert_eq!(joined.reason(), first.reason()),
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(money(&world), (captured, 0));
    }
    assert_eq!(world.payments.charges().len(), 2);
}

#[tokio::test]
async fn two_checkouts_with_one_key_at_once_are_one() {
    let world = World::new();
    let id = placed(&world).await;
    let (one, other) = tokio::join!(
        pay(&world, id, "pm_card_visa", some_key("k")),
        pay(&world, id, "pm_card_visa", some_key("k"))
    );
    let (one, other) = (one.unwrap(), other.unwrap());
    assert_ne!(one.is_replayed(), other.is_replayed());
    assert_eq!(one.into_inner().snapshot(), other.into_inner().snapshot());
    assert_eq!(world.payments.charges().len(), 1);
}

#[tokio::test]
async fn another_key_or_none_meets_a_running_checkout() {
    let world = World::new();
    let id = placed(&world).await;
    world.payments.inject([Some(Fault::Undecided)]);
    let first = tokio::spawn({
        let ordering = world.ordering.clone();
        async move {
            ordering
                .checkout(&me(), with(id, "pm_card_visa"), some_key("k"), None)
                .await
        }
    });
    put_off(&world, id).await;
    for other in [None, some_key("other"), Some(key(&clerk(), "k", 1))] {
        let refused = pay_as(&world, &clerk(), with(id, "pm_card_visa"), other)
            .await
            .unwrap_err();
        assert_eq!(
            (refused.kind(), refused.reason()),
            (ErrorKind::WrongState, "CHECKOUT_RUNNING")
        );
        assert_eq!(refused.retry_after(), Some(Duration::from_secs(1)));
    }
    world.drain().await;
    first.await.unwrap().unwrap();
    assert_eq!(world.payments.charges().len(), 1);
}

#[tokio::test]
async fn a_refusal_that_passes_is_not_kept_and_one_that_stays_is() {
    let world = World::new();
    let id = placed(&world).await;
    world.payments.inject([Some(Fault::Undecided)]);
    let first = tokio::spawn({
        let ordering = world.ordering.clone();
        async move { ordering.checkout(&me(), with(id, "pm_card_declined"), None, None).await }
    });
    put_off(&world, id).await;
    let k = key(&me(), "k", 1);
    let refused = pay(&world, id, "pm_card_visa", Some(k.clone())).await.unwrap_err();
    assert_eq!(refused.reason(), "CHECKOUT_RUNNING");
    assert_eq!(world.orders.find_kept(&k).await.unwrap(), None);
    world.drain().await;
    assert_eq!(first.await.unwrap().unwrap_err().reason(), "CARD_DECLINED");
    pay(&world, id, "pm_card_visa", Some(k)).await.unwrap();

    let late = some_key("late");
    for _ in 0..2 {
        let refused = pay(&world, id, "pm_card_visa", late.clone()).await.unwrap_err();
        assert_eq!(refused.reason(), "ORDER_NOT_PENDING");
    }
    assert!(world.orders.find_kept(&late.unwrap()).await.unwrap().is_some());
}

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

#[tokio::test]
async fn what_costs_nothing_is_paid_without_payments_and_answered_again() {
    let world = World::new();
    let free = OrderDraft {
        items: vec![item("leaflet", 3, 0)],
        ..draft()
    };
    let id = place(&world, free).await;
    let paid = pay(&world, id, "", some_key("k")).await.unwrap().into_inner();
    assert_eq!(paid.checkout().state, CheckoutState::Paid);
    assert_eq!(told(&world), ["RUNNING", "confirmed", "PAID"]);
    let again = pay(&world, id, "", some_key("k")).await.unwrap();
    assert_eq!(again, Change::Replayed(paid));
    assert_eq!(world.payments.asked(), 0);
    cancel(&world, id).await.unwrap();
    assert_eq!(state(&world, id).await, "CANCELLED REFUNDED");
}

#[tokio::test]
async fn what_is_asked_of_payments_is_the_total_in_its_currency() {
    for (prices, currency) in [
        (vec![1], "JPY"),
        (vec![1_234, 1], "KWD"),
        (vec![i64::MAX], "USD"),
        (vec![i64::MAX - 7, 7], "JPY"),
    ] {
        let world = World::new();
        let total: i64 = prices.iter().sum();
        let huge = OrderDraft {
            items: prices.iter().map(|price| item("gold", 1, *price)).collect(),
            currency_code: currency.to_owned(),
            ..draft()
        };
        let id = place(&world, huge).await;
        pay(&world, id, "pm_card_visa", None).await.unwrap();
        let charge = world.payments.charges().remove(0);
        assert_eq!(
            (charge.amount.minor(), charge.amount.currency().as_str()),
            (total, currency)
        );
        assert_eq!(money(&world), (total, 0));
        cancel(&world, id).await.unwrap();
        world.drain().await;
        assert_eq!(money(&world), (total, total));
        assert_eq!(state(&world, id).await, "CANCELLED REFUNDED");
    }
}

#[tokio::test]
async fn an_order_placed_with_a_payment_method_is_paid_for_in_the_background() {
    let world = World::new();
    let input = PlaceOrder {
        draft: draft(),
        payment_method: "pm_card_visa".to_owned(),
        ..PlaceOrder::default()
    };
    let first = world
        .ordering
        .place(&me(), input.clone(), some_key("k"))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(
        (first.status(), first.checkout().state),
        (Status::Pending, CheckoutState::Running)
    );
    let again = world.ordering.place(&me(), input, some_key("k")).await.unwrap();
    assert_eq!(again, Change::Replayed(first.clone().as_answered()));
    world.tasks.settled().await;
    assert_eq!(state(&world, first.id()).await, "CONFIRMED PAID");
    assert_eq!(world.payments.charges().len(), 1);
    assert_eq!(told(&world), ["RUNNING", "confirmed", "PAID"]);
}

#[tokio::test]
async fn a_payment_method_that_is_none_places_no_order() {
    let world = World::new();
    let input = PlaceOrder {
        draft: draft(),
        payment_method: "x".repeat(65),
        ..PlaceOrder::default()
    };
    let refused = world.ordering.place(&me(), input, None).await.unwrap_err();
    assert_eq!(refused.violations()[0].field, "payment_method");
    assert!(world.orders.log().is_empty());
    let id = placed(&world).await;
    let refused = pay(&world, id, "", None).await.unwrap_err();
    assert_eq!(refused.violations()[0].description, "must be set");
}

#[tokio::test]
async fn a_checkout_of_an_older_version_is_refused() {
    let world = World::new();
    let id = placed(&world).await;
    let mut input = with(id, "pm_card_visa");
    input.etag = Some(Etag::of_version(1));
    update(&world, id).await.unwrap();
    let refused = pay_as(&world, &me(), input.clone(), None).await.unwrap_err();
    assert_eq!(
        (refused.kind(), refused.reason()),
        (ErrorKind::Conflict, "ETAG_MISMATCH")
    );
    input.etag = Some(Etag::of_version(2));
    pay_as(&world, &me(), input.clone(), some_key("k")).await.unwrap();
    let again = pay_as(&world, &me(), input, some_key("k")).await.unwrap();
    assert!(again.is_replayed());
}

#[tokio::test]
async fn another_customer_s_order_is_not_there_to_be_paid_for_and_staff_may() {
    let world = World::new();
    let id = placed(&world).await;
    let refused = pay_as(&world, &customer(2), with(id, "pm_card_visa"), None)
        .await
        .unwrap_err();
    assert_eq!(
        (refused.kind(), refused.reason()),
        (ErrorKind::NotFound, "ORDER_NOT_FOUND")
    );
    pay_as(&world, &clerk(), with(id, "pm_card_visa"), None).await.unwrap();
    ship(&world, id).await.unwrap();
    assert_eq!(order(&world, id).await.status(), Status::Shipped);
    assert_eq!(world.payments.charges()[0].status, PaymentStatus::Captured);
}
