use std::time::Duration;

use api::user::v1::DeleteUserRequest;
use testkit::wait_for;

use crate::world::{World, keyed, new_user};

const SOON: Duration = Duration::from_secs(20);

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn the_credential_of_a_deleted_user_is_erased_even_if_authsvc_is_away_for_a_while() {
    let world = World::new().await;
    world.auth.set_away(true);
    let made = world.created("ada@example.com").await;
    let other = world.created("bob@example.com").await;
    let delete = |id: &str| DeleteUserRequest {
        id: id.to_owned(),
        etag: String::new(),
    };
    world.as_user(&made.id).delete_user(delete(&made.id)).await.unwrap();
    world.auth.set_away(false);
    wait_for(|| world.auth.erased().contains(&made.id), SOON).await;
    assert!(!world.auth.erased().contains(&other.id));
    world.as_user(&other.id).delete_user(delete(&other.id)).await.unwrap();
    wait_for(|| world.auth.erased().contains(&other.id), SOON).await;
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn nothing_personal_of_a_deleted_user_stays() {
    let world = World::new().await;
    let mut staff = world.as_staff();
    let created = staff
        .create_user(keyed(new_user("ada@example.com"), "one"))
        .await
        .unwrap();
    let id = created.into_inner().user.unwrap().id;
    let delete = DeleteUserRequest {
        id: id.clone(),
        etag: String::new(),
    };
    staff.delete_user(keyed(delete, "two")).await.unwrap();
    wait_for(|| world.auth.erased().contains(&id), SOON).await;
    for table in ["users", "idempotency_keys", "outbox", "event_log"] {
        let text =
            format!("SELECT coalesce(string_agg(encode(convert_to(t::text, 'UTF8'), 'hex'), ''), '') FROM {table} t");
        let rows: String = sqlx::query_scalar(sqlx::AssertSqlSafe(text))
            .fetch_one(&world.pool)
            .await
            .unwrap();
        for personal in ["ada@example.com", "Ada Lovelace", "4912345"] {
            let plain: String = personal.bytes().map(|byte| format!("{byte:02x}")).collect();
            // A bytea shows as hexadecimal text, which is encoded once more here.
            let twice: String = plain.bytes().map(|byte| format!("{byte:02x}")).collect();
            assert!(
                !rows.contains(&plain) && !rows.contains(&twice),
                "{table} has {personal}"
            );
        }
    }
}
