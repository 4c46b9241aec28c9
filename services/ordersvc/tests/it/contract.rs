use order_core::testing::contract::Ports;
use ordersvc::{
    MIGRATIONS,
    postgres::{PgCheckouts, PgOrderEvents, PgOrders},
};
use platform::postgres::events::{EventLog, Sequencer, Tail};
use std::sync::Arc;
use testkit::postgres::TestDatabase;
use tokio_util::sync::{CancellationToken, DropGuard};

struct OnPostgres {
    ports: Ports,
    _tasks: DropGuard,
    _database: TestDatabase,
}

async fn on_postgres() -> OnPostgres {
    let test_database = TestDatabase::create(&MIGRATIONS).await.unwrap();
    let database = test_database.database().unwrap();
    let sequencer = Sequencer::new(database.pool().clone());
    let log = EventLog::new(database.pool().clone());
    let tail = Tail::new(log.clone(), &sequencer);
    let stop = CancellationToken::new();
    tokio::spawn(sequencer.clone().run(stop.clone()));
    tokio::spawn(tail.clone().run(stop.clone()));
    OnPostgres {
        ports: Ports {
            checkouts: Arc::new(PgCheckouts::new(database.clone())),
            orders: Arc::new(PgOrders::new(database, sequencer)),
            events: Arc::new(PgOrderEvents::new(log, tail)),
        },
        _tasks: stop.drop_guard(),
        _database: test_database,
    }
}

order_core::orders_contract!(
    #[ignore = "needs Postgres: make test"]
    on_postgres
);
