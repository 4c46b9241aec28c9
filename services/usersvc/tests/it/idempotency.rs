use std::collections::BTreeSet;

use api::user::v1::{DeleteUserRequest, GetUserRequest, UpdateUserRequest};
use tonic::{Code, metadata::MetadataMap};

use crate::world::{World, keyed, new_user, reason};

fn replayed(metadata: &MetadataMap) -> bool {
    metadata
        .get("idempotency-replayed")
        .is_some_and(|value| value == "true")
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn a_hundred_calls_with_one_key_make_one_user() {
    let world = World::new().await;
    let calls: Vec<_> = (0..100)
        .map(|_| {
            let mut staff = world.as_staff();
            tokio::spawn(async move { staff.create_user(keyed(new_user("ada@example.com"), "one")).await })
        })
        .collect();
    let mut done = 0;
    let mut answers = BTreeSet::new();
    for call in calls {
        let answer = call.await.unwrap().unwrap();
        done += usize::from(!replayed(answer.metadata()));
        answers.insert(format!("{:?}", prost::Message::encode_to_vec(&answer.into_inner())));
    }
    assert_eq!((done, answers.len()), (1, 1));
    let rows: i64 = sqlx::query_scalar("SELECT count(*) FROM users")
        .fetch_one(&world.pool)
        .await
        .unwrap();
    assert_eq!(rows, 1);
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn the_same_key_with_another_request_is_refused() {
    let world = World::new().await;
    let mut staff = world.as_staff();
    staff
        .create_user(keyed(new_user("ada@example.com"), "one"))
        .await
        .unwrap();
    let reused = staff
        .create_user(keyed(new_user("bob@example.com"), "one"))
        .await
        .unwrap_err();
    assert_eq!(
        (reused.code(), reason(&reused).as_str()),
        (Code::FailedPrecondition, "IDEMPOTENCY_KEY_REUSED")
    );
    staff
        .create_user(keyed(new_user("bob@example.com"), "two"))
        .await
        .unwrap();
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn a_refusal_is_replayed() {
    let world = World::new().await;
    let made = world.created("ada@example.com").await;
    let mut staff = world.as_staff();
    let first = staff
        .create_user(keyed(new_user("ada@example.com"), "one"))
        .await
        .unwrap_err();
    assert!(!replayed(first.metadata()));
    let delete = DeleteUserRequest {
        id: made.id,
        etag: String::new(),
    };
    staff.delete_user(delete).await.unwrap();
    let again = staff
        .create_user(keyed(new_user("ada@example.com"), "one"))
        .await
        .unwrap_err();
    assert!(replayed(again.metadata()));
    assert_eq!(
        (again.code(), reason(&again), again.message()),
        (first.code(), reason(&first), first.message())
    );
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn a_change_and_an_erasure_are_made_once() {
    let world = World::new().await;
    let made = world.created("ada@example.com").await;
    let mut staff = world.as_staff();
    let rename = |name: &str| UpdateUserRequest {
        id: made.id.clone(),
        name: name.to_owned(),
        ..UpdateUserRequest::default()
    };
    let first = staff
        .update_user(keyed(rename("First"), "r"))
        .await
        .unwrap()
        .into_inner();
    staff.update_user(rename("Second")).await.unwrap();
    let again = staff.update_user(keyed(rename("First"), "r")).await.unwrap();
    assert!(replayed(again.metadata()));
    assert_eq!(again.into_inner(), first);

    let delete = DeleteUserRequest {
        id: made.id.clone(),
        etag: String::new(),
    };
    staff.delete_user(keyed(delete.clone(), "d")).await.unwrap();
    let again = staff.delete_user(keyed(delete, "d")).await.unwrap();
    assert!(replayed(again.metadata()));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: make test"]
async fn a_write_with_key_and_event_is_one_round_trip_and_a_read_by_id_is_one() {
    let world = World::alone().await;
    let mut staff = world.as_staff();
    // Connections and prepared statements are made once.
    let made = staff
        .create_user(keyed(new_user("ada@example.com"), "warm"))
        .await
        .unwrap();
    let get = GetUserRequest {
        id: made.into_inner().user.unwrap().id,
    };
    staff.get_user(get.clone()).await.unwrap();

    let before = world.proxy.round_trips();
    staff
        .create_user(keyed(new_user("bob@example.com"), "k"))
        .await
        .unwrap();
    assert_eq!(world.proxy.round_trips() - before, 1, "CreateUser");
    let before = world.proxy.round_trips();
    staff.get_user(get).await.unwrap();
    assert_eq!(world.proxy.round_trips() - before, 1, "GetUser");
}
