//! Which call is which: the same key joins and is answered again, another one meets a running checkout.

use std::time::Duration;

use kernel::{Classify, ErrorKind};
use order_core::{
    ports::Orders,
    testing::{Fault, World, key},
};

use crate::shop::{clerk, me, money, pay, pay_as, placed, put_off, some_key, state, with};

#[tokio::test]
async fn one_key_is_for_one_request() {
    let world = World::new();
    let id = placed(&world).await;
    world.payments.inject([Some(Fault::Undecided)]);
    let running = tokio::spawn({
        let ordering = world.ordering.clone();
        async move {
            ordering
                .checkout(&me(), with(id, "pm_card_visa"), some_key("k"), None)
                .await
        }
    });
    put_off(&world, id).await;
    let other = || Some(key(&me(), "k", 2));
    let refused = pay(&world, id, "pm_card_declined", other()).await.unwrap_err();
    assert_eq!(refused.reason(), "IDEMPOTENCY_KEY_REUSED");
    let elsewhere = placed(&world).await;
    let refused = pay(&world, elsewhere, "pm_card_visa", other()).await.unwrap_err();
    assert_eq!(refused.reason(), "IDEMPOTENCY_KEY_REUSED");
    assert_eq!(state(&world, elsewhere).await, "PENDING NONE");
    world.drain().await;
    running.await.unwrap().unwrap();
    let refused = pay(&world, id, "pm_card_declined", other()).await.unwrap_err();
    assert_eq!(refused.reason(), "IDEMPOTENCY_KEY_REUSED");
    assert_eq!(money(&world), (900, 0));
}

#[tokio::test]
async fn the_same_key_joins_a_checkout_that_runs_elsewhere() {
    let world = World::new();
    let id = placed(&world).await;
    for (method, captured) in [("pm_card_declined", 0), ("pm_card_visa", 900)] {
        world.payments.inject([Some(Fault::LostReply)]);
        let call = || {
            let ordering = world.ordering.clone();
            async move { ordering.checkout(&me(), with(id, method), some_key(method), None).await }
        };
        let first = tokio::spawn(call());
        put_off(&world, id).await;
        let joined: Vec<_> = (0..5).map(|_| tokio::spawn(call())).collect();
        tokio::task::yield_now().await;
        world.drain().await;
        let first = first.await.unwrap();
        for call in joined {
            match (call.await.unwrap(), &first) {
                (Ok(joined), Ok(first)) => {
                    assert!(joined.is_replayed());
                    assert_eq!(joined.into_inner().snapshot(), first.clone().into_inner().snapshot());
                }
                (Err(joined), Err(first)) => assert_eq!(joined.reason(), first.reason()),
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(money(&world), (captured, 0));
    }
    assert_eq!(world.payments.charges().len(), 2);
}

#[tokio::test]
async fn two_checkouts_with_one_key_at_once_are_one() {
    let world = World::new();
    let id = placed(&world).await;
    let (one, other) = tokio::join!(
        pay(&world, id, "pm_card_visa", some_key("k")),
        pay(&world, id, "pm_card_visa", some_key("k"))
    );
    let (one, other) = (one.unwrap(), other.unwrap());
    assert_ne!(one.is_replayed(), other.is_replayed());
    assert_eq!(one.into_inner().snapshot(), other.into_inner().snapshot());
    assert_eq!(world.payments.charges().len(), 1);
}

#[tokio::test]
async fn another_key_or_none_meets_a_running_checkout() {
    let world = World::new();
    let id = placed(&world).await;
    world.payments.inject([Some(Fault::Undecided)]);
    let first = tokio::spawn({
        let ordering = world.ordering.clone();
        async move {
            ordering
                .checkout(&me(), with(id, "pm_card_visa"), some_key("k"), None)
                .await
        }
    });
    put_off(&world, id).await;
    for other in [None, some_key("other"), Some(key(&clerk(), "k", 1))] {
        let refused = pay_as(&world, &clerk(), with(id, "pm_card_visa"), other)
            .await
            .unwrap_err();
        assert_eq!(
            (refused.kind(), refused.reason()),
            (ErrorKind::WrongState, "CHECKOUT_RUNNING")
        );
        assert_eq!(refused.retry_after(), Some(Duration::from_secs(1)));
    }
    world.drain().await;
    first.await.unwrap().unwrap();
    assert_eq!(world.payments.charges().len(), 1);
}

#[tokio::test]
async fn a_refusal_that_passes_is_not_kept_and_one_that_stays_is() {
    let world = World::new();
    let id = placed(&world).await;
    world.payments.inject([Some(Fault::Undecided)]);
    let first = tokio::spawn({
        let ordering = world.ordering.clone();
        async move { ordering.checkout(&me(), with(id, "pm_card_declined"), None, None).await }
    });
    put_off(&world, id).await;
    let k = key(&me(), "k", 1);
    let refused = pay(&world, id, "pm_card_visa", Some(k.clone())).await.unwrap_err();
    assert_eq!(refused.reason(), "CHECKOUT_RUNNING");
    assert_eq!(world.orders.find_kept(&k).await.unwrap(), None);
    world.drain().await;
    assert_eq!(first.await.unwrap().unwrap_err().reason(), "CARD_DECLINED");
    pay(&world, id, "pm_card_visa", Some(k)).await.unwrap();

    let late = some_key("late");
    for _ in 0..2 {
        let refused = pay(&world, id, "pm_card_visa", late.clone()).await.unwrap_err();
        assert_eq!(refused.reason(), "ORDER_NOT_PENDING");
    }
    assert!(world.orders.find_kept(&late.unwrap()).await.unwrap().is_some());
}
