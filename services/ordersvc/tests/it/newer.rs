//! Replicas of two versions side by side.

use api::order::v1::ListOrderEventsRequest;
use prost::Message;

use crate::{
    requests::place,
    watch::{live, next, watch},
    world::TestWorld,
};

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: make test"]
async fn what_a_newer_replica_tells_in_words_of_its_own_is_passed_over() {
    let world = TestWorld::new().await;
    let running = world.start().await;
    let mut alice = world.alice(&running);
    let mut events = watch(&mut alice, "").await;
    let token = live(&mut events).await;
    let order = place(&mut alice).await;
    let created = next(&mut events).await;
    let mut newer = created.clone();
    (newer.r#type, newer.version, newer.resume_token) = (99, 2, String::new());
    newer.event_id = order_core::testing::user(0xe).to_string();
    let owner = world.database.migrator_pool().await.unwrap();
    sqlx::query(
        "INSERT INTO outbox (event_id, aggregate_type, aggregate_id, aggregate_version, owner_id, type, schema_version,
             occurred_at, actor, payload)
         VALUES ($1::uuid, 'order', $2::uuid, 2, $3::uuid, 'order.gift_wrapped', 1, now(), 'user:x', $4)",
    )
    .bind(&newer.event_id)
    .bind(&order.id)
    .bind(&order.customer_id)
    .bind(newer.encode_to_vec())
    .execute(&owner)
    .await
    .unwrap();
    let after = place(&mut alice).await;
    let mut resumed = watch(&mut alice, &token).await;
    assert_eq!(next(&mut resumed).await.event_id, created.event_id);
    for stream in [&mut events, &mut resumed] {
        assert_eq!(next(stream).await.order.unwrap().id, after.id);
    }
    live(&mut resumed).await;

    let page = |page_token: String| ListOrderEventsRequest {
        id: order.id.clone(),
        page_size: 1,
        page_token,
    };
    let first = alice.list_order_events(page(String::new())).await.unwrap().into_inner();
    assert_eq!(first.events, []);
    let second = alice
        .list_order_events(page(first.next_page_token))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(second.events[0].event_id, created.event_id);
    assert_eq!(second.next_page_token, "");
}
