use api::order::v1::{
    Address, CancelOrderRequest, CreateOrderRequest, GetOrderRequest, ListOrderEventsRequest, ListOrdersRequest,
    OrderStatus, UpdateOrderRequest, order_event::Type,
};
use kernel::Caller;
use prost_types::FieldMask;
use tonic::Code;

use crate::{
    requests::{cancel, delete, one_cake, place, two_teas},
    world::{ALICE, BOB, CLERK, TestWorld, refusal, told},
};

fn address() -> Address {
    Address {
        recipient: "Alice".to_owned(),
        line1: "1 Main Street".to_owned(),
        city: "Berlin".to_owned(),
        country_code: "DE".to_owned(),
        ..Address::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: make test"]
async fn an_order_is_placed_read_changed_and_cancelled() {
    let world = TestWorld::new().await;
    let running = world.start().await;
    let mut alice = world.alice(&running);
    let request = CreateOrderRequest {
        currency_code: "EUR".to_owned(),
        shipping_address: Some(address()),
        metadata: [("channel".to_owned(), "web".to_owned())].into(),
        external_reference: "A-1".to_owned(),
        ..two_teas()
    };
    let placed = alice.create_order(request).await.unwrap().into_inner().order.unwrap();
    assert_eq!(placed.status(), OrderStatus::Pending);
    assert_eq!(placed.customer_id, ALICE.to_string());
    assert_eq!((placed.total_cents, placed.currency_code.as_str()), (900, "EUR"));
    let get = GetOrderRequest { id: placed.id.clone() };
    let read = alice.get_order(get.clone()).await.unwrap().into_inner().order.unwrap();
    assert_eq!(read, placed);

    let changed = alice
        .update_order(one_cake(&placed))
        .await
        .unwrap()
        .into_inner()
        .order
        .unwrap();
    assert_eq!(changed.total_cents, 100);
    assert_ne!(changed.etag, placed.etag);
    assert_eq!(changed.shipping_address, placed.shipping_address);
    let removal = UpdateOrderRequest {
        id: placed.id.clone(),
        update_mask: Some(FieldMask {
            paths: vec!["shipping_address".to_owned()],
        }),
        ..UpdateOrderRequest::default()
    };
    let bare = alice.update_order(removal).await.unwrap().into_inner().order.unwrap();
    assert_eq!(bare.shipping_address, None);

    let request = CancelOrderRequest {
        reason: "too late".to_owned(),
        ..cancel(&placed)
    };
    let cancelled = alice.cancel_order(request).await.unwrap().into_inner().order.unwrap();
    assert_eq!(
        (cancelled.status(), cancelled.cancel_reason.as_str()),
        (OrderStatus::Cancelled, "too late")
    );
    let again = alice
        .cancel_order(cancel(&placed))
        .await
        .unwrap()
        .into_inner()
        .order
        .unwrap();
    assert_eq!(again, cancelled);
    let late = alice.update_order(one_cake(&placed)).await;
    assert_eq!(told(late), refusal(Code::FailedPrecondition, "ORDER_NOT_PENDING"));

    let history = ListOrderEventsRequest {
        id: placed.id,
        ..ListOrderEventsRequest::default()
    };
    let events = alice.list_order_events(history).await.unwrap().into_inner().events;
    let types: Vec<_> = events.iter().map(|event| event.r#type()).collect();
    assert_eq!(types, [Type::Cancelled, Type::Updated, Type::Updated, Type::Created]);
    for event in events {
        assert_eq!(event.actor, format!("user:{ALICE}"));
        assert_eq!(event.order.unwrap().shipping_address, None);
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: make test"]
async fn a_deleted_order_leaves_the_lists_and_stays_readable() {
    let world = TestWorld::new().await;
    let running = world.start().await;
    let mut alice = world.alice(&running);
    let order = place(&mut alice).await;
    let deleted = alice
        .delete_order(delete(&order))
        .await
        .unwrap()
        .into_inner()
        .order
        .unwrap();
    assert!(deleted.archived);
    assert_eq!(deleted.status(), OrderStatus::Cancelled);
    alice.delete_order(delete(&order)).await.unwrap();
    let listed = alice
        .list_orders(ListOrdersRequest::default())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(listed.orders, []);
    let all = ListOrdersRequest {
        include_archived: true,
        ..ListOrdersRequest::default()
    };
    assert_eq!(alice.list_orders(all).await.unwrap().into_inner().orders.len(), 1);
    let read = alice.get_order(GetOrderRequest { id: order.id.clone() }).await.unwrap();
    assert_eq!(read.into_inner().order, Some(deleted));
    let history = ListOrderEventsRequest {
        id: order.id,
        ..ListOrderEventsRequest::default()
    };
    let events = alice.list_order_events(history).await.unwrap().into_inner().events;
    let types: Vec<_> = events.iter().map(|event| event.r#type()).collect();
    assert_eq!(types, [Type::Deleted, Type::Cancelled, Type::Created]);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: make test"]
async fn staff_and_services_order_for_valid_users_and_say_for_whom() {
    let world = TestWorld::new().await;
    let running = world.start().await;
    let mut clerk = world.clerk(&running);
    let for_user = |id: kernel::UserId| CreateOrderRequest {
        customer_id: id.to_string(),
        ..two_teas()
    };
    let service = Caller::service("subscriptionsvc", ["orders:write".to_owned()]);
    for mut caller in [clerk.clone(), world.client(&running, &service)] {
        let placed = caller.create_order(for_user(BOB)).await.unwrap().into_inner();
        assert_eq!(placed.order.unwrap().customer_id, BOB.to_string());
        let unknown = caller.create_order(for_user(order_core::testing::user(99))).await;
        assert_eq!(told(unknown), refusal(Code::InvalidArgument, "USER_INVALID"));
        let nobody = caller.create_order(two_teas()).await;
        assert_eq!(told(nobody), refusal(Code::InvalidArgument, "INVALID_INPUT"));
    }
    clerk.create_order(for_user(CLERK)).await.unwrap();
    world.users.set_away(true);
    let away = clerk.create_order(for_user(BOB)).await.unwrap_err();
    assert_eq!(away.code(), Code::Unavailable);
    assert!(wire::retry_after_of(&away).is_some());
    place(&mut world.alice(&running)).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: make test"]
async fn of_two_updates_with_one_etag_one_wins() {
    let world = TestWorld::new().await;
    let running = world.start().await;
    let mut alice = world.alice(&running);
    for _ in 0..20 {
        let order = place(&mut alice).await;
        let request = UpdateOrderRequest {
            etag: order.etag.clone(),
            ..one_cake(&order)
        };
        let (mut one, mut other) = (alice.clone(), alice.clone());
        let (a, b) = tokio::join!(one.update_order(request.clone()), other.update_order(request.clone()));
        let lost = match (a, b) {
            (Ok(_), Err(lost)) | (Err(lost), Ok(_)) => lost,
            (a, b) => panic!("{a:?} {b:?}"),
        };
        assert_eq!(told::<()>(Err(lost)), refusal(Code::Aborted, "ETAG_MISMATCH"));
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: make test"]
async fn without_an_etag_every_update_applies_to_the_latest() {
    let world = TestWorld::new().await;
    let running = world.start().await;
    let mut alice = world.alice(&running);
    let order = place(&mut alice).await;
    let updates: Vec<_> = (0..8)
        .map(|_| {
            let (mut client, request) = (alice.clone(), one_cake(&order));
            tokio::spawn(async move { client.update_order(request).await })
        })
        .collect();
    for update in updates {
        update.await.unwrap().unwrap();
    }
    let history = ListOrderEventsRequest {
        id: order.id,
        ..ListOrderEventsRequest::default()
    };
    let events = alice.list_order_events(history).await.unwrap().into_inner().events;
    let versions: Vec<_> = events.iter().map(|event| event.version).collect();
    assert_eq!(versions, [9, 8, 7, 6, 5, 4, 3, 2, 1]);
}
