use futures::future::join_all;
use http::Method;
use serde_json::json;

use crate::world::{World, charge};

#[tokio::test]
async fn the_same_key_in_parallel_is_one_charge() {
    let world = World::new().await;
    let calls = (0..64).map(|_| world.client.charge("a", 500, "pm_card_visa"));
    let answers = join_all(calls).await;
    let made: Vec<_> = answers.iter().filter(|answer| answer.status == 200).collect();
    assert!(!made.is_empty());
    assert!(made.iter().all(|answer| *answer == made[0]));
    let refused = answers.iter().filter(|answer| answer.code() == "key_in_use").count();
    assert_eq!(made.len() + refused, 64, "{answers:?}");
    assert_eq!(world.client.charges().await.len(), 1);
}

#[tokio::test]
async fn a_key_that_was_used_otherwise_is_refused_and_changes_nothing() {
    let world = World::new().await;
    let made = world.client.charge("a", 500, "pm_card_visa").await;
    let id = made.id();
    let other = world.client.charge("other", 500, "pm_card_visa").await.id();
    world.client.capture("b", &id, 300).await;
    let before = world.client.charges().await;
    let reused = [
        world.client.charge("a", 501, "pm_card_visa").await,
        world.client.charge("a", 500, "pm_card_declined").await,
        world.client.charge("b", 500, "pm_card_visa").await,
        world.client.capture("a", &id, 300).await,
        world.client.capture("b", &id, 301).await,
        world.client.capture("b", &other, 300).await,
        world.client.refund("b", &id, 300).await,
        world.client.void("b", &id).await,
    ];
    for answer in reused {
        assert_eq!((answer.status, answer.code()), (422, "key_reused"));
    }
    assert_eq!(world.client.charges().await, before);
    assert_eq!(world.client.charge("a", 500, "pm_card_visa").await, made);
}

#[tokio::test]
async fn a_key_tells_what_was_answered_first_however_things_moved_on() {
    let world = World::new().await;
    let made = world.client.charge("a", 500, "pm_card_visa").await;
    let id = made.id();
    let refused = world.client.refund("too-early", &id, 1).await;
    assert_eq!((refused.status, refused.code()), (409, "wrong_state"));
    let captured = world.client.capture("b", &id, 500).await;
    world.client.refund("c", &id, 500).await;
    assert_eq!(world.client.charge("a", 500, "pm_card_visa").await, made);
    assert_eq!(world.client.capture("b", &id, 500).await, captured);
    assert_eq!(world.client.refund("too-early", &id, 1).await, refused);
    let told = world.client.get("/v1/operations/b").await;
    assert_eq!(
        told.body,
        json!({"operation": "capture", "status": 200, "body": captured.body})
    );
    let told = world.client.get("/v1/operations/too-early").await;
    assert_eq!(
        told.body,
        json!({"operation": "refund", "status": 409, "body": refused.body})
    );
    let unknown = world.client.get("/v1/operations/nobody").await;
    assert_eq!((unknown.status, unknown.code()), (404, "not_found"));
}

#[tokio::test]
async fn two_hundred_parallel_refunds_of_a_cent_give_back_what_was_taken() {
    let world = World::new().await;
    let id = world.client.charge("a", 150, "pm_card_visa").await.id();
    world.client.capture("b", &id, 100).await;
    let keys: Vec<_> = (0..200).map(|number| format!("refund-{number}")).collect();
    let answers = join_all(keys.iter().map(|key| world.client.refund(key, &id, 1))).await;
    let count = |status| answers.iter().filter(|answer| answer.status == status).count();
    assert_eq!((count(200), count(409)), (100, 100));
    assert_eq!(world.client.show(&id).await.standing(), ("captured", 100, 100));
}

#[tokio::test]
async fn of_a_capture_and_a_void_at_once_one_succeeds() {
    let world = World::new().await;
    for number in 0..50 {
        let id = world
            .client
            .charge(&format!("a-{number}"), 100, "pm_card_visa")
            .await
            .id();
        let (capture, void) = (format!("capture-{number}"), format!("void-{number}"));
        let (captured, voided) =
            futures::join!(world.client.capture(&capture, &id, 100), world.client.void(&void, &id));
        let expected = match (captured.status, voided.status) {
            (200, 409) => ("captured", 100, 0),
            (409, 200) => ("voided", 0, 0),
            other => panic!("{other:?}"),
        };
        assert_eq!(world.client.show(&id).await.standing(), expected);
    }
}

#[tokio::test]
async fn a_caller_that_does_not_wait_changes_nothing() {
    let world = World::new().await;
    let body = charge(500, "pm_card_slow").to_string();
    let given_up = world.client.send(Method::POST, "/v1/charges", Some("a"), body);
    let limit = std::time::Duration::from_millis(300);
    assert!(tokio::time::timeout(limit, given_up).await.is_err());
    testkit::wait_for_async(
        || async { world.client.get("/v1/operations/a").await.status == 200 },
        std::time::Duration::from_secs(10),
    )
    .await;
    assert_eq!(world.client.charges().await.len(), 1);
}
