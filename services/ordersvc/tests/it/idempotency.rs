use api::order::v1::{CreateOrderRequest, ListOrdersRequest, UpdateOrderRequest};
use order_core::Ask;
use tonic::{Code, Response};

use crate::{
    requests::{cancel, checkout, item, one_cake, place, two_teas, with_key},
    world::{BOB, TestWorld, is_replayed, refusal, told},
};

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: make test"]
async fn a_hundred_calls_with_one_key_place_one_order() {
    let world = TestWorld::new().await;
    let running = world.start().await;
    let mut alice = world.alice(&running);
    let calls: Vec<_> = (0..100)
        .map(|_| {
            let mut client = alice.clone();
            tokio::spawn(async move { client.create_order(with_key(two_teas(), "one")).await.unwrap() })
        })
        .collect();
    let mut answers = Vec::new();
    for call in calls {
        answers.push(call.await.unwrap());
    }
    let firsts = answers.iter().filter(|answer| !is_replayed(answer.metadata())).count();
    assert_eq!(firsts, 1);
    let orders: Vec<_> = answers.into_iter().map(Response::into_inner).collect();
    assert!(orders.iter().all(|order| *order == orders[0]));
    let listed = alice
        .list_orders(ListOrdersRequest::default())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(listed.orders.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: make test"]
async fn a_key_is_of_one_request_of_one_caller_to_one_method() {
    let world = TestWorld::new().await;
    let running = world.start().await;
    let mut alice = world.alice(&running);
    let first = alice
        .create_order(with_key(two_teas(), "k"))
        .await
        .unwrap()
        .into_inner();
    let other = CreateOrderRequest {
        items: vec![item("cake", 1, 100)],
        ..CreateOrderRequest::default()
    };
    let reused = alice.create_order(with_key(other, "k")).await;
    assert_eq!(
        told(reused),
        refusal(Code::FailedPrecondition, "IDEMPOTENCY_KEY_REUSED")
    );
    let theirs = world
        .bob(&running)
        .create_order(with_key(two_teas(), "k"))
        .await
        .unwrap()
        .into_inner();
    assert_ne!(theirs, first);
    let order = first.order.unwrap();
    alice.cancel_order(with_key(cancel(&order), "k")).await.unwrap();
    let garbage = alice.create_order(with_key(two_teas(), &"k".repeat(256))).await;
    assert_eq!(told(garbage), refusal(Code::InvalidArgument, "INVALID_INPUT"));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: make test"]
async fn a_change_is_replayed_as_it_was_answered() {
    let world = TestWorld::new().await;
    let running = world.start().await;
    let mut alice = world.alice(&running);
    let order = place(&mut alice).await;
    let first = alice.update_order(with_key(one_cake(&order), "u")).await.unwrap();
    assert!(!is_replayed(first.metadata()));
    alice.cancel_order(cancel(&order)).await.unwrap();
    let again = alice.update_order(with_key(one_cake(&order), "u")).await.unwrap();
    assert!(is_replayed(again.metadata()));
    assert_eq!(again.into_inner(), first.into_inner());
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: make test"]
async fn a_refusal_is_replayed_and_what_left_nothing_behind_is_not_kept() {
    let world = TestWorld::new().await;
    let running = world.start().await;
    let mut alice = world.alice(&running);
    let order = place(&mut alice).await;
    alice.cancel_order(cancel(&order)).await.unwrap();
    let refused = alice.update_order(with_key(one_cake(&order), "r")).await.unwrap_err();
    assert!(!is_replayed(refused.metadata()));
    let again = alice.update_order(with_key(one_cake(&order), "r")).await.unwrap_err();
    assert!(is_replayed(again.metadata()));
    assert_eq!((again.code(), again.message()), (refused.code(), refused.message()));
    assert_eq!(again.details(), refused.details());

    let open = place(&mut alice).await;
    let stale = UpdateOrderRequest {
        etag: "v99".to_owned(),
        ..one_cake(&open)
    };
    let lost = alice.update_order(with_key(stale, "s")).await;
    assert_eq!(told(lost), refusal(Code::Aborted, "ETAG_MISMATCH"));
    let good = alice.update_order(with_key(one_cake(&open), "s")).await.unwrap();
    assert!(!is_replayed(good.metadata()));
    let theirs = world.bob(&running).cancel_order(with_key(cancel(&open), "t")).await;
    assert_eq!(told(theirs), refusal(Code::NotFound, "ORDER_NOT_FOUND"));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: make test"]
async fn keys_and_answers_outlive_the_service() {
    let world = TestWorld::new().await;
    let before = world.start().await;
    let first = world
        .alice(&before)
        .create_order(with_key(two_teas(), "k"))
        .await
        .unwrap()
        .into_inner();
    drop(before);
    let after = world.start().await;
    let again = world
        .alice(&after)
        .create_order(with_key(two_teas(), "k"))
        .await
        .unwrap();
    assert!(is_replayed(again.metadata()));
    assert_eq!(again.into_inner(), first);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: make test"]
async fn what_staff_were_answered_is_told_again_while_users_are_away() {
    let world = TestWorld::new().await;
    let running = world.start().await;
    let mut clerk = world.clerk(&running);
    let request = CreateOrderRequest {
        customer_id: BOB.to_string(),
        ..two_teas()
    };
    let first = clerk
        .create_order(with_key(request.clone(), "k"))
        .await
        .unwrap()
        .into_inner();
    world.users.set_away(true);
    let again = clerk.create_order(with_key(request, "k")).await.unwrap().into_inner();
    assert_eq!(again, first);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: make test"]
async fn a_write_with_key_and_event_is_one_round_trip_and_a_read_by_id_is_one() {
    let world = TestWorld::proxied().await;
    let proxy = world.proxy.as_ref().unwrap();
    let running = world.start_alone().await;
    let mut alice = world.alice(&running);
    // Connections and prepared statements are made once.
    let order = alice
        .create_order(with_key(two_teas(), "warm"))
        .await
        .unwrap()
        .into_inner()
        .order
        .unwrap();
    let get = api::order::v1::GetOrderRequest { id: order.id.clone() };
    alice.get_order(get.clone()).await.unwrap();
    alice.update_order(with_key(one_cake(&order), "warm")).await.unwrap();

    let before = proxy.round_trips();
    alice.create_order(with_key(two_teas(), "k")).await.unwrap();
    assert_eq!(proxy.round_trips() - before, 1, "CreateOrder");
    let before = proxy.round_trips();
    alice.get_order(get).await.unwrap();
    assert_eq!(proxy.round_trips() - before, 1, "GetOrder");
    let before = proxy.round_trips();
    alice.update_order(with_key(one_cake(&order), "u")).await.unwrap();
    assert_eq!(proxy.round_trips() - before, 2, "UpdateOrder reads and writes");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: make test"]
async fn a_checkout_is_a_read_and_one_round_trip_for_each_step() {
    let world = TestWorld::proxied().await;
    let proxy = world.proxy.as_ref().unwrap();
    let running = world.start_alone().await;
    let mut alice = world.alice(&running);
    let paid_at_once = CreateOrderRequest {
        payment_method: "pm_card_visa".to_owned(),
        ..two_teas()
    };
    let mut before = 0;
    // Statements are prepared in the first round.
    for key in ["warm", "k"] {
        let order = place(&mut alice).await;
        before = proxy.round_trips();
        alice
            .checkout_order(with_key(checkout(&order, "pm_card_visa"), key))
            .await
            .unwrap();
    }
    assert_eq!(proxy.round_trips() - before, 1 + 3, "read, started, confirmed, paid");
    world.payments.hold(Ask::Authorize);
    for key in ["warm", "k"] {
        before = proxy.round_trips();
        alice.create_order(with_key(paid_at_once.clone(), key)).await.unwrap();
    }
    assert_eq!(proxy.round_trips() - before, 1, "placed and started");
}
