//! The composition root.

use std::sync::Arc;

use anyhow::Context;
use api::{
    order,
    payment::v1::{METHODS, payment_service_server::PaymentServiceServer},
};
use async_trait::async_trait;
use payment_core::{Paying, ports::Provider};
use platform::{
    auth::Verifier,
    grpc::client::{Client, Identity},
    postgres::{
        Database,
        events::{Follower, Sequencer},
    },
    process::{BackgroundTask, Composed, Process, Service},
    tokens::KeyRing,
};
use sqlx::migrate::Migrator;
use tonic::service::Routes;

use crate::{
    backlog::watch_backlog,
    config::Config,
    fingerprints::HmacFingerprints,
    follow::TellOrders,
    grpc::PaymentGrpc,
    postgres::{PgPaymentMethods, PgPayments},
    resume::resume_due,
    sandbox::SandboxProvider,
};

/// The tables that paymentsvc owns.
pub static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// The service `paymentsvc`.
#[derive(Debug, Clone, Copy)]
pub struct Paymentsvc;

/// What payments need of the world.
pub struct World {
    /// Where payments are kept.
    pub database: Database,
    /// Who moves the money.
    pub provider: Arc<dyn Provider>,
    /// ordersvc, called as ourselves.
    pub orders: Client,
    /// Who recognises callers.
    pub verifier: Arc<Verifier>,
    /// What seals tokens.
    pub token_keys: KeyRing,
    /// What fingerprints cards.
    pub card_keys: KeyRing,
}

/// Puts paymentsvc together.
pub fn compose(world: World, process: &Process) -> Composed {
    let (clock, ids) = (process.clock.clone(), process.ids.clone());

    // What the domain needs from the world.
    let pool = world.database.pool().clone();
    let sequencer = Sequencer::new(pool.clone());
    let payments = Arc::new(PgPayments::new(world.database.clone(), sequencer.clone()));
    let methods = Arc::new(PgPaymentMethods::new(world.database.clone()));
    let fingerprints = Arc::new(HmacFingerprints(world.card_keys));

    // The domain.
    let paying = Paying::new(
        payments,
        methods,
        world.provider,
        fingerprints,
        clock.clone(),
        ids.clone(),
    );

    // How the world reaches it.
    let server = PaymentServiceServer::new(PaymentGrpc::new(paying.clone(), world.token_keys));

    // What runs beside it.
    let watched = paying.clone();
    let tell_orders = Arc::new(TellOrders::new(world.orders));
    Composed::new(Routes::new(server))
        .methods(METHODS)
        .descriptors(api::FILE_DESCRIPTOR_SET)
        .verifier(world.verifier)
        .ready(world.database.readiness(&MIGRATIONS))
        .background(world.database.metrics_task())
        .background(sequencer.task())
        .background(BackgroundTask::new("resumption of operations", move |stop| {
            let paying = paying.clone();
            async move {
                resume_due(paying, stop).await;
                Ok(())
            }
        }))
        .background(BackgroundTask::new("backlog metrics", move |stop| {
            let (paying, clock) = (watched.clone(), clock.clone());
            async move {
                watch_backlog(paying, clock, stop).await;
                Ok(())
            }
        }))
        .background(BackgroundTask::new("follower of refunds", move |stop| {
            let follower = Follower::new("payments.orders", pool.clone(), tell_orders.clone(), ids.as_ref());
            async move {
                follower.run(stop).await;
                Ok(())
            }
        }))
}

#[async_trait]
impl Service for Paymentsvc {
    const NAME: &'static str = "paymentsvc";
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
        let orders = peers
            .client(&config.ordersvc_url, order::v1::METHODS, Identity::Service(tokens))
            .context("could not make a client of ordersvc")?;
        let provider = SandboxProvider::try_new(&config.sandbox_psp_url).context("could not use SANDBOX_PSP_URL")?;
        let world = World {
            database,
            provider: Arc::new(provider),
            orders,
            verifier: identity
                .verifier(&peers, process.clock.clone())
                .context("could not make a client of authsvc")?,
            token_keys: config.token_keys,
            card_keys: config.card_fingerprint_keys,
        };
        Ok(compose(world, process))
    }
}
