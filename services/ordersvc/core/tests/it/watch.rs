use kernel::{Caller, Classify, ErrorKind};
use order_core::{
    PlaceOrder,
    ports::{WatchScope, Watched},
    testing::{World, customer, draft, staff, user},
};

fn order() -> PlaceOrder {
    PlaceOrder {
        customer_id: None,
        draft: draft(),
        ..PlaceOrder::default()
    }
}

#[tokio::test]
async fn what_a_watch_sees_follows_from_who_asks_for_what() {
    let world = World::new();
    let theirs = world
        .ordering
        .place(&customer(2), order(), None)
        .await
        .unwrap()
        .into_inner()
        .id();
    let scope = async |caller: &Caller, customer: Option<u128>, order| {
        world.ordering.watch_scope(caller, customer.map(user), order).await
    };
    let (me, clerk) = (customer(1), staff(9));
    assert_eq!(scope(&me, None, None).await.unwrap(), WatchScope::Customer(user(1)));
    assert_eq!(scope(&clerk, None, None).await.unwrap(), WatchScope::All);
    assert_eq!(
        scope(&clerk, Some(2), None).await.unwrap(),
        WatchScope::Customer(user(2))
    );
    assert_eq!(
        scope(&customer(2), None, Some(theirs)).await.unwrap(),
        WatchScope::Order(theirs)
    );
    assert_eq!(
        scope(&clerk, None, Some(theirs)).await.unwrap(),
        WatchScope::Order(theirs)
    );
    let refused = scope(&me, Some(2), None).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::NotAllowed);
    for (caller, named) in [(&me, None), (&clerk, Some(1))] {
        let refused = scope(caller, named, Some(theirs)).await.unwrap_err();
        assert_eq!(refused.reason(), "ORDER_NOT_FOUND");
    }
}

#[tokio::test]
async fn a_position_of_before_a_restore_is_recognised() {
    let world = World::new();
    let mut watch = world.ordering.watch(WatchScope::All, None).await.unwrap();
    let Watched::Live { position } = watch.next().await.unwrap() else {
        panic!("not live");
    };
    world.orders.begin_epoch();
    let refused = world
        .ordering
        .watch(WatchScope::All, Some(position))
        .await
        .err()
        .unwrap();
    assert_eq!(refused.reason(), "RESUME_TOKEN_EXPIRED");
}
