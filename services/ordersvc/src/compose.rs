//! The composition root.

use std::sync::Arc;

use anyhow::Context;
use api::{
    order::v1::{METHODS, order_service_server::OrderServiceServer},
    payment, user,
};
use async_trait::async_trait;
use order_core::{
    CheckoutPolicy, Needs, Ordering,
    ports::{Payments, Users},
};
use platform::{
    auth::Verifier,
    grpc::client::Identity,
    postgres::{
        Database,
        events::{EventLog, Sequencer, Tail},
    },
    process::{Composed, Process, Service},
    tokens::KeyRing,
};
use sqlx::migrate::Migrator;
use tonic::service::Routes;

use crate::{
    background::TokioBackground,
    clients::{GrpcPayments, GrpcUsers},
    config::Config,
    grpc::OrderGrpc,
    postgres::{PgCheckouts, PgOrderEvents, PgOrders},
};

/// The tables that ordersvc owns.
pub static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// The service `ordersvc`.
#[derive(Debug, Clone, Copy)]
pub struct Ordersvc;

/// What orders need of the world.
pub struct World {
    /// Where orders are kept.
    pub database: Database,
    /// Who knows users.
    pub users: Arc<dyn Users>,
    /// Who takes money and gives it back.
    pub payments: Arc<dyn Payments>,
    /// How long checkouts take.
    pub policy: CheckoutPolicy,
    /// Who recognises callers.
    pub verifier: Arc<Verifier>,
    /// What seals tokens.
    pub token_keys: KeyRing,
}

/// Puts ordersvc together.
pub fn compose(world: World, process: &Process) -> Composed {
    let pool = world.database.pool();
    let sequencer = Sequencer::new(pool.clone());
    let log = EventLog::new(pool.clone());
    let tail = Tail::new(log.clone(), &sequencer);

    let background = TokioBackground::default();
    let needs = Needs {
        orders: Arc::new(PgOrders::new(world.database.clone(), sequencer.clone())),
        events: Arc::new(PgOrderEvents::new(log, tail.clone())),
        checkouts: Arc::new(PgCheckouts::new(world.database.clone())),
        payments: world.payments,
        users: world.users,
        background: Arc::new(background.clone()),
        clock: process.clock.clone(),
        ids: process.ids.clone(),
    };
    let ordering = Ordering::new(needs, world.policy);

    let worker = background.worker(&ordering);
    let checkout_metrics = TokioBackground::metrics(&ordering);
    let service = OrderGrpc::new(ordering, world.token_keys, process.clock.clone());

    Composed::new(Routes::new(OrderServiceServer::new(service)))
        .methods(METHODS)
        .descriptors(api::FILE_DESCRIPTOR_SET)
        .verifier(world.verifier)
        .ready(world.database.readiness(&MIGRATIONS))
        .background(world.database.metrics_task())
        .background(sequencer.task())
        .background(tail.task())
        .background(worker)
        .background(checkout_metrics)
}

#[async_trait]
impl Service for Ordersvc {
    const NAME: &'static str = "ordersvc";
    type Config = Config;

    fn migrator() -> Option<&'static Migrator> {
        Some(&MIGRATIONS)
    }

    async fn compose(config: Config, process: &Process) -> anyhow::Result<Composed> {
        let identity = &config.identity;
        let peers = identity.peers.connect().context("could not use SERVICE_DISCOVERY")?;
        let database = config
            .database
            .connect_lazy(Self::NAME)
            .context("could not use DATABASE_URL")?;
        let tokens = identity
            .service_tokens(&peers, Self::NAME, &config.credential, process.clock.clone())
            .context("could not make a client of authsvc")?;
        let users = peers
            .client(
                &config.usersvc_url,
                user::v1::METHODS,
                Identity::Service(tokens.clone()),
            )
            .context("could not make a client of usersvc")?;
        let payments = peers
            .client(&config.paymentsvc_url, payment::v1::METHODS, Identity::Service(tokens))
            .context("could not make a client of paymentsvc")?;
        let world = World {
            database,
            users: Arc::new(GrpcUsers::new(users)),
            payments: Arc::new(GrpcPayments::new(payments)),
            policy: CheckoutPolicy {
                failed_expires_after: config.failed_expires_after,
                unpaid_expires_after: config.unpaid_expires_after,
                ..CheckoutPolicy::default()
            },
            verifier: identity
                .verifier(&peers, process.clock.clone())
                .context("could not make a client of authsvc")?,
            token_keys: config.token_keys,
        };
        Ok(compose(world, process))
    }
}
