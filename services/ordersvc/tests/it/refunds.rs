//! Orders follow their payments.

use api::order::v1::{CheckoutState, Order, OrderStatus, SyncOrderPaymentRequest};

use crate::{
    requests::{becomes, cancel, checkout, get, pay, place},
    world::{Client, PATIENCE, TestWorld, state},
};

async fn sync(client: &mut Client, order: &Order) -> Order {
    let request = SyncOrderPaymentRequest { id: order.id.clone() };
    client
        .sync_order_payment(request)
        .await
        .unwrap()
        .into_inner()
        .order
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: make test"]
async fn a_refund_that_is_refused_waits_for_staff_and_the_order_follows_them() {
    let world = TestWorld::new().await;
    let running = world.start().await;
    let (mut alice, mut clerk) = (world.alice(&running), world.clerk(&running));
    let order = place(&mut alice).await;
    alice
        .checkout_order(checkout(&order, "pm_card_refund_refused"))
        .await
        .unwrap();
    alice.cancel_order(cancel(&order)).await.unwrap();
    testkit::wait_for_async(
        || async { get(&alice, &order).await.checkout.unwrap().failure_reason == "REFUND_FAILED" },
        PATIENCE,
    )
    .await;
    assert_eq!(
        state(&sync(&mut clerk, &order).await),
        (OrderStatus::Cancelled, CheckoutState::Refunding)
    );
    let charge = world.payments.charge();
    assert!(world.payments.inner.refund_by_staff(charge.id, charge.captured));
    let settled = sync(&mut clerk, &order).await;
    assert_eq!(state(&settled), (OrderStatus::Cancelled, CheckoutState::Refunded));
    assert_eq!(sync(&mut clerk, &order).await, settled);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: make test"]
async fn an_order_follows_the_refunds_that_staff_make() {
    let world = TestWorld::new().await;
    let running = world.start().await;
    let (mut alice, mut clerk) = (world.alice(&running), world.clerk(&running));
    let order = place(&mut alice).await;
    let paid = pay(&mut alice, &order).await;
    assert_eq!(sync(&mut clerk, &order).await, paid);
    let payment = world.payments.charge().id;
    assert!(world.payments.inner.refund_by_staff(payment, 100));
    let followed = sync(&mut clerk, &order).await;
    assert_eq!(
        state(&followed),
        (OrderStatus::Confirmed, CheckoutState::PartiallyRefunded)
    );
    let shipped = clerk
        .update_order_status(becomes(&order, OrderStatus::Shipped))
        .await
        .unwrap();
    assert_eq!(shipped.into_inner().order.unwrap().status(), OrderStatus::Shipped);
    assert!(world.payments.inner.refund_by_staff(payment, order.total_cents - 100));
    assert_eq!(
        state(&sync(&mut clerk, &order).await),
        (OrderStatus::Shipped, CheckoutState::Refunded)
    );
}
