//! Databases for tests: each test has one of its own, copied from a template that is migrated once. A test
//! that stops its server has a server of its own.

mod own_server;

use std::{net::SocketAddr, str::FromStr, sync::Arc};

use anyhow::Context;
use kernel::{IdSource, UuidV7Source};
use platform::postgres::{
    Database, Pool, PostgresConfig, migrations,
    provision::{self, Role},
};
use sqlx::{
    AssertSqlSafe, Connection, PgConnection, PgPool,
    migrate::Migrator,
    postgres::{PgConnectOptions, PgPoolOptions},
};

pub use own_server::{OwnServer, Stop};

use crate::ChaosProxy;

const MIGRATOR: Role<'_> = Role {
    name: "test_migrator",
    password: "test_migrator",
};
const SERVER: Role<'_> = Role {
    name: "test_server",
    password: "test_server",
};
const SERVER_LOCK: i64 = 0x7465_6d70_6c61_7465;

/// A database that no other test uses; dropped at the end.
#[derive(Debug)]
pub struct TestDatabase {
    name: String,
    superuser_url: String,
    address: SocketAddr,
}

impl TestDatabase {
    /// Makes a database with the tables of these migrations and of the platform, on the server that
    /// `TEST_DATABASE_URL` names.
    ///
    /// # Errors
    /// There is no server, or a migration fails.
    pub async fn create(service: &Migrator) -> anyhow::Result<Self> {
        Self::create_on(shared_server()?, service).await
    }

    /// As [`TestDatabase::create`], on the server of this superuser.
    ///
    /// # Errors
    /// As there.
    pub async fn create_on(superuser_url: String, service: &Migrator) -> anyhow::Result<Self> {
        let all = migrations::merged(service);
        Self::from_template(superuser_url, &all).await
    }

    /// Makes a database with nothing in it.
    ///
    /// # Errors
    /// There is no server.
    pub async fn empty() -> anyhow::Result<Self> {
        let database = Self::named(format!("test_{}", UuidV7Source.next().simple()), shared_server()?)?;
        let mut connection = database.locked().await?;
        let made = provision::ensure(&database.superuser_url, &database.name, &MIGRATOR, &SERVER).await;
        unlock(&mut connection).await?;
        made?;
        Ok(database)
    }

    /// A connection that has the server's roles and templates for itself: two tests that change a role at
    /// the same moment would fail.
    async fn locked(&self) -> anyhow::Result<PgConnection> {
        let mut connection = PgConnection::connect(&self.superuser_url)
            .await
            .context("could not connect to the server of the tests")?;
        sqlx::query("SELECT pg_advisory_lock($1)")
            .bind(SERVER_LOCK)
            .execute(&mut connection)
            .await?;
        Ok(connection)
    }

    async fn from_template(superuser_url: String, migrations: &Migrator) -> anyhow::Result<Self> {
        let name = format!("test_{}", UuidV7Source.next().simple());
        let database = Self::named(name, superuser_url.clone())?;
        let template = Self::named(template_name(migrations), superuser_url)?;
        let mut connection = database.locked().await?;
        let made = ensure_template(&mut connection, &template, migrations).await;
        unlock(&mut connection).await?;
        // Its rows stay: other tests copy it.
        let template_name = template.name.clone();
        std::mem::forget(template);
        made?;
        let create = format!(
            "CREATE DATABASE {} TEMPLATE {template_name} OWNER {}",
            database.name, MIGRATOR.name
        );
        sqlx::raw_sql(AssertSqlSafe(create)).execute(&mut connection).await?;
        connection.close().await?;
        Ok(database)
    }

    fn named(name: String, superuser_url: String) -> anyhow::Result<Self> {
        let options = PgConnectOptions::from_str(&superuser_url)?;
        let address = format!("{}:{}", options.get_host(), options.get_port())
            .parse()
            .context("the URL must name the server by its address")?;
        Ok(Self {
            name,
            superuser_url,
            address,
        })
    }

    /// The database's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where the server is.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The URL for the role that owns the schema.
    pub fn migrator_url(&self) -> String {
        self.url(&MIGRATOR, self.address)
    }

