use std::collections::BTreeSet;

use api::order::v1::{ListOrderEventsRequest, ListOrdersRequest, ListUserOrdersRequest, OrderStatus};
use tonic::Code;

use crate::{
    requests::{cancel, one_cake, place},
    world::{ALICE, BOB, TestWorld, refusal, told},
};

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: make test"]
async fn pages_neither_skip_nor_repeat_while_orders_are_placed() {
    let world = TestWorld::new().await;
    let running = world.start().await;
    let mut alice = world.alice(&running);
    let mut placed = BTreeSet::new();
    for _ in 0..25 {
        placed.insert(place(&mut alice).await.id);
    }
    let mut seen = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = ListOrdersRequest {
            page_size: 4,
            page_token,
            ..ListOrdersRequest::default()
        };
        let page = alice.list_orders(request).await.unwrap().into_inner();
        seen.extend(page.orders.into_iter().map(|order| order.id));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
        place(&mut alice).await;
    }
    assert_eq!(seen.len(), 25);
    assert_eq!(seen.into_iter().collect::<BTreeSet<_>>(), placed);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: make test"]
async fn listings_are_filtered_and_of_whom_they_may_be() {
    let world = TestWorld::new().await;
    let running = world.start().await;
    let (mut alice, mut bob, mut clerk) = (world.alice(&running), world.bob(&running), world.clerk(&running));
    let gone = place(&mut alice).await;
    alice.cancel_order(cancel(&gone)).await.unwrap();
    let open = place(&mut alice).await;
    let theirs = place(&mut bob).await;
    let ids = |orders: Vec<api::order::v1::Order>| orders.into_iter().map(|order| order.id).collect::<Vec<_>>();

    let own = alice
        .list_orders(ListOrdersRequest::default())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(ids(own.orders), [open.id.clone(), gone.id.clone()]);
    let everybody = clerk
        .list_orders(ListOrdersRequest::default())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(
        ids(everybody.orders),
        [theirs.id.clone(), open.id.clone(), gone.id.clone()]
    );
    let pending = ListOrdersRequest {
        customer_id: ALICE.to_string(),
        status: OrderStatus::Pending.into(),
        created_after: gone.created_at,
        created_before: theirs.created_at,
        ..ListOrdersRequest::default()
    };
    assert_eq!(
        ids(clerk.list_orders(pending).await.unwrap().into_inner().orders),
        [open.id]
    );
    let of_bob = ListOrdersRequest {
        customer_id: BOB.to_string(),
        ..ListOrdersRequest::default()
    };
    assert_eq!(
        told(alice.list_orders(of_bob).await),
        refusal(Code::PermissionDenied, "NOT_ALLOWED")
    );
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: make test"]
async fn all_orders_of_a_user_are_streamed_newest_first() {
    let world = TestWorld::new().await;
    let running = world.start().await;
    let mut alice = world.alice(&running);
    let mut placed = Vec::new();
    for _ in 0..120 {
        placed.push(place(&mut alice).await.id);
    }
    placed.reverse();
    let request = ListUserOrdersRequest {
        user_id: ALICE.to_string(),
        include_archived: false,
    };
    let mut stream = alice.list_user_orders(request).await.unwrap().into_inner();
    let mut seen = Vec::new();
    while let Some(answer) = stream.message().await.unwrap() {
        seen.push(answer.order.unwrap().id);
    }
    assert_eq!(seen, placed);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: make test"]
async fn a_history_is_paged() {
    let world = TestWorld::new().await;
    let running = world.start().await;
    let mut alice = world.alice(&running);
    let order = place(&mut alice).await;
    for _ in 0..6 {
        alice.update_order(one_cake(&order)).await.unwrap();
    }
    let mut versions = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = ListOrderEventsRequest {
            id: order.id.clone(),
            page_size: 3,
            page_token,
        };
        let page = alice.list_order_events(request).await.unwrap().into_inner();
        versions.extend(page.events.iter().map(|event| event.version));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(versions, [7, 6, 5, 4, 3, 2, 1]);
}
