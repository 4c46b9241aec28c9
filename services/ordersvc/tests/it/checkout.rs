//! Paying for an order, as the caller of CheckoutOrder sees it.

use std::time::Duration;

use api::order::v1::{
    CheckoutOrderRequest, CheckoutOrderResponse, CheckoutState, CreateOrderRequest, ListOrdersRequest, OrderStatus,
    order_event::Type,
};
use order_core::Ask;
use testkit::wait_for;
use tokio::task::JoinHandle;
use tonic::{Code, Request, Response, Status};

use crate::{
    watch::{live, next, watch},
    world::{
        Client, PATIENCE, TestWorld, checkout, fact, fields, get, is_in, is_replayed, item, pay, place, refusal, state,
        told, two_teas, with_key,
    },
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
