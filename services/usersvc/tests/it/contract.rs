use platform::postgres::events::Sequencer;
use testkit::postgres::TestDatabase;
use usersvc::{MIGRATIONS, PgUsers};

async fn setup() -> (PgUsers, TestDatabase) {
    let database = TestDatabase::create(&MIGRATIONS).await.unwrap();
    let pool = database.database().unwrap().pool().clone();
    (PgUsers::new(pool.clone(), Sequencer::new(pool)), database)
}

user_core::users_contract!(
    #[ignore = "needs Postgres: make test"]
    setup
);
