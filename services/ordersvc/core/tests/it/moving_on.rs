//! Shipping and delivering what is paid for.

use kernel::{Classify, Etag};
use order_core::{
    Status, UpdateOrderStatus,
    testing::{Fault, World, key},
};

use crate::shop::{become_status, cancel, clerk, delete, money, order, pay, placed, put_off, ship, state, told};

#[tokio::test]
async fn of_shipping_and_cancelling_the_first_wins() {
    let world = World::new();
    let id = placed(&world).await;
    pay(&world, id, "pm_card_visa", None).await.unwrap();
    ship(&world, id).await.unwrap();
    assert_eq!(cancel(&world, id).await.unwrap_err().reason(), "ORDER_NOT_CANCELLABLE");
    world.drain().await;
    assert_eq!(money(&world), (900, 0));

    let world = World::new();
    let id = placed(&world).await;
    pay(&world, id, "pm_card_visa", None).await.unwrap();
    cancel(&world, id).await.unwrap();
    assert_eq!(ship(&world, id).await.unwrap_err().reason(), "ILLEGAL_TRANSITION");
    world.drain().await;
    assert_eq!(money(&world), (900, 900));

    let world = World::new();
    let id = placed(&world).await;
    pay(&world, id, "pm_card_visa", None).await.unwrap();
    let (shipped, cancelled) = tokio::join!(ship(&world, id), cancel(&world, id));
    assert_ne!(shipped.is_ok(), cancelled.is_ok());
    world.drain().await;
    let refunded = if shipped.is_ok() { 0 } else { 900 };
    assert_eq!(money(&world), (900, refunded));
}

#[tokio::test]
async fn only_what_is_paid_for_is_shipped_and_only_what_was_shipped_is_delivered() {
    let world = World::new();
    let id = placed(&world).await;
    let no = async |status| become_status(&world, id, status).await.unwrap_err().reason().to_owned();
    assert_eq!(no(Status::Shipped).await, "PAYMENT_NOT_CAPTURED");
    assert_eq!(no(Status::Delivered).await, "ILLEGAL_TRANSITION");
    world.payments.inject([None, Some(Fault::Undecided)]);
    let meanwhile = async {
        put_off(&world, id).await;
        assert_eq!(state(&world, id).await, "CONFIRMED RUNNING");
        assert_eq!(no(Status::Shipped).await, "PAYMENT_NOT_CAPTURED");
        world.drain().await;
    };
    let (paid, ()) = tokio::join!(pay(&world, id, "pm_card_visa", None), meanwhile);
    paid.unwrap();
    for status in [Status::Pending, Status::Confirmed, Status::Cancelled] {
        assert_eq!(no(status).await, "INVALID_INPUT");
    }
    assert_eq!(no(Status::Delivered).await, "ILLEGAL_TRANSITION");
    ship(&world, id).await.unwrap();
    assert_eq!(no(Status::Shipped).await, "ILLEGAL_TRANSITION");
    become_status(&world, id, Status::Delivered).await.unwrap();
    assert_eq!(no(Status::Shipped).await, "ILLEGAL_TRANSITION");
    assert_eq!(told(&world)[3..], ["shipped", "delivered"]);
    delete(&world, id).await.unwrap();
    assert_eq!(state(&world, id).await, "DELIVERED PAID");
}

#[tokio::test]
async fn moving_on_heeds_the_version_and_the_key() {
    let world = World::new();
    let id = placed(&world).await;
    pay(&world, id, "pm_card_visa", None).await.unwrap();
    let version = order(&world, id).await.version();
    let input = |version| UpdateOrderStatus {
        id,
        status: Status::Shipped,
        etag: Some(Etag::of_version(version)),
    };
    let clerk = clerk();
    let k = || Some(key(&clerk, "k", 1));
    let stale = world.ordering.update_status(&clerk, input(1), k()).await.unwrap_err();
    assert_eq!(stale.reason(), "ETAG_MISMATCH");
    let first = world.ordering.update_status(&clerk, input(version), k()).await.unwrap();
    assert!(!first.is_replayed());
    let again = world.ordering.update_status(&clerk, input(version), k()).await.unwrap();
    assert!(again.is_replayed());
}
