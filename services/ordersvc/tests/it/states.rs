//! Every method in every state of an order and its checkout, through the door.

use std::time::Duration;

use api::order::v1::{
    CheckoutState, ListOrderEventsRequest, ListOrdersRequest, ListUserOrdersRequest, Order, OrderStatus,
    SyncOrderPaymentRequest, WatchOrdersRequest, order_event::Type,
};
use futures::{StreamExt, stream};
use order_core::{Ask, testing::Fault::LostRequest};
use tonic::{Code, Request, Status};

use crate::{
    checkout::call,
    requests::{becomes, cancel, checkout, delete, get, one_cake, pay, place},
    world::{ALICE, Client, Running, TestWorld, is_in},
};

const VISA: &str = "pm_card_visa";

/// Every state that an order comes to.
const STATES: [&str; 22] = [
    "PENDING NONE",
    "PENDING RUNNING",
    "PENDING FAILED",
    "PENDING NEEDS_ATTENTION",
    "CONFIRMED RUNNING",
    "CONFIRMED NEEDS_ATTENTION",
    "CONFIRMED PAID",
    "CONFIRMED PARTIALLY_REFUNDED",
    "CONFIRMED REFUNDED",
    "SHIPPED PAID",
    "SHIPPED PARTIALLY_REFUNDED",
    "SHIPPED REFUNDED",
    "DELIVERED PAID",
    "DELIVERED PARTIALLY_REFUNDED",
    "DELIVERED REFUNDED",
    "CANCELLED NONE",
    "CANCELLED FAILED",
    "CANCELLED REFUNDING",
    "CANCELLED NEEDS_ATTENTION",
    "CANCELLED REFUNDED",
    "CANCELLED NONE archived",
    "DELIVERED PAID archived",
];

const CHANGES: [&str; 7] = ["update", "cancel", "delete", "checkout", "ship", "deliver", "sync"];

/// The state after a change, or the reason that it is refused for.
fn expected(change: &str, state: &str) -> String {
    let (status, checkout) = state.split_once(' ').unwrap();
    let becomes = |other: &str| state.replacen(status, other, 1);
    let archived = || format!("{} archived", state.trim_end_matches(" archived"));
    match (change, status, checkout) {
        ("update" | "checkout", "PENDING", "RUNNING") => "CHECKOUT_RUNNING".to_owned(),
        ("update", "PENDING", "NEEDS_ATTENTION") => "CHECKOUT_RUNNING".to_owned(),
        ("update", "PENDING", _) => state.to_owned(),
        ("checkout" | "cancel" | "delete", "PENDING", "NEEDS_ATTENTION") => "CHECKOUT_NEEDS_ATTENTION".to_owned(),
        ("checkout", "PENDING", _) => "CONFIRMED PAID".to_owned(),
        ("update" | "checkout", ..) => "ORDER_NOT_PENDING".to_owned(),

        ("cancel", "SHIPPED" | "DELIVERED", _) => "ORDER_NOT_CANCELLABLE".to_owned(),
        ("cancel", "CONFIRMED", "NEEDS_ATTENTION") => "CHECKOUT_NEEDS_ATTENTION".to_owned(),
        ("cancel", "PENDING", "NONE") => "CANCELLED NONE".to_owned(),
        ("cancel", "PENDING", _) => "CANCELLED FAILED".to_owned(),
        ("cancel", "CONFIRMED", "REFUNDED") => "CANCELLED REFUNDED".to_owned(),
        ("cancel", "CONFIRMED", _) => "CANCELLED REFUNDING".to_owned(),
        ("cancel", ..) => state.to_owned(),

        ("delete", "CONFIRMED" | "SHIPPED", _) => "ORDER_NOT_DELETABLE".to_owned(),
        ("delete", "PENDING", "NONE") => "CANCELLED NONE archived".to_owned(),
        ("delete", "PENDING", _) => "CANCELLED FAILED archived".to_owned(),
        ("delete", ..) => archived(),

        ("ship", "CONFIRMED", "PAID" | "PARTIALLY_REFUNDED") => becomes("SHIPPED"),
        ("ship", "PENDING" | "CONFIRMED", _) => "PAYMENT_NOT_CAPTURED".to_owned(),
        ("deliver", "SHIPPED", _) => becomes("DELIVERED"),
        ("ship" | "deliver", ..) => "ILLEGAL_TRANSITION".to_owned(),

        // It goes on with what there is to be done.
        ("sync", "PENDING" | "CONFIRMED", "RUNNING" | "NEEDS_ATTENTION") => "CONFIRMED PAID".to_owned(),
        ("sync", "CANCELLED", "REFUNDING" | "NEEDS_ATTENTION") => "CANCELLED REFUNDED".to_owned(),
        ("sync", ..) => state.to_owned(),
        other => panic!("no rule for {other:?}"),
    }
}

