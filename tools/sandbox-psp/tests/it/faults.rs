use std::time::{Duration, Instant};

use sandbox_psp::Control;
use serde_json::json;

use crate::world::{World, charge};

#[tokio::test]
async fn it_fails_cuts_and_drops_as_often_as_it_is_told_and_then_no_more() {
    let world = World::new().await;
    let told = world
        .client
        .put("/control", json!({"fail_next": 1, "cut_next": 1, "drop_next": 1}))
        .await;
    assert_eq!(told.status, 200);
    let body = charge(500, "pm_card_visa");
    let failed = world.client.post("/v1/charges", "a", body.clone()).await;
    assert_eq!((failed.status, failed.code()), (503, "unavailable"));
    assert_eq!(world.client.try_post("/v1/charges", "a", body.clone()).await, None);
    assert_eq!(world.client.get("/v1/operations/a").await.status, 404);
    assert_eq!(world.client.try_post("/v1/charges", "a", body.clone()).await, None);
    assert_eq!(world.client.get("/v1/operations/a").await.status, 200);
    assert_eq!(world.client.post("/v1/charges", "a", body).await.status, 200);
    assert_eq!(world.client.charges().await.len(), 1);
    assert_eq!(world.client.get("/control").await.body, json!(Control::default()));
}

#[tokio::test]
async fn it_is_as_slow_as_it_is_told() {
    let world = World::new().await;
    let latency = Duration::from_millis(400);
    world.client.put("/control", json!({"latency_ms": 400})).await;
    let began = Instant::now();
    let id = world.client.charge("a", 500, "pm_card_visa").await.id();
    world.client.capture("b", &id, 500).await;
    assert!(began.elapsed() >= latency * 2);
    world.client.put("/control", json!({})).await;
    let began = Instant::now();
    world.client.refund("c", &id, 500).await;
    assert!(began.elapsed() < latency);
}

#[tokio::test]
async fn while_the_journal_fails_nothing_is_promised_and_nothing_is_left_behind() {
    let world = World::new().await;
    let before = world.client.charge("before", 500, "pm_card_visa").await;
    world.sandbox.control(Control {
        journal_fails: true,
        ..Control::default()
    });
    let card = json!({"number": "4242424242424242", "exp_month": 12, "exp_year": 2099, "cvc": "123"});
    let refused = [
        world.client.charge("a", 500, "pm_card_visa").await,
        world.client.charge("a", 500, "pm_card_declined").await,
        world.client.capture("b", &before.id(), 500).await,
        world.client.post("/v1/payment_methods", "unused", card).await,
    ];
    for answer in refused {
        assert_eq!((answer.status, answer.code()), (503, "unavailable"));
    }
    assert_eq!(world.client.charge("before", 500, "pm_card_visa").await, before);
    world.sandbox.control(Control::default());
    assert_eq!(world.client.get("/v1/operations/a").await.status, 404);
    assert_eq!(world.client.show(&before.id()).await.standing(), ("authorized", 0, 0));
    assert_eq!(world.client.capture("b", &before.id(), 200).await.status, 200);
    let world = world.restart_after(|_| ()).await;
    assert_eq!(world.client.charges().await.len(), 1);
    assert_eq!(world.client.show(&before.id()).await.standing(), ("captured", 200, 0));
}

#[tokio::test]
async fn cards_that_refuse_can_be_told_to_relent_under_a_new_key() {
    let world = World::new().await;
    let id = world.client.charge("a", 500, "pm_card_refund_refused").await.id();
    world.client.capture("b", &id, 500).await;
    let refused = world.client.refund("c", &id, 500).await;
    assert_eq!((refused.status, refused.code()), (402, "refund_refused"));
    world.client.put("/control", json!({"relent": true})).await;
    assert_eq!(world.client.refund("c", &id, 500).await, refused);
    assert_eq!(
        world.client.refund("d", &id, 500).await.standing(),
        ("captured", 500, 500)
    );
    let world = world.restart_after(|_| ()).await;
    assert_eq!(world.client.show(&id).await.standing(), ("captured", 500, 500));
    assert_eq!(world.client.refund("c", &id, 500).await, refused);
}

#[tokio::test]
async fn a_fault_that_does_not_exist_is_refused_and_changes_nothing() {
    let world = World::new().await;
    world.client.put("/control", json!({"latency_ms": 1})).await;
    for body in [json!({"explode": true}), json!({"fail_next": -1}), json!([])] {
        assert_eq!(world.client.put("/control", body).await.status, 400);
    }
    assert_eq!(world.client.get("/control").await.body["latency_ms"], 1);
}
