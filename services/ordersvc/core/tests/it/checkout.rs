//! Paying: what the caller is answered, under which key, and when.

use kernel::{Change, Classify, ErrorKind, Etag};
use order_core::{
    CheckoutError, CheckoutState, OrderDraft, PaymentStatus, PlaceOrder, Status,
    testing::{World, customer, draft, item},
};

use crate::shop::{
    cancel, clerk, me, money, order, pay, pay_as, place, placed, ship, some_key, state, told, update, with,
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