    /// The URL for the role that reads and writes rows: what services run as.
    pub fn server_url(&self) -> String {
        self.url(&SERVER, self.address)
    }

    /// The name of the role that reads and writes rows.
    pub const fn server_role(&self) -> &'static str {
        SERVER.name
    }

    /// As [`TestDatabase::server_url`], through a proxy to this server.
    pub fn server_url_through(&self, proxy: &ChaosProxy) -> String {
        format!("{}?sslmode=disable", self.url(&SERVER, proxy.address()))
    }

    /// The database as a service has it.
    ///
    /// # Errors
    /// None in practice.
    pub fn database(&self) -> anyhow::Result<Database> {
        Ok(Database::connect_lazy("test", &PostgresConfig::new(self.server_url()))?)
    }

    /// A pool of the role that reads and writes rows.
    ///
    /// # Errors
    /// The server is away.
    pub async fn pool(&self) -> anyhow::Result<Pool> {
        Ok(small_pool().connect(&self.server_url()).await?.into())
    }

    /// A pool of the role that owns the schema.
    ///
    /// # Errors
    /// The server is away.
    pub async fn migrator_pool(&self) -> anyhow::Result<PgPool> {
        Ok(small_pool().connect(&self.migrator_url()).await?)
    }

    /// A connection of the superuser to this database.
    ///
    /// # Errors
    /// The server is away.
    pub async fn superuser(&self) -> anyhow::Result<PgConnection> {
        let options = PgConnectOptions::from_str(&self.superuser_url)?.database(&self.name);
        Ok(PgConnection::connect_with(&options).await?)
    }

    fn url(&self, role: &Role<'_>, address: SocketAddr) -> String {
        format!("postgres://{}:{}@{address}/{}", role.name, role.password, self.name)
    }
}

#[expect(clippy::disallowed_methods, reason = "tests have no configuration of their own")]
fn shared_server() -> anyhow::Result<String> {
    std::env::var("TEST_DATABASE_URL").context("TEST_DATABASE_URL names no server: run `make test`")
}

async fn unlock(connection: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::query("SELECT pg_advisory_unlock($1)")
        .bind(SERVER_LOCK)
        .execute(connection)
        .await
        .map(drop)
}

fn small_pool() -> PgPoolOptions {
    PgPoolOptions::new().max_connections(8)
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let url = std::mem::take(&mut self.superuser_url);
        let statement = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        // A runtime of its own: the test's may be gone, and must not be blocked.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async {
                let mut connection = PgConnection::connect(&url).await?;
                sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection).await?;
                anyhow::Ok(())
            })
        });
        // A database that stays does no harm to other tests.
        drop(dropping.join());
    }
}

async fn ensure_template(
    connection: &mut PgConnection,
    template: &TestDatabase,
    migrations: &Migrator,
) -> anyhow::Result<()> {
    let exists: bool = sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)")
        .bind(&template.name)
        .fetch_one(&mut *connection)
        .await?;
    if exists {
        return Ok(());
    }
    // Under another name until it is whole, so that a killed run leaves no half template.
    let half = TestDatabase {
        name: format!("{}_half", template.name),
        superuser_url: template.superuser_url.clone(),
        address: template.address,
    };
    let leftover = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", half.name);
    sqlx::raw_sql(AssertSqlSafe(leftover)).execute(&mut *connection).await?;
    provision::ensure(&half.superuser_url, &half.name, &MIGRATOR, &SERVER).await?;
    migrations::migrate(&half.migrator_url(), migrations, SERVER.name).await?;
    let whole = format!("ALTER DATABASE {} RENAME TO {}", half.name, template.name);
    let renamed = sqlx::raw_sql(AssertSqlSafe(whole)).execute(connection).await;
    renamed?;
    Ok(())
}

/// One template for each set of migrations.
fn template_name(migrations: &Migrator) -> String {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    for migration in migrations.iter() {
        (migration.version, &migration.checksum).hash(&mut hasher);
    }
    format!("test_template_{:016x}", hasher.finish())
}

/// Ids of a running process, for tests that do not compare them.
pub fn fresh_ids() -> Arc<dyn IdSource> {
    Arc::new(UuidV7Source)
}
