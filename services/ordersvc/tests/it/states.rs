//! Every change of an order in every state of its checkout, through the door.

use std::time::Duration;

use api::order::v1::{CheckoutState, Order, OrderStatus, SyncOrderPaymentRequest};
use order_core::{Ask, testing::Fault::LostRequest};
use tonic::{Code, Request};

use crate::{
    checkout::call,
    requests::{becomes, cancel, checkout, delete, get, one_cake, pay, place},
    world::{Client, Running, TestWorld, is_in},
};

const VISA: &str = "pm_card_visa";

/// The states that an order comes to, as (status, checkout).
const STATES: [(OrderStatus, CheckoutState); 12] = [
    (OrderStatus::Pending, CheckoutState::None),
    (OrderStatus::Pending, CheckoutState::Running),
    (OrderStatus::Pending, CheckoutState::Failed),
    (OrderStatus::Pending, CheckoutState::NeedsAttention),
    (OrderStatus::Confirmed, CheckoutState::Running),
    (OrderStatus::Confirmed, CheckoutState::Paid),
    (OrderStatus::Confirmed, CheckoutState::PartiallyRefunded),
    (OrderStatus::Shipped, CheckoutState::Paid),
    (OrderStatus::Delivered, CheckoutState::Paid),
    (OrderStatus::Cancelled, CheckoutState::None),
    (OrderStatus::Cancelled, CheckoutState::Refunding),
    (OrderStatus::Cancelled, CheckoutState::Refunded),
];

const METHODS: [&str; 7] = ["update", "cancel", "delete", "checkout", "ship", "deliver", "sync"];

/// What each method is answered in each state: a success, or this reason.
fn expected(method: &str, (status, checkout): (OrderStatus, CheckoutState)) -> &'static str {
    use CheckoutState::{NeedsAttention, PartiallyRefunded, Running};
    use OrderStatus::{Cancelled, Confirmed, Delivered, Pending, Shipped};
    const OK: &str = "";
    match (method, status, checkout) {
        ("sync", ..) => OK,
        ("update" | "checkout", Pending, Running) => "CHECKOUT_RUNNING",
        ("update", Pending, NeedsAttention) => "CHECKOUT_RUNNING",
        ("checkout" | "cancel" | "delete", Pending, NeedsAttention) => "CHECKOUT_NEEDS_ATTENTION",
        ("update" | "checkout", Pending, _) => OK,
        ("update" | "checkout", ..) => "ORDER_NOT_PENDING",
        ("cancel", Pending | Confirmed | Cancelled, _) => OK,
        ("cancel", ..) => "ORDER_NOT_CANCELLABLE",
        ("delete", Pending | Cancelled | Delivered, _) => OK,
        ("delete", ..) => "ORDER_NOT_DELETABLE",
        ("ship", Confirmed, CheckoutState::Paid | PartiallyRefunded) | ("deliver", Shipped, _) => OK,
        ("ship", Pending | Confirmed, _) => "PAYMENT_NOT_CAPTURED",
        _ => "ILLEGAL_TRANSITION",
    }
}

/// An order in this state; what holds it there holds every other one too.
async fn brought_to(
    world: &TestWorld,
    running: &Running,
    (status, checkout_state): (OrderStatus, CheckoutState),
) -> Order {
    let (mut alice, mut clerk) = (world.alice(running), world.clerk(running));
    let order = place(&mut alice).await;
    let begin = || call(&alice, Request::new(checkout(&order, VISA)));
    match (status, checkout_state) {
        (OrderStatus::Pending, CheckoutState::None) => {}
        (OrderStatus::Pending, CheckoutState::Running) => {
            world.payments.hold(Ask::Authorize);
            begin();
        }
        (OrderStatus::Pending, CheckoutState::Failed) => {
            alice
                .checkout_order(checkout(&order, "pm_card_declined"))
                .await
                .unwrap_err();
        }
        (OrderStatus::Pending, CheckoutState::NeedsAttention) => {
            world.payments.inner.inject([Some(LostRequest); 1_000]);
            begin();
            is_in(&alice, &order, OrderStatus::Pending, CheckoutState::Running).await;
            world.clock.advance(Duration::from_hours(25));
        }
        (OrderStatus::Confirmed, CheckoutState::Running) => {
            world.payments.hold(Ask::Capture);
            begin();
        }
        (OrderStatus::Cancelled, CheckoutState::None) => {
            alice.cancel_order(cancel(&order)).await.unwrap();
        }
        _ => {
            pay(&mut alice, &order).await;
            bring_paid(world, &mut alice, &mut clerk, &order, (status, checkout_state)).await;
        }
    }
    is_in(&alice, &order, status, checkout_state).await
}

async fn bring_paid(
    world: &TestWorld,
    alice: &mut Client,
    clerk: &mut Client,
    order: &Order,
    (status, checkout_state): (OrderStatus, CheckoutState),
) {
    if checkout_state == CheckoutState::PartiallyRefunded {
        let payment = get(alice, order).await.checkout.unwrap().payment_id.parse().unwrap();
        assert!(world.payments.inner.refund_by_staff(payment, 1));
        sync(clerk, order).await.unwrap();
    }
    for next in [OrderStatus::Shipped, OrderStatus::Delivered] {
        if status == next || (status == OrderStatus::Delivered && next == OrderStatus::Shipped) {
            clerk.update_order_status(becomes(order, next)).await.unwrap();
        }
    }
    if status == OrderStatus::Cancelled {
        if checkout_state == CheckoutState::Refunding {
            world.payments.hold(Ask::Refund);
        }
        alice.cancel_order(cancel(order)).await.unwrap();
    }
}

async fn sync(client: &mut Client, order: &Order) -> Result<Order, tonic::Status> {
    let request = SyncOrderPaymentRequest { id: order.id.clone() };
    client
        .sync_order_payment(request)
        .await
        .map(|answer| answer.into_inner().order.unwrap())
}

async fn change(world: &TestWorld, running: &Running, method: &str, order: &Order) -> Result<Order, tonic::Status> {
    let (mut alice, mut clerk) = (world.alice(running), world.clerk(running));
    let answered = match method {
        "update" => alice.update_order(one_cake(order)).await.map(|a| a.into_inner().order),
        "cancel" => alice.cancel_order(cancel(order)).await.map(|a| a.into_inner().order),
        "delete" => alice.delete_order(delete(order)).await.map(|a| a.into_inner().order),
        "checkout" => alice
            .checkout_order(checkout(order, VISA))
            .await
            .map(|a| a.into_inner().order),
        "ship" => clerk
            .update_order_status(becomes(order, OrderStatus::Shipped))
            .await
            .map(|a| a.into_inner().order),
        "deliver" => clerk
            .update_order_status(becomes(order, OrderStatus::Delivered))
            .await
            .map(|a| a.into_inner().order),
        _ => {
            // It goes on with what is to be done, and waits for it.
            world.payments.open();
            return sync(&mut clerk, order).await;
        }
    };
    answered.map(Option::unwrap)
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: make test"]
async fn every_change_is_answered_in_every_state_as_the_rules_say() {
    let mut wrong = Vec::new();
    for state in STATES {
        let world = TestWorld::new().await;
        let running = world.start().await;
        for method in METHODS {
            let order = brought_to(&world, &running, state).await;
            let reason = match change(&world, &running, method, &order).await {
                Ok(_) => String::new(),
                Err(status) => {
                    assert_eq!(status.code(), Code::FailedPrecondition, "{status:?}");
                    wire::reason_of(&status).unwrap()
                }
            };
            if reason != expected(method, state) {
                wrong.push(format!("{method} in {state:?}: {reason:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
