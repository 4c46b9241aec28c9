use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
};

use api::auth::v1::ChangePasswordRequest;
use tracing_subscriber::fmt::MakeWriter;

use crate::world::{PASSWORD, USERSVC_KEY, World, keyed, registration};

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;
    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// One thread, so that every line of the calls is caught by this test's subscriber.
#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn no_secret_reaches_a_row_or_a_line() {
    let lines = Lines::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(lines.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    // With a single subscriber in the process, a place of logging that the thread of another test reaches first
    // asks that thread for one, finds none and stays silent for all.
    let _other = tracing::Dispatch::new(tracing_subscriber::registry());

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
    let written = lines.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let written = String::from_utf8_lossy(&written).into_owned();
    assert!(!written.is_empty(), "the lines were caught");
    for secret in &secrets {
        let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
        assert!(!rows.contains(secret) && !rows.contains(&hex), "a row has {secret}");
        assert!(!written.contains(secret), "a line has {secret}");
    }
    assert!(!written.contains("ada@example.com"), "a line has the address");
}
