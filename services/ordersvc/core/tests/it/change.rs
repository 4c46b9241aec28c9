use std::collections::BTreeMap;

use kernel::{Caller, Classify, ErrorKind, Etag};
use order_core::{
    CancelOrder, ChangeError, CheckoutOrder, DeleteOrder, Order, OrderId, PlaceOrder, Status, UpdateOrder,
    UpdateOrderStatus,
    ports::Orders,
    testing::{World, address, customer, draft, item, key, staff},
};
use uuid::Uuid;

async fn placed(world: &World, caller: &Caller) -> Order {
    let input = PlaceOrder {
        customer_id: None,
        draft: draft(),
        ..PlaceOrder::default()
    };
    world.ordering.place(caller, input, None).await.unwrap().into_inner()
}

fn update(id: OrderId) -> UpdateOrder {
    UpdateOrder {
        id,
        etag: None,
        mask: Vec::new(),
        items: vec![item("cake", 1, 100)],
        shipping_address: None,
        metadata: BTreeMap::new(),
    }
}

fn cancel(id: OrderId) -> CancelOrder {
    CancelOrder {
        id,
        reason: "too late".to_owned(),
        etag: None,
    }
}

fn delete(id: OrderId) -> DeleteOrder {
    DeleteOrder { id, etag: None }
}

fn names(world: &World) -> Vec<&'static str> {
    world.orders.log().iter().map(|event| event.event.name()).collect()
}

async fn ship(world: &World, order: &Order) {
    let input = CheckoutOrder {
        id: order.id(),
        payment_method: "pm_card_visa".to_owned(),
        etag: None,
    };
    world.ordering.checkout(&staff(9), input, None, None).await.unwrap();
    let shipped = UpdateOrderStatus {
        id: order.id(),
        status: Status::Shipped,
        etag: None,
    };
    world.ordering.update_status(&staff(9), shipped, None).await.unwrap();
}

#[tokio::test]
async fn without_a_mask_every_field_that_is_set_counts() {
    let world = World::new();
    let me = customer(1);
    let order = placed(&world, &me).await;
    let mut input = update(order.id());
    input.shipping_address = Some(address());
    let changed = world.ordering.update(&me, input, None).await.unwrap().into_inner();
    assert_eq!(changed.total().minor(), 100);
    assert!(changed.shipping_address().is_some());
    let mut input = update(order.id());
    input.items.clear();
    let same = world.ordering.update(&me, input, None).await.unwrap().into_inner();
    assert_eq!(same, changed);
    assert_eq!(names(&world), ["order.created", "order.updated"]);
}

#[tokio::test]
async fn the_mask_names_what_counts_and_what_is_removed() {
    let world = World::new();
    let me = customer(1);
    let order = placed(&world, &me).await;
    let mut input = update(order.id());
    input.shipping_address = Some(address());
    input.mask = vec!["shipping_address".to_owned()];
    let changed = world.ordering.update(&me, input, None).await.unwrap().into_inner();
    assert_eq!(changed.total(), order.total());
    let mut input = update(order.id());
    input.mask = vec!["shipping_address".to_owned(), "metadata".to_owned()];
    let changed = world.ordering.update(&me, input, None).await.unwrap().into_inner();
    assert_eq!(changed.shipping_address(), None);
    let mut input = update(order.id());
    input.items.clear();
    input.mask = vec!["items".to_owned()];
    let refused = world.ordering.update(&me, input, None).await.unwrap_err();
    assert_eq!(refused.violations()[0].field, "items");
}

#[tokio::test]
async fn paths_that_are_not_the_contract_s_are_refused() {
    let world = World::new();
    let me = customer(1);
    let order = placed(&world, &me).await;
    let mut input = update(order.id());
    input.mask = ["items", "status", "items.sku", ""].map(str::to_owned).to_vec();
    let refused = world.ordering.update(&me, input, None).await.unwrap_err();
    let fields: Vec<_> = refused
        .violations()
        .into_iter()
        .map(|violation| violation.field)
        .collect();
    assert_eq!(
        fields,
        ["update_mask.paths[1]", "update_mask.paths[2]", "update_mask.paths[3]"]
    );
}

#[tokio::test]
async fn of_two_updates_with_one_etag_one_wins() {
    let world = World::new();
    let me = customer(1);
    let order = placed(&world, &me).await;
    let mut input = update(order.id());
    input.etag = Some(Etag::of_version(order.version()));
    let (a, b) = tokio::join!(
        world.ordering.update(&me, input.clone(), None),
        world.ordering.update(&me, input.clone(), None)
    );
    let lost = a.err().or(b.err()).expect("one loses");
    assert_eq!((lost.kind(), lost.reason()), (ErrorKind::Conflict, "ETAG_MISMATCH"));
    assert_eq!(names(&world), ["order.created", "order.updated"]);
}

