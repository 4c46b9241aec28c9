use std::sync::Arc;

use async_trait::async_trait;
use payment_core::{
    PaymentId,
    testing::contract::{Ports, Told},
};
use paymentsvc::{MIGRATIONS, postgres::PgPayments};
use platform::postgres::{Pool, events::Sequencer};
use testkit::postgres::TestDatabase;

struct OnPostgres {
    ports: Ports,
    _database: TestDatabase,
}

struct Outbox(Pool);

#[async_trait]
impl Told for Outbox {
    async fn of(&self, id: PaymentId) -> Vec<(String, i64)> {
        sqlx::query_as("SELECT type, aggregate_version FROM outbox WHERE aggregate_id = $1 ORDER BY id")
            .bind(id.as_uuid())
            .fetch_all(&self.0)
            .await
            .unwrap()
    }
}

/// Nobody sequences, so that what is told stays in the outbox.
async fn on_postgres() -> OnPostgres {
    let test_database = TestDatabase::create(&MIGRATIONS).await.unwrap();
    let database = test_database.database().unwrap();
    let pool = database.pool().clone();
    OnPostgres {
        ports: Ports {
            payments: Arc::new(PgPayments::new(database, Sequencer::new(pool.clone()))),
            told: Arc::new(Outbox(pool)),
        },
        _database: test_database,
    }
}

payment_core::payments_contract!(
    #[ignore = "needs Postgres: make test"]
    on_postgres
);
