//! What happens when two things meet while an order is being paid for: the table of the checkout rules.

use api::order::v1::{CheckoutState, OrderStatus, order_event::Type};
use order_core::{Ask, PaymentStatus, testing::Fault::LostReply};
use tonic::{Code, Request};

use crate::{
    checkout::{begin, call},
    requests::{becomes, cancel, checkout, delete, get, item, one_cake, pay, place, two_teas},
    watch::{live, next, watch},
    world::{TestWorld, fact, is_in, refusal, state, told},
};

const VISA: &str = "pm_card_visa";

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: make test"]
async fn cancelling_or_deleting_before_the_pivot_ends_the_checkout_and_lets_go_of_the_money() {
    let world = TestWorld::new().await;
    let running = world.start().await;
    let mut alice = world.alice(&running);
    for deletes in [false, true] {
        let order = place(&mut alice).await;
        let mut events = watch(&mut alice, "").await;
        live(&mut events).await;
        world.payments.hold(Ask::Authorize);
        let calling = begin(&world, &alice, Request::new(checkout(&order, VISA))).await;
        let given_up = if deletes {
            alice
                .delete_order(delete(&order))
                .await
                .unwrap()
                .into_inner()
                .order
                .unwrap()
        } else {
            alice
                .cancel_order(cancel(&order))
                .await
                .unwrap()
                .into_inner()
                .order
                .unwrap()
        };
        assert_eq!(state(&given_up), (OrderStatus::Cancelled, CheckoutState::Failed));
        assert_eq!(given_up.checkout.unwrap().failure_reason, "ORDER_CANCELLED");
        world.payments.open();
        let ended = calling.await.unwrap().unwrap_err();
        assert_eq!(
            (fact(&ended, "order_id"), fact(&ended, "attempt")),
            (order.id.clone(), "1".to_owned())
        );
        assert_eq!(
            told::<()>(Err(ended)),
            refusal(Code::FailedPrecondition, "ORDER_CANCELLED")
        );
        world.payments.settles(&order, PaymentStatus::Voided).await;
        let mut expected = vec![Type::CheckoutChanged, Type::Cancelled, Type::CheckoutChanged];
        expected.extend(deletes.then_some(Type::Deleted));
        for kind in expected {
            assert_eq!(next(&mut events).await.r#type(), kind);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: make test"]
async fn cancelling_after_the_pivot_lets_go_of_the_money_or_gives_it_back() {
    let world = TestWorld::new().await;
    let running = world.start().await;
    let mut alice = world.alice(&running);

    // The capture was not sent: nothing is ever taken.
    let order = place(&mut alice).await;
    world.payments.hold(Ask::Capture);
    let calling = call(&alice, Request::new(checkout(&order, VISA)));
    is_in(&alice, &order, OrderStatus::Confirmed, CheckoutState::Running).await;
    let cancelled = alice
        .cancel_order(cancel(&order))
        .await
        .unwrap()
        .into_inner()
        .order
        .unwrap();
    assert_eq!(state(&cancelled), (OrderStatus::Cancelled, CheckoutState::Refunding));
    is_in(&alice, &order, OrderStatus::Cancelled, CheckoutState::Refunded).await;
    world.payments.settles(&order, PaymentStatus::Voided).await;
    world.payments.open();
    assert_eq!(
        told(calling.await.unwrap()),
        refusal(Code::FailedPrecondition, "ORDER_CANCELLED")
    );

    // The answer to the capture was lost: it is found out, and the money goes back.
    let order = place(&mut alice).await;
    world.payments.inner.inject([None, Some(LostReply)]);
    world.payments.hold(Ask::Refund);
    let calling = call(&alice, Request::new(checkout(&order, VISA)));
    world.payments.settles(&order, PaymentStatus::Captured).await;
    alice.cancel_order(cancel(&order)).await.unwrap();
    drop(calling.await.unwrap());
    world.payments.open();
    is_in(&alice, &order, OrderStatus::Cancelled, CheckoutState::Refunded).await;
    world.payments.settles(&order, PaymentStatus::Refunded).await;

    // It is paid for.
    let order = place(&mut alice).await;
    pay(&mut alice, &order).await;
    let mut events = watch(&mut alice, "").await;
    live(&mut events).await;
    alice.cancel_order(cancel(&order)).await.unwrap();
    for (kind, checkout) in [
        (Type::Cancelled, CheckoutState::Paid),
        (Type::CheckoutChanged, CheckoutState::Refunding),
        (Type::CheckoutChanged, CheckoutState::Refunded),
    ] {
        let event = next(&mut events).await;
        assert_eq!((event.r#type(), state(&event.order.unwrap()).1), (kind, checkout));
    }
    world.payments.settles(&order, PaymentStatus::Refunded).await;

    // It cost nothing.
    let mut free = two_teas();
    free.items = vec![item("gift", 1, 0)];
    let order = alice.create_order(free).await.unwrap().into_inner().order.unwrap();
    alice.checkout_order(checkout(&order, "")).await.unwrap();
    let cancelled = alice
        .cancel_order(cancel(&order))
        .await
        .unwrap()
        .into_inner()
        .order
        .unwrap();
    assert_eq!(state(&cancelled), (OrderStatus::Cancelled, CheckoutState::Refunded));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: make test"]
async fn an_order_that_is_being_paid_for_is_not_changed() {
    let world = TestWorld::new().await;
    let running = world.start().await;
    let mut alice = world.alice(&running);
    let order = place(&mut alice).await;
    world.payments.hold(Ask::Authorize);
    let calling = begin(&world, &alice, Request::new(checkout(&order, VISA))).await;
    let refused = alice.update_order(one_cake(&order)).await.unwrap_err();
    assert!(wire::retry_after_of(&refused).is_some());
    assert_eq!(
        told::<()>(Err(refused)),
        refusal(Code::FailedPrecondition, "CHECKOUT_RUNNING")
    );
    world.payments.open();
    calling.await.unwrap().unwrap();
    let late = alice.update_order(one_cake(&order)).await;
    assert_eq!(told(late), refusal(Code::FailedPrecondition, "ORDER_NOT_PENDING"));
    assert_eq!(world.payments.charge().amount.minor(), order.total_cents);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: make test"]
async fn a_capture_that_is_refused_for_good_cancels_the_order() {
    let world = TestWorld::new().await;
    let running = world.start().await;
    let mut alice = world.alice(&running);
    let order = place(&mut alice).await;
    let failed = alice.checkout_order(checkout(&order, "pm_card_capture_refused")).await;
    assert_eq!(told(failed), refusal(Code::FailedPrecondition, "CAPTURE_FAILED"));
    let cancelled = get(&alice, &order).await;
    assert_eq!(state(&cancelled), (OrderStatus::Cancelled, CheckoutState::Failed));
    assert_eq!(cancelled.cancel_reason, "CAPTURE_FAILED");
    world.payments.settles(&order, PaymentStatus::Voided).await;
    let shipped = world
        .clerk(&running)
        .update_order_status(becomes(&order, OrderStatus::Shipped))
        .await;
    assert_eq!(told(shipped), refusal(Code::FailedPrecondition, "ILLEGAL_TRANSITION"));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: make test"]
async fn only_what_is_paid_for_is_shipped_and_then_delivered() {
    let world = TestWorld::new().await;
    let running = world.start().await;
    let (mut alice, mut clerk) = (world.alice(&running), world.clerk(&running));
    let order = place(&mut alice).await;
    let unpaid = refusal(Code::FailedPrecondition, "PAYMENT_NOT_CAPTURED");
    let shipped = becomes(&order, OrderStatus::Shipped);
    assert_eq!(told(clerk.update_order_status(shipped.clone()).await), unpaid);
    world.payments.hold(Ask::Capture);
    let calling = call(&alice, Request::new(checkout(&order, VISA)));
    is_in(&alice, &order, OrderStatus::Confirmed, CheckoutState::Running).await;
    assert_eq!(told(clerk.update_order_status(shipped.clone()).await), unpaid);
    world.payments.open();
    calling.await.unwrap().unwrap();
    let early = clerk.update_order_status(becomes(&order, OrderStatus::Delivered)).await;
    assert_eq!(told(early), refusal(Code::FailedPrecondition, "ILLEGAL_TRANSITION"));
    for status in [OrderStatus::Shipped, OrderStatus::Delivered] {
        let moved = clerk.update_order_status(becomes(&order, status)).await.unwrap();
        assert_eq!(moved.into_inner().order.unwrap().status(), status);
    }
    let late = alice.cancel_order(cancel(&order)).await;
    assert_eq!(told(late), refusal(Code::FailedPrecondition, "ORDER_NOT_CANCELLABLE"));
    let pending = clerk.update_order_status(becomes(&order, OrderStatus::Pending)).await;
    assert_eq!(told(pending), refusal(Code::InvalidArgument, "INVALID_INPUT"));
}
