use kernel::{Caller, Change, Classify, ErrorKind, InvalidInput, Role};
use order_core::{
    PlaceError, PlaceOrder, Status,
    testing::{World, customer, draft, key, staff, user},
};
use uuid::Uuid;

fn for_customer(n: u128) -> PlaceOrder {
    PlaceOrder {
        customer_id: Some(user(n)),
        draft: draft(),
        ..PlaceOrder::default()
    }
}

fn for_nobody() -> PlaceOrder {
    PlaceOrder {
        customer_id: None,
        draft: draft(),
        ..PlaceOrder::default()
    }
}

#[tokio::test]
async fn a_customer_orders_for_themselves_without_being_asked_for() {
    let world = World::new();
    world.users.set_away(true);
    for input in [for_nobody(), for_customer(1)] {
        let order = world
            .ordering
            .place(&customer(1), input, None)
            .await
            .unwrap()
            .into_inner();
        assert_eq!(order.customer_id(), user(1));
        assert_eq!(order.status(), Status::Pending);
    }
    let log = world.orders.log();
    assert_eq!(log.len(), 2);
    assert_eq!(log[0].event.name(), "order.created");
    assert_eq!(log[0].actor, customer(1).to_string());
}

#[tokio::test]
async fn a_customer_does_not_order_for_somebody_else() {
    let world = World::new();
    world.users.add(user(2));
    for other in [2, 3] {
        let refused = world.ordering.place(&customer(1), for_customer(other), None).await;
        assert!(matches!(refused, Err(PlaceError::NotAllowed(_))), "{refused:?}");
    }
    let refused = world.ordering.place(&Caller::Anonymous, for_nobody(), None).await;
    assert!(matches!(refused, Err(PlaceError::NotAllowed(_))), "{refused:?}");
}

#[tokio::test]
async fn staff_and_services_order_for_valid_users_only() {
    let world = World::new();
    world.users.add(user(2));
    for caller in [staff(1), Caller::service("gateway", [])] {
        let order = world
            .ordering
            .place(&caller, for_customer(2), None)
            .await
            .unwrap()
            .into_inner();
        assert_eq!(order.customer_id(), user(2));
        let refused = world.ordering.place(&caller, for_customer(3), None).await.unwrap_err();
        assert_eq!(
            (refused.kind(), refused.reason()),
            (ErrorKind::InvalidInput, "USER_INVALID")
        );
        let refused = world.ordering.place(&caller, for_nobody(), None).await.unwrap_err();
        assert_eq!(refused.violations()[0].field, "customer_id");
    }
    world.users.set_away(true);
    let refused = world
        .ordering
        .place(&staff(1), for_customer(2), None)
        .await
        .unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Unavailable);
    assert_eq!(world.orders.log().len(), 2);
}

#[tokio::test]
async fn staff_who_order_for_themselves_are_proof_enough() {
    let world = World::new();
    let caller = Caller::user(user(1), [Role::Customer, Role::Staff], Uuid::nil());
    assert!(world.ordering.place(&caller, for_customer(1), None).await.is_ok());
}

#[tokio::test]
async fn a_missing_customer_is_told_with_everything_else() {
    let world = World::new();
    let mut input = for_nobody();
    input.draft.items.clear();
    input.payment_method = "4242 4242 4242 4242".to_owned();
    let refused = world.ordering.place(&staff(1), input, None).await;
    let Err(PlaceError::Invalid(InvalidInput(found))) = refused else {
        panic!("{refused:?}");
    };
    let fields: Vec<_> = found.iter().map(|violation| violation.field.as_str()).collect();
    assert_eq!(fields, ["customer_id", "items", "payment_method"]);
}

#[tokio::test]
async fn a_key_places_one_order() {
    let world = World::new();
    let me = customer(1);
    let first = world
        .ordering
        .place(&me, for_nobody(), Some(key(&me, "k", 1)))
        .await
        .unwrap();
    let again = world
        .ordering
        .place(&me, for_nobody(), Some(key(&me, "k", 1)))
        .await
        .unwrap();
    assert_eq!(again, Change::Replayed(first.into_inner()));
    let reused = world
        .ordering
        .place(&me, for_nobody(), Some(key(&me, "k", 2)))
        .await
        .unwrap_err();
    assert_eq!(
        (reused.kind(), reused.reason()),
        (ErrorKind::WrongState, "IDEMPOTENCY_KEY_REUSED")
    );
    assert_eq!(world.orders.log().len(), 1);
}

#[tokio::test]
async fn an_answer_that_was_given_does_not_depend_on_users() {
    let world = World::new();
    world.users.add(user(2));
    let clerk = staff(1);
    let k = || Some(key(&clerk, "k", 1));
    let first = world
        .ordering
        .place(&clerk, for_customer(2), k())
        .await
        .unwrap()
        .into_inner();
    world.users.set_away(true);
    let again = world.ordering.place(&clerk, for_customer(2), k()).await.unwrap();
    assert_eq!(again, Change::Replayed(first));
}