/// The state as the order shows it.
fn shown(order: &Order) -> String {
    let status = order.status().as_str_name().trim_start_matches("ORDER_STATUS_");
    let checkout = order.checkout.as_ref().unwrap().state();
    let checkout = checkout.as_str_name().trim_start_matches("CHECKOUT_STATE_");
    let archived = if order.archived { " archived" } else { "" };
    format!("{status} {checkout}{archived}")
}

/// An order in this state; what holds it there holds every other one too.
async fn brought_to(world: &TestWorld, running: &Running, state: &str) -> Order {
    let (mut alice, mut clerk) = (world.alice(running), world.clerk(running));
    world.payments.open();
    world.payments.inner.heal();
    let order = place(&mut alice).await;
    let begin = || call(&alice, Request::new(checkout(&order, VISA)));
    let lost = || world.payments.inner.inject([Some(LostRequest); 1_000]);
    match state {
        "PENDING NONE" => {}
        "PENDING RUNNING" => {
            world.payments.hold(Ask::Authorize);
            begin();
        }
        "PENDING FAILED" => {
            let declined = checkout(&order, "pm_card_declined");
            alice.checkout_order(declined).await.unwrap_err();
        }
        "PENDING NEEDS_ATTENTION" => {
            lost();
            begin();
            is_in(&alice, &order, OrderStatus::Pending, CheckoutState::Running).await;
            world.clock.advance(Duration::from_hours(25));
        }
        "CONFIRMED RUNNING" => {
            world.payments.hold(Ask::Capture);
            begin();
        }
        "CONFIRMED NEEDS_ATTENTION" => {
            world.payments.inner.inject([None]);
            lost();
            begin();
            is_in(&alice, &order, OrderStatus::Confirmed, CheckoutState::Running).await;
            world.clock.advance(Duration::from_hours(25));
        }
        "CANCELLED FAILED" => {
            world.payments.hold(Ask::Authorize);
            begin();
            is_in(&alice, &order, OrderStatus::Pending, CheckoutState::Running).await;
            alice.cancel_order(cancel(&order)).await.unwrap();
        }
        "CANCELLED NONE" => drop(alice.cancel_order(cancel(&order)).await.unwrap()),
        "CANCELLED NONE archived" => drop(alice.delete_order(delete(&order)).await.unwrap()),
        _ => bring_paid(world, &mut alice, &mut clerk, &order, state).await,
    }
    testkit::wait_for_async(
        || async { shown(&get(&alice, &order).await) == state },
        crate::world::PATIENCE,
    )
    .await;
    get(&alice, &order).await
}

async fn bring_paid(world: &TestWorld, alice: &mut Client, clerk: &mut Client, order: &Order, state: &str) {
    let paid = pay(alice, order).await;
    for (next, after) in [
        (OrderStatus::Shipped, ["SHIPPED", "DELIVERED"].as_slice()),
        (OrderStatus::Delivered, &["DELIVERED"]),
    ] {
        if after.iter().any(|status| state.starts_with(status)) {
            clerk.update_order_status(becomes(order, next)).await.unwrap();
        }
    }
    match state {
        "CANCELLED REFUNDING" => {
            world.payments.hold(Ask::Refund);
            alice.cancel_order(cancel(order)).await.unwrap();
        }
        "CANCELLED NEEDS_ATTENTION" => {
            world.payments.inner.inject([Some(LostRequest); 1_000]);
            alice.cancel_order(cancel(order)).await.unwrap();
            is_in(alice, order, OrderStatus::Cancelled, CheckoutState::Refunding).await;
            world.clock.advance(Duration::from_hours(25));
        }
        "CANCELLED REFUNDED" => drop(alice.cancel_order(cancel(order)).await.unwrap()),
        "DELIVERED PAID archived" => drop(alice.delete_order(delete(order)).await.unwrap()),
        _ => {}
    }
    let given_back = match state.split_once(' ').unwrap().1 {
        "PARTIALLY_REFUNDED" => 1,
        "REFUNDED" if !state.starts_with("CANCELLED") => order.total_cents,
        _ => return,
    };
    let payment = paid.checkout.unwrap().payment_id.parse().unwrap();
    assert!(world.payments.inner.refund_by_staff(payment, given_back));
    sync(clerk, order).await.unwrap();
}

