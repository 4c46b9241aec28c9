//! The composition root.

use std::sync::Arc;

use anyhow::Context;
use api::{
    auth::v1::{METHODS, auth_service_server::AuthServiceServer},
    user,
};
use async_trait::async_trait;
use auth_core::{Authority, Issuer, KeyPolicy, Keyring, Ports, Rules, ports::ServiceIdentity};
use kernel::{Role, text::Email};
use kubernetes::Cluster;
use platform::{
    auth::{AccessTokenSettings, Verifier},
    grpc::client::{Client, Identity},
    postgres::Database,
    process::{Composed, Process, ReadinessCheck, Service, ServiceCommand},
    tokens::KeyRing,
};
use sqlx::migrate::Migrator;
use tonic::service::Routes;

use crate::{
    accounts::ServiceAccounts,
    clients::GrpcUsers,
    config::{Config, ServiceProofs},
    crypto::{AeadCipher, Argon2Hasher, Ed25519Signer, HashingCost, HmacChain, MasterKeys},
    grpc::AuthGrpc,
    local::{LocalKeys, LocalTokens, VerifierReader},
    postgres::{PgAttempts, PgCredentials, PgSessions, PgSigningKeys},
    upkeep,
};

/// The tables that authsvc owns.
pub static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// The service `authsvc`.
#[derive(Debug, Clone, Copy)]
pub struct Authsvc;

/// What signing in needs of the world.
pub struct World {
    /// Where credentials, sessions and keys are kept.
    pub database: Database,
    /// usersvc; our own identity is put on it.
    pub usersvc: Client,
    /// What access tokens say of themselves.
    pub tokens: AccessTokenSettings,
    /// What secrets at rest hang on.
    pub master_keys: MasterKeys,
    /// What tells requests under one idempotency key apart.
    pub token_keys: KeyRing,
    /// Finds out who services are.
    pub services: Arc<dyn ServiceIdentity>,
    /// What must be there beside the database before anybody is served.
    pub needs: Vec<Arc<dyn ReadinessCheck>>,
    /// What a password hash costs.
    pub hashing: HashingCost,
    /// How signing keys follow one another.
    pub key_policy: KeyPolicy,
}

struct Assembled {
    authority: Authority,
    keyring: Arc<Keyring>,
    verifier: Arc<Verifier>,
    sessions: Arc<PgSessions>,
    attempts: Arc<PgAttempts>,
}

fn assemble(world: &World, process: &Process) -> anyhow::Result<Assembled> {
    let (clock, ids) = (&process.clock, &process.ids);
    let pool = world.database.pool();
    let AccessTokenSettings { issuer, audience } = &world.tokens;

    // What the domain needs from the world.
    let signer = Arc::new(Ed25519Signer::new(issuer, audience));
    let cipher = Arc::new(AeadCipher::try_new(&world.master_keys).context("could not make the cipher of keys")?);
    let hasher = Arc::new(Argon2Hasher::try_new(world.hashing).context("could not make the hasher of passwords")?);
    let keys = Arc::new(PgSigningKeys::new(pool.clone()));
    let keyring = Keyring::new(
        keys,
        cipher,
        signer.clone(),
        clock.clone(),
        ids.clone(),
        world.key_policy,
    );
    let keyring = Arc::new(keyring);
    let issuing = Issuer::new(keyring.clone(), signer, clock.clone());
    let verifier = Verifier::new(Arc::new(LocalKeys(keyring.clone())), issuer, audience, clock.clone());
    let verifier = Arc::new(verifier);
    let sessions = Arc::new(PgSessions::new(pool.clone()));
    let attempts = Arc::new(PgAttempts::new(pool.clone(), &world.master_keys));
    let ourselves = Identity::Service(Arc::new(LocalTokens {
        issuer: issuing.clone(),
        service: Authsvc::NAME,
    }));

    // The domain.
    let ports = Ports {
        credentials: Arc::new(PgCredentials::new(pool.clone())),
        sessions: sessions.clone(),
        attempts: attempts.clone(),
        hasher,
        users: Arc::new(GrpcUsers::new(world.usersvc.identified_by(ourselves))),
        chain: Arc::new(HmacChain::new(&world.master_keys)),
        reader: Arc::new(VerifierReader(verifier.clone())),
        services: world.services.clone(),
        clock: clock.clone(),
        ids: ids.clone(),
    };
    Ok(Assembled {
        authority: Authority::new(ports, issuing, Rules::default()),
        keyring,
        verifier,
        sessions,
        attempts,
    })
}

