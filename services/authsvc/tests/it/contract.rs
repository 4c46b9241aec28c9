use std::sync::Arc;

use authsvc::{MIGRATIONS, PgAttempts, PgCredentials, PgSessions, PgSigningKeys, crypto::MasterKeys};
use platform::postgres::Pool;
use testkit::postgres::TestDatabase;

async fn database() -> (Pool, TestDatabase) {
    let database = TestDatabase::create(&MIGRATIONS).await.unwrap();
    (database.database().unwrap().pool().clone(), database)
}

mod store {
    use super::*;

    async fn setup() -> (Arc<PgCredentials>, Arc<PgSessions>, TestDatabase) {
        let (pool, database) = database().await;
        (
            Arc::new(PgCredentials::new(pool.clone())),
            Arc::new(PgSessions::new(pool)),
            database,
        )
    }
    auth_core::auth_contract!(#[ignore = "needs Postgres: make test"] store setup);
}

mod attempts {
    use super::*;

    async fn setup() -> (PgAttempts, TestDatabase) {
        let (pool, database) = database().await;
        let keys = MasterKeys::parse("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=").unwrap();
        (PgAttempts::new(pool, &keys), database)
    }
    auth_core::auth_contract!(#[ignore = "needs Postgres: make test"] attempts setup);
}

mod keys {
    use super::*;

    async fn setup() -> (PgSigningKeys, TestDatabase) {
        let (pool, database) = database().await;
        (PgSigningKeys::new(pool), database)
    }
    auth_core::auth_contract!(#[ignore = "needs Postgres: make test"] keys setup);
}
