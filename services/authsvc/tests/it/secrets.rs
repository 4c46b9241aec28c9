use api::auth::v1::ChangePasswordRequest;
use testkit::Lines;
use tracing_subscriber::{Layer, filter::LevelFilter};

use crate::world::{PASSWORD, USERSVC_KEY, World, keyed, registration};

/// One thread, so that every line of the calls is caught by this test's subscriber.
#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn no_secret_reaches_a_row_or_a_line() {
    let (lines, _catching) = Lines::caught(|lines| {
        let layer = tracing_subscriber::fmt::layer().with_writer(lines);
        layer.with_filter(LevelFilter::TRACE)
    });

    let world = World::new().await;
    world
        .anonymous()
        .register(keyed(registration("ada@example.com"), "one"))
        .await
        .unwrap();
    let tokens = world.signed_in("ada@example.com").await;
    let next = world.refreshed(&tokens.refresh_token).await.unwrap();
    let service = world.service_token("usersvc", USERSVC_KEY).await;
    let change = ChangePasswordRequest {
        current_password: PASSWORD.to_owned(),
        new_password: "difference engine".to_owned(),
    };
    world
        .with_token(&next.access_token)
        .change_password(change)
        .await
        .unwrap();

    let secret_part = |token: &str| token.rsplit('.').next().unwrap_or_default().to_owned();
    let secrets = [
        PASSWORD.to_owned(),
        "difference engine".to_owned(),
        secret_part(&tokens.refresh_token),
        secret_part(&next.refresh_token),
        secret_part(&tokens.access_token),
        secret_part(&next.access_token),
        secret_part(&service),
        USERSVC_KEY.to_owned(),
    ];
    let tables: Vec<String> = sqlx::query_scalar("SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'")
        .fetch_all(&world.pool)
        .await
        .unwrap();
    let mut rows = String::new();
    for table in &tables {
        let text = format!("SELECT coalesce(string_agg(t::text, ' '), '') FROM {table} t");
        let found: String = sqlx::query_scalar(sqlx::AssertSqlSafe(text))
            .fetch_one(&world.pool)
            .await
            .unwrap();
        rows.push_str(&found);
    }
    assert!(rows.contains("$argon2id$"), "the rows were read");
    let written = lines.text();
    assert!(!written.is_empty(), "the lines were caught");
    for secret in &secrets {
        let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
        assert!(!rows.contains(secret) && !rows.contains(&hex), "a row has {secret}");
        assert!(!written.contains(secret), "a line has {secret}");
    }
    assert!(!written.contains("ada@example.com"), "a line has the address");
}