async fn sync(client: &mut Client, order: &Order) -> Result<Option<Order>, Status> {
    let request = SyncOrderPaymentRequest { id: order.id.clone() };
    Ok(client.sync_order_payment(request).await?.into_inner().order)
}

async fn change(world: &TestWorld, running: &Running, change: &str, order: &Order) -> Result<Order, Status> {
    let (mut alice, mut clerk) = (world.alice(running), world.clerk(running));
    let changed = match change {
        "update" => alice.update_order(one_cake(order)).await?.into_inner().order,
        "cancel" => alice.cancel_order(cancel(order)).await?.into_inner().order,
        "delete" => alice.delete_order(delete(order)).await?.into_inner().order,
        "checkout" => alice.checkout_order(checkout(order, VISA)).await?.into_inner().order,
        "ship" | "deliver" => {
            let next = if change == "ship" {
                OrderStatus::Shipped
            } else {
                OrderStatus::Delivered
            };
            clerk
                .update_order_status(becomes(order, next))
                .await?
                .into_inner()
                .order
        }
        _ => {
            world.payments.open();
            world.payments.inner.heal();
            sync(&mut clerk, order).await?
        }
    };
    Ok(changed.unwrap())
}

/// Every method that reads shows the order as it is, archived ones where they are asked for.
async fn assert_shown_everywhere(world: &TestWorld, running: &Running, order: &Order) {
    let mut alice = world.alice(running);
    for include_archived in [false, true] {
        let is_listed = include_archived || !order.archived;
        let listing = ListOrdersRequest {
            include_archived,
            ..ListOrdersRequest::default()
        };
        let listed = alice.list_orders(listing).await.unwrap().into_inner().orders;
        assert_eq!(listed.contains(order), is_listed, "{order:?} among {listed:?}");
        let streaming = ListUserOrdersRequest {
            user_id: ALICE.to_string(),
            include_archived,
        };
        let mut stream = alice.list_user_orders(streaming).await.unwrap().into_inner();
        let mut sent = Vec::new();
        while let Some(answer) = stream.message().await.unwrap() {
            sent.push(answer.order.unwrap());
        }
        assert_eq!(sent.contains(order), is_listed, "{order:?} among {sent:?}");
    }
    let history = ListOrderEventsRequest {
        id: order.id.clone(),
        ..ListOrderEventsRequest::default()
    };
    let events = alice.list_order_events(history).await.unwrap().into_inner().events;
    let last = events[0].order.as_ref().unwrap();
    assert_eq!((shown(last), &last.etag), (shown(order), &order.etag));
    let watching = WatchOrdersRequest {
        order_id: order.id.clone(),
        ..WatchOrdersRequest::default()
    };
    let mut watch = alice.watch_orders(watching).await.unwrap().into_inner();
    let first = watch.message().await.unwrap().unwrap().event.unwrap();
    assert_eq!(first.r#type(), Type::Live);
}

/// What is not answered as it should be in this state.
async fn wrong_in(state: &str) -> Vec<String> {
    let world = TestWorld::new().await;
    let running = world.start().await;
    let mut wrong = Vec::new();
    for name in CHANGES {
        let order = brought_to(&world, &running, state).await;
        if name == CHANGES[0] {
            assert_shown_everywhere(&world, &running, &order).await;
        }
        let outcome = match change(&world, &running, name, &order).await {
            Ok(changed) => shown(&changed),
            Err(status) => {
                assert_eq!(status.code(), Code::FailedPrecondition, "{status:?}");
                wire::reason_of(&status).unwrap()
            }
        };
        if outcome != expected(name, state) {
            wrong.push(format!("{name} in {state}: {outcome:?}"));
        }
    }
    wrong
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: make test"]
async fn every_method_answers_every_state_as_the_rules_say() {
    let wrong: Vec<Vec<String>> = stream::iter(STATES).map(wrong_in).buffer_unordered(4).collect().await;
    assert!(wrong.concat().is_empty(), "{wrong:#?}");
}
