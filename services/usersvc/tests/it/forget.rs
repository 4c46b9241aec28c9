use std::time::Duration;

use api::user::v1::DeleteUserRequest;
use testkit::{wait_for, wait_for_async};

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

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn what_is_kept_of_a_deleted_user_is_found_among_many_keys_without_reading_them() {
    let world = World::new().await;
    let mut staff = world.as_staff();
    let created = staff
        .create_user(keyed(new_user("ada@example.com"), "one"))
        .await
        .unwrap();
    let id = created.into_inner().user.unwrap().id;
    sqlx::query(
        "INSERT INTO idempotency_keys (caller, method, key, fingerprint, answer)
         SELECT 'somebody', 'user.v1.UserService/CreateUser', n::text, '\\x00',
                uuid_send(gen_random_uuid()) || convert_to(repeat('x', 100), 'UTF8')
         FROM generate_series(1, 50000) AS n",
    )
    .execute(&world.pool)
    .await
    .unwrap();
    let delete = DeleteUserRequest {
        id: id.clone(),
        etag: String::new(),
    };
    staff.delete_user(delete).await.unwrap();
    wait_for(|| world.auth.erased().contains(&id), SOON).await;
    let kept: i64 = sqlx::query_scalar("SELECT count(*) FROM idempotency_keys")
        .fetch_one(&world.pool)
        .await
        .unwrap();
    assert_eq!(kept, 50_000);
    // The server counts what the other connections did a moment later.
    let used = || async {
        sqlx::query_scalar("SELECT idx_scan > 0 FROM pg_stat_user_indexes WHERE indexrelname = $1")
            .bind("idempotency_keys_profile")
            .fetch_one(&world.pool)
            .await
            .unwrap()
    };
    wait_for_async(used, SOON).await;
}
