use std::sync::Arc;

use anyhow::Context;
use api::{auth::v1 as auth_contract, user::v1 as contract};
use async_trait::async_trait;
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
use user_core::Directory;

use crate::{
    config::Config,
    forget::Forget,
    grpc::{UserGrpc, watch_active_users},
    postgres::{MIGRATIONS, PgUsers},
};

/// The service `usersvc`.
#[derive(Debug)]
pub struct Usersvc;

/// What the world gives to usersvc; tests give other world.
#[derive(Debug)]
pub struct World {
    /// Where profiles are kept.
    pub database: Database,
    /// Who verifies callers.
    pub verifier: Arc<Verifier>,
    /// authsvc, called as ourselves.
    pub auth: Client,
    /// The keys that tell requests apart.
    pub keys: KeyRing,
}

#[async_trait]
impl Service for Usersvc {
    const NAME: &'static str = "usersvc";
    type Config = Config;

    fn migrator() -> Option<&'static Migrator> {
        Some(&MIGRATIONS)
    }

    async fn compose(config: Config, process: &Process) -> anyhow::Result<Composed> {
        let clock = Arc::clone(&process.clock);
        let identity = &config.identity;
        let peers = identity.peers.connect().context("could not use SERVICE_DISCOVERY")?;
        let database = config
            .database
            .connect_lazy(Self::NAME)
            .context("DATABASE_URL cannot be used")?;
        let verifier = identity
            .verifier(&peers, Arc::clone(&clock))
            .context("could not reach authsvc")?;
        let tokens = identity.service_tokens(&peers, Self::NAME, &config.credential, clock);
        let ourselves = Identity::Service(tokens.context("could not reach authsvc")?);
        let auth = peers.client(&identity.authsvc_url, auth_contract::METHODS, ourselves);
        let world = World {
            database,
            verifier,
            auth: auth.context("could not reach authsvc")?,
            keys: config.token_keys,
        };
        Ok(compose(world, process))
    }
}

/// The composition root.
pub fn compose(world: World, process: &Process) -> Composed {
    let (clock, ids) = (Arc::clone(&process.clock), Arc::clone(&process.ids));

    // What the domain needs from the world.
    let pool = world.database.pool().clone();
    let sequencer = Sequencer::new(pool.clone());
    let users = Arc::new(PgUsers::new(pool.clone(), sequencer.clone()));

    // The domain.
    let directory = Directory::new(Arc::clone(&users) as _, clock, Arc::clone(&ids));

    // How the world reaches it.
    let server = contract::user_service_server::UserServiceServer::new(UserGrpc::new(directory, world.keys));

    // What runs beside it.
    let forget = Arc::new(Forget::new(pool.clone(), world.auth));
    Composed::new(Routes::new(server))
        .methods(contract::METHODS)
        .descriptors(api::FILE_DESCRIPTOR_SET)
        .verifier(world.verifier)
        .ready(world.database.readiness(&MIGRATIONS))
        .background(world.database.metrics_task())
        .background(sequencer.task())
        .background(BackgroundTask::new("follower of deleted users", move |stop| {
            let follower = Follower::new("users.forget", pool.clone(), Arc::clone(&forget) as _, ids.as_ref());
            async move {
                follower.run(stop).await;
                Ok(())
            }
        }))
        .background(BackgroundTask::new("count of active users", move |stop| {
            watch_active_users(Arc::clone(&users) as _, stop)
        }))
}