/// Puts authsvc together.
///
/// # Errors
/// The keys or the cost of hashing cannot be used.
pub fn compose(world: World, process: &Process) -> anyhow::Result<Composed> {
    let Assembled {
        authority,
        keyring,
        verifier,
        sessions,
        attempts,
    } = assemble(&world, process)?;

    // How the world reaches it.
    let service = AuthGrpc::new(authority.clone(), keyring.clone(), world.token_keys);

    // What runs beside it.
    let composed = Composed::new(Routes::new(AuthServiceServer::new(service)))
        .methods(METHODS)
        .descriptors(api::FILE_DESCRIPTOR_SET)
        .verifier(verifier)
        .ready(world.database.readiness(&MIGRATIONS))
        .background(world.database.metrics_task())
        .background(upkeep::tend_keys(keyring))
        .background(upkeep::sweep_registrations(authority))
        .background(upkeep::clean(sessions, attempts, process.clock.clone()));
    Ok(world.needs.into_iter().fold(composed, Composed::ready))
}

impl World {
    fn of(config: Config) -> anyhow::Result<Self> {
        let peers = config.peers.connect().context("could not use SERVICE_DISCOVERY")?;
        let usersvc = peers.client(&config.usersvc_url, user::v1::METHODS, Identity::None);
        let (services, needs) = prove(config.proofs)?;
        let mut hashing = HashingCost::default();
        if let Some(at_once) = config.hashes_at_once {
            hashing = hashing.at_once(at_once);
        }
        Ok(Self {
            database: config
                .database
                .connect_lazy(Authsvc::NAME)
                .context("could not use DATABASE_URL")?,
            usersvc: usersvc.context("could not make a client of usersvc")?,
            tokens: config.tokens,
            master_keys: config.master_keys,
            token_keys: config.token_keys,
            services,
            needs,
            hashing,
            key_policy: KeyPolicy {
                period: config.key_period,
                ..KeyPolicy::default()
            },
        })
    }
}

type Proved = (Arc<dyn ServiceIdentity>, Vec<Arc<dyn ReadinessCheck>>);

fn prove(proofs: ServiceProofs) -> anyhow::Result<Proved> {
    match proofs {
        ServiceProofs::BootstrapKeys(keys) => Ok((Arc::new(keys), Vec::new())),
        ServiceProofs::AccountTokens(audience) => {
            let cluster = Cluster::connect().context("SERVICE_ACCOUNT_AUDIENCE is set, and there is no API server")?;
            let accounts = Arc::new(ServiceAccounts::new(&cluster, audience));
            Ok((accounts.clone(), vec![accounts]))
        }
    }
}

#[async_trait]
impl Service for Authsvc {
    const NAME: &'static str = "authsvc";
    type Config = Config;

    fn migrator() -> Option<&'static Migrator> {
        Some(&MIGRATIONS)
    }

    async fn compose(config: Config, process: &Process) -> anyhow::Result<Composed> {
        compose(World::of(config)?, process)
    }

    fn commands() -> Vec<ServiceCommand<Config>> {
        let arguments = [
            ("EMAIL", "The address the user signs in with"),
            ("ROLE", "customer, staff or admin"),
        ];
        vec![ServiceCommand::new(
            "grant-role",
            "Give a registered user a role; how the first admin is made",
            arguments,
            grant_role,
        )]
    }
}

async fn grant_role(config: Config, process: Process, arguments: Vec<String>) -> anyhow::Result<()> {
    let [email, role] = arguments.as_slice() else {
        anyhow::bail!("expected an address and a role");
    };
    let email = Email::parse(email).with_context(|| format!("`{email}` is no e-mail address"))?;
    let role: Role = role.parse()?;
    let world = World::of(config)?;
    let assembled = assemble(&world, &process)?;
    let roles = assembled
        .authority
        .grant_role(&email, role)
        .await
        .context("could not grant the role")?;
    let names: Vec<&str> = roles.iter().map(|role| role.as_str()).collect();
    tracing::info!(
        roles = names.join(","),
        "the role is granted; it holds from the next login or refresh"
    );
    Ok(())
}
