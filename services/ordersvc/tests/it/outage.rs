use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use api::order::v1::{CheckoutState, GetOrderRequest, ListOrdersRequest, OrderStatus};
use order_core::Ask;
use testkit::wait_for_async;
use tokio_util::sync::CancellationToken;
use tonic::{Code, Status};

use crate::{
    checkout::call,
    requests::{checkout, place, two_teas, with_key},
    world::{PATIENCE, TestWorld, is_in},
};

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: make test"]
async fn a_database_that_goes_under_load_costs_nothing_but_time() {
    let world = TestWorld::proxied().await;
    let proxy = world.proxy.as_ref().unwrap();
    let running = world.start().await;
    running.ready().await;
    place(&mut world.alice(&running)).await;

    let stop = CancellationToken::new();
    let acknowledged = Arc::new(Mutex::new(BTreeSet::new()));
    let failures: Arc<Mutex<Vec<Status>>> = Arc::default();
    let callers: Vec<_> = (0..8)
        .map(|caller| {
            let (mut client, stop) = (world.alice(&running), stop.clone());
            let (acknowledged, failures) = (acknowledged.clone(), failures.clone());
            tokio::spawn(async move {
                for number in 0.. {
                    if stop.is_cancelled() {
                        return;
                    }
                    let request = with_key(two_teas(), &format!("{caller}-{number}"));
                    match client.create_order(request).await {
                        Ok(answer) => {
                            let id = answer.into_inner().order.unwrap().id;
                            acknowledged.lock().unwrap().insert(id);
                        }
                        Err(status) => failures.lock().unwrap().push(status),
                    }
                }
            })
        })
        .collect();
    let count = || acknowledged.lock().unwrap().len();
    testkit::wait_for(|| count() > 20, PATIENCE).await;

    proxy.cut();
    testkit::wait_for(|| failures.lock().unwrap().len() > 20, PATIENCE).await;
    assert!(!running.is_ready().await);
    proxy.restore();
    let began = Instant::now();
    running.ready().await;
    let served = count();
    testkit::wait_for(|| count() > served, PATIENCE).await;
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    stop.cancel();
    for caller in callers {
        caller.await.unwrap();
    }

    for status in failures.lock().unwrap().iter() {
        assert_eq!(status.code(), Code::Unavailable, "{status:?}");
        assert!(wire::retry_after_of(status).is_some(), "{status:?}");
    }
    let mut alice = world.alice(&running);
    let ids = acknowledged.lock().unwrap().clone();
    for id in ids {
        alice.get_order(GetOrderRequest { id }).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: make test"]
async fn every_read_and_write_is_unavailable_without_a_database_and_nothing_else() {
    let world = TestWorld::proxied().await;
    let running = world.start().await;
    let mut alice = world.alice(&running);
    let order = place(&mut alice).await;
    world.proxy.as_ref().unwrap().cut();
    let outcomes = [
        alice.create_order(two_teas()).await.err(),
        alice.get_order(GetOrderRequest { id: order.id.clone() }).await.err(),
        alice.list_orders(ListOrdersRequest::default()).await.err(),
        alice.update_order(crate::requests::one_cake(&order)).await.err(),
        alice
            .cancel_order(with_key(crate::requests::cancel(&order), "k"))
            .await
            .err(),
        alice
            .watch_orders(api::order::v1::WatchOrdersRequest::default())
            .await
            .err(),
    ];
    for (number, outcome) in outcomes.into_iter().enumerate() {
        let status = outcome.unwrap();
        assert_eq!(status.code(), Code::Unavailable, "{number}: {status:?}");
        assert!(wire::retry_after_of(&status).is_some(), "{number}");
        assert!(!status.message().contains("127.0.0.1"), "{status:?}");
    }
    world.proxy.as_ref().unwrap().restore();
    wait_for_async(
        || {
            let mut alice = alice.clone();
            async move { alice.create_order(two_teas()).await.is_ok() }
        },
        PATIENCE,
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: make test"]
async fn a_checkout_survives_an_outage_of_the_database_before_and_after_the_pivot() {
    for held in [Ask::Authorize, Ask::Capture] {
        let world = TestWorld::proxied().await;
        let proxy = world.proxy.as_ref().unwrap();
        let running = world.start().await;
        let mut alice = world.alice(&running);
        let order = place(&mut alice).await;
        world.payments.hold(held);
        let calling = call(&alice, with_key(checkout(&order, "pm_card_visa"), "k"));
        testkit::wait_for(|| world.payments.count(held) > 0, PATIENCE).await;
        proxy.cut();
        world.payments.open();
        let lost = calling.await.unwrap().unwrap_err();
        assert_eq!(lost.code(), Code::Unavailable, "{lost:?}");
        proxy.restore();
        running.ready().await;
        is_in(&alice, &order, OrderStatus::Confirmed, CheckoutState::Paid).await;
        let paid = alice
            .checkout_order(with_key(checkout(&order, "pm_card_visa"), "k"))
            .await
            .unwrap();
        assert_eq!(paid.into_inner().order.unwrap().checkout.unwrap().attempt, 1);
        assert_eq!(world.payments.charge().captured, order.total_cents);
    }
}
