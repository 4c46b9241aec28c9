//! Paying for an order, as the caller of CheckoutOrder sees it.

use api::order::v1::{
    CheckoutOrderRequest, CheckoutOrderResponse, CheckoutState, CreateOrderRequest, ListOrdersRequest, OrderStatus,
    order_event::Type,
};
use order_core::Ask;
use testkit::wait_for;
use tokio::task::JoinHandle;
use tonic::{Code, Request, Response, Status};

use crate::{
    requests::{checkout, get, item, pay, place, two_teas, with_key},
    watch::{live, next, watch},
    world::{Client, PATIENCE, TestWorld, fact, fields, is_in, is_replayed, refusal, state, told},
};

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: make test"]
async fn a_checkout_confirms_and_pays_and_a_watch_shows_every_step() {
    let world = TestWorld::new().await;
    let running = world.start().await;
    let mut alice = world.alice(&running);
    let mut events = watch(&mut alice, "").await;
    live(&mut events).await;
    let order = place(&mut alice).await;
    let paid = pay(&mut alice, &order).await;
    assert_eq!(state(&paid), (OrderStatus::Confirmed, CheckoutState::Paid));
    let told = paid.checkout.clone().unwrap();
    let charge = world.payments.charge();
    assert_eq!((told.attempt, told.payment_id), (1, charge.id.to_string()));
    assert_eq!((told.failure_reason.as_str(), told.expires_at), ("", None));
    assert_eq!(
        (charge.amount.minor(), charge.captured),
        (order.total_cents, order.total_cents)
    );
    for (kind, status, checkout) in [
        (Type::Created, OrderStatus::Pending, CheckoutState::None),
        (Type::CheckoutChanged, OrderStatus::Pending, CheckoutState::Running),
        (Type::StatusChanged, OrderStatus::Confirmed, CheckoutState::Running),
        (Type::CheckoutChanged, OrderStatus::Confirmed, CheckoutState::Paid),
    ] {
        let event = next(&mut events).await;
        assert_eq!(
            (event.r#type(), state(&event.order.unwrap())),
            (kind, (status, checkout))
        );
    }
    assert_eq!(get(&alice, &order).await, paid);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: make test"]
async fn a_declined_card_leaves_the_order_pending_and_another_attempt_may_follow() {
    let world = TestWorld::new().await;
    let running = world.start().await;
    let mut alice = world.alice(&running);
    let order = place(&mut alice).await;
    let declined = alice
        .checkout_order(checkout(&order, "pm_card_declined"))
        .await
        .unwrap_err();
    assert_eq!(
        told::<()>(Err(declined.clone())),
        refusal(Code::FailedPrecondition, "CARD_DECLINED")
    );
    assert_eq!(wire::retry_after_of(&declined), None);
    let first = world.payments.charge().id.to_string();
    assert_eq!(
        [
            fact(&declined, "order_id"),
            fact(&declined, "payment_id"),
            fact(&declined, "attempt")
        ],
        [order.id.clone(), first.clone(), "1".to_owned()]
    );
    let pending = get(&alice, &order).await;
    assert_eq!(state(&pending), (OrderStatus::Pending, CheckoutState::Failed));
    let failed = pending.checkout.unwrap();
    assert_eq!(
        (failed.failure_reason.as_str(), failed.payment_id),
        ("CARD_DECLINED", first)
    );
    assert!(failed.expires_at.is_some());

    let paid = pay(&mut alice, &order).await;
    assert_eq!(state(&paid), (OrderStatus::Confirmed, CheckoutState::Paid));
    assert_eq!(paid.checkout.unwrap().attempt, 2);
    assert_eq!(world.payments.keys(Ask::Authorize).len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: make test"]
async fn an_order_can_be_paid_for_as_it_is_placed() {
    let world = TestWorld::new().await;
    let running = world.start().await;
    let mut alice = world.alice(&running);
    let request = CreateOrderRequest {
        payment_method: "pm_card_visa".to_owned(),
        ..two_teas()
    };
    world.payments.hold(Ask::Authorize);
    let first = alice
        .create_order(with_key(request.clone(), "k"))
        .await
        .unwrap()
        .into_inner();
    let order = first.order.clone().unwrap();
    assert_eq!(state(&order), (OrderStatus::Pending, CheckoutState::Running));
    world.payments.open();
    is_in(&alice, &order, OrderStatus::Confirmed, CheckoutState::Paid).await;
    let again = alice.create_order(with_key(request, "k")).await.unwrap();
    assert!(is_replayed(again.metadata()));
    assert_eq!(again.into_inner(), first);
    assert_eq!(world.payments.charge().captured, order.total_cents);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: make test"]
async fn what_costs_nothing_is_paid_without_a_payment() {
    let world = TestWorld::new().await;
    let running = world.start().await;
    let mut alice = world.alice(&running);
    let free = CreateOrderRequest {
        items: vec![item("gift", 1, 0)],
        ..two_teas()
    };
    let order = alice.create_order(free).await.unwrap().into_inner().order.unwrap();
    let answered = alice.checkout_order(with_key(checkout(&order, ""), "k")).await.unwrap();
    let paid = answered.into_inner().order.unwrap();
    assert_eq!(state(&paid), (OrderStatus::Confirmed, CheckoutState::Paid));
    assert_eq!(world.payments.inner.charges(), []);
    let again = alice.checkout_order(with_key(checkout(&order, ""), "k")).await.unwrap();
    assert!(is_replayed(again.metadata()));
    assert_eq!(again.into_inner().order.unwrap(), paid);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: make test"]
async fn what_cannot_begin_leaves_nothing_behind() {
    let world = TestWorld::new().await;
    let running = world.start().await;
    let (mut alice, mut bob) = (world.alice(&running), world.bob(&running));
    let order = place(&mut alice).await;
    assert_eq!(
        fields(alice.checkout_order(checkout(&order, "")).await),
        ["payment_method"]
    );
    let stale = CheckoutOrderRequest {
        etag: "v99".to_owned(),
        ..checkout(&order, "pm_card_visa")
    };
    let lost = alice.checkout_order(stale).await;
    assert_eq!(told(lost), refusal(Code::Aborted, "ETAG_MISMATCH"));
    let theirs = bob.checkout_order(checkout(&order, "pm_card_visa")).await;
    assert_eq!(told(theirs), refusal(Code::NotFound, "ORDER_NOT_FOUND"));
    assert_eq!(get(&alice, &order).await, order);
    assert_eq!(world.payments.inner.charges(), []);
}

pub(crate) type Calling = JoinHandle<Result<Response<CheckoutOrderResponse>, Status>>;

/// Begins a checkout of which payments say nothing yet.
pub(crate) async fn begin(world: &TestWorld, client: &Client, request: Request<CheckoutOrderRequest>) -> Calling {
    let before = world.payments.count(Ask::Authorize);
    let calling = call(client, request);
    wait_for(|| world.payments.count(Ask::Authorize) > before, PATIENCE).await;
    calling
}

pub(crate) fn call(client: &Client, request: Request<CheckoutOrderRequest>) -> Calling {
    let mut client = client.clone();
    tokio::spawn(async move { client.checkout_order(request).await })
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: make test"]
async fn orders_are_listed_by_the_state_of_their_checkout() {
    let world = TestWorld::new().await;
    let running = world.start().await;
    let mut alice = world.alice(&running);
    let (untried, failed, paid) = (
        place(&mut alice).await,
        place(&mut alice).await,
        place(&mut alice).await,
    );
    alice
        .checkout_order(checkout(&failed, "pm_card_declined"))
        .await
        .unwrap_err();
    pay(&mut alice, &paid).await;
    for mut client in [alice, world.clerk(&running)] {
        for (checkout_state, expected) in [
            (CheckoutState::None, &untried),
            (CheckoutState::Failed, &failed),
            (CheckoutState::Paid, &paid),
        ] {
            let request = ListOrdersRequest {
                checkout_state: checkout_state.into(),
                ..ListOrdersRequest::default()
            };
            let listed = client.list_orders(request).await.unwrap().into_inner().orders;
            let ids: Vec<_> = listed.iter().map(|order| order.id.as_str()).collect();
            assert_eq!(ids, [expected.id.as_str()], "{checkout_state:?}");
        }
    }
}
