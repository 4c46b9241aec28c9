use api::payment::v1::CreatePaymentRequest;
use testkit::wait_for;

use crate::world::{FakeOrders, PATIENCE, TestWorld, automatic, capture, fresh, made, manual, refund};

fn of_order(id: &str) -> CreatePaymentRequest {
    CreatePaymentRequest {
        order_id: id.to_owned(),
        ..automatic()
    }
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn an_order_is_told_of_every_refund_even_if_ordersvc_is_away_for_a_while() {
    let world = TestWorld::new().await;
    let running = world.start().await;
    let (mut staff, mut checkout) = (world.clerk(&running), world.checkout(&running));
    let order = uuid::Uuid::from_u128(7).to_string();
    let other = uuid::Uuid::from_u128(8).to_string();
    world.orders.set_away(true);
    // Refunds that no order follows, or an order that is not there, hold nobody up.
    let alone = made(&mut staff, automatic()).await;
    staff.refund_payment(fresh(refund(&alone.id, 0))).await.unwrap();
    let lost = made(&mut checkout, of_order(FakeOrders::UNKNOWN)).await;
    staff.refund_payment(fresh(refund(&lost.id, 0))).await.unwrap();
    let payment = made(&mut checkout, of_order(&order)).await;
    for _ in 0..2 {
        staff.refund_payment(fresh(refund(&payment.id, 10))).await.unwrap();
    }
    world.orders.set_away(false);
    wait_for(|| world.orders.synced().len() >= 2, PATIENCE).await;
    assert!(world.orders.synced().iter().all(|synced| *synced == order));
    // What is no refund is not told.
    let request = CreatePaymentRequest {
        order_id: order.clone(),
        ..manual()
    };
    let quiet = made(&mut checkout, request).await;
    checkout.capture_payment(fresh(capture(&quiet.id, 0))).await.unwrap();
    let last = made(&mut checkout, of_order(&other)).await;
    staff.refund_payment(fresh(refund(&last.id, 0))).await.unwrap();
    wait_for(|| world.orders.synced().contains(&other), PATIENCE).await;
    assert_eq!(
        world.orders.synced().iter().filter(|synced| **synced == order).count(),
        2
    );
}