#[tokio::test]
async fn cancelling_twice_cancels_once() {
    let world = World::new();
    let me = customer(1);
    let order = placed(&world, &me).await;
    let first = world
        .ordering
        .cancel(&me, cancel(order.id()), None)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(first.status(), Status::Cancelled);
    let second = world
        .ordering
        .cancel(&me, cancel(order.id()), None)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(second, first);
    assert_eq!(names(&world), ["order.created", "order.cancelled"]);
}

#[tokio::test]
async fn a_cancel_that_had_nothing_to_do_is_replayed_by_its_key() {
    let world = World::new();
    let me = customer(1);
    let order = placed(&world, &me).await;
    world.ordering.cancel(&me, cancel(order.id()), None).await.unwrap();
    let k = || Some(key(&me, "k", 1));
    let first = world.ordering.cancel(&me, cancel(order.id()), k()).await.unwrap();
    assert!(!first.is_replayed());
    let second = world.ordering.cancel(&me, cancel(order.id()), k()).await.unwrap();
    assert!(second.is_replayed());
}

#[tokio::test]
async fn a_refusal_is_replayed_by_its_key_though_the_state_has_changed() {
    let world = World::new();
    let me = customer(1);
    let order = placed(&world, &me).await;
    ship(&world, &order).await;
    let k = || Some(key(&me, "k", 1));
    let refused = world.ordering.cancel(&me, cancel(order.id()), k()).await.unwrap_err();
    assert!(matches!(refused, ChangeError::Cancel(_)), "{refused:?}");
    let again = world.ordering.cancel(&me, cancel(order.id()), k()).await.unwrap_err();
    assert!(matches!(again, ChangeError::Write(_)), "{again:?}");
    assert_eq!(again.reason(), refused.reason());
    assert_eq!(again.to_string(), refused.to_string());
    assert_eq!(again.metadata(), refused.metadata());
    let reused = world
        .ordering
        .cancel(&me, cancel(order.id()), Some(key(&me, "k", 2)))
        .await
        .unwrap_err();
    assert_eq!(reused.reason(), "IDEMPOTENCY_KEY_REUSED");
}

#[tokio::test]
async fn what_was_not_found_is_not_kept() {
    let world = World::new();
    let me = customer(1);
    let order = placed(&world, &customer(2)).await;
    let k = key(&me, "k", 1);
    let refused = world
        .ordering
        .cancel(&me, cancel(order.id()), Some(k.clone()))
        .await
        .unwrap_err();
    assert_eq!(
        (refused.kind(), refused.reason()),
        (ErrorKind::NotFound, "ORDER_NOT_FOUND")
    );
    assert_eq!(world.orders.find_kept(&k).await.unwrap(), None);
}

#[tokio::test]
async fn deleting_a_pending_order_cancels_and_archives_it_and_once_only() {
    let world = World::new();
    let me = customer(1);
    let order = placed(&world, &me).await;
    let deleted = world
        .ordering
        .delete(&me, delete(order.id()), None)
        .await
        .unwrap()
        .into_inner();
    assert_eq!((deleted.status(), deleted.is_archived()), (Status::Cancelled, true));
    world.ordering.delete(&me, delete(order.id()), None).await.unwrap();
    assert_eq!(names(&world), ["order.created", "order.cancelled", "order.deleted"]);
    assert_eq!(world.ordering.get(&me, order.id()).await.unwrap(), deleted);
}

#[tokio::test]
async fn an_order_on_its_way_is_neither_changed_nor_cancelled_nor_deleted() {
    let world = World::new();
    let me = customer(1);
    let order = placed(&world, &me).await;
    ship(&world, &order).await;
    let ordering = &world.ordering;
    let refusals = [
        ordering.update(&me, update(order.id()), None).await.unwrap_err(),
        ordering.cancel(&me, cancel(order.id()), None).await.unwrap_err(),
        ordering.delete(&me, delete(order.id()), None).await.unwrap_err(),
    ];
    let told: Vec<_> = refusals.iter().map(|error| (error.kind(), error.reason())).collect();
    assert_eq!(
        told,
        [
            (ErrorKind::WrongState, "ORDER_NOT_PENDING"),
            (ErrorKind::WrongState, "ORDER_NOT_CANCELLABLE"),
            (ErrorKind::WrongState, "ORDER_NOT_DELETABLE")
        ]
    );
}

#[tokio::test]
async fn another_customer_s_order_is_as_good_as_none() {
    let world = World::new();
    let order = placed(&world, &customer(2)).await;
    let none = OrderId::new(Uuid::from_u128(77));
    for caller in [customer(1), Caller::Anonymous] {
        for id in [order.id(), none] {
            let ordering = &world.ordering;
            let refusals = [
                ordering.update(&caller, update(id), None).await.unwrap_err(),
                ordering.cancel(&caller, cancel(id), None).await.unwrap_err(),
                ordering.delete(&caller, delete(id), None).await.unwrap_err(),
            ];
            for refused in refusals {
                assert!(matches!(refused, ChangeError::NotFound), "{refused:?}");
            }
        }
    }
    assert!(world.ordering.cancel(&staff(9), cancel(order.id()), None).await.is_ok());
}
