//! The schema: owned by the migrator's role, added to and never rewritten.
//!
//! A service's tables and those of this module ([idempotency](super::idempotency) and
//! [events](super::events)) are one set of migrations with one record of what is applied. A binary
//! passes on a schema that is newer than itself and refuses one that is older.

use sqlx::{
    AssertSqlSafe, Connection, Executor, PgConnection, Postgres,
    migrate::{MigrateError, Migrator},
};

use super::{StoreError, provision::quoted};

static PLATFORM: Migrator = sqlx::migrate!("./migrations");

/// Held while a schema is brought up to date.
const MIGRATION_LOCK: i64 = 0x6d69_6772_6174_6573;

/// The service's migrations and the platform's; merging twice changes nothing.
pub fn merged(service: &Migrator) -> Migrator {
    let own = service
        .iter()
        .filter(|migration| !PLATFORM.version_exists(migration.version));
    let all = PLATFORM.iter().chain(own).cloned().collect();
    let mut merged = Migrator::with_migrations(all);
    // The previous binary must pass on the schema of this one, or there is no way back.
    merged.set_ignore_missing(true);
    merged
}

/// Why the schema could not be brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    /// The database could not be asked.
    #[error("could not reach the database")]
    Store(#[source] StoreError),
    /// A migration failed; nothing of it remains.
    #[error("could not migrate the schema")]
    Migrate(#[source] Box<MigrateError>),
    /// The server needs migrations that are not applied.
    #[error("the schema is older than this binary: run `migrate` first; missing: {}", .0.join(", "))]
    Outdated(Vec<String>),
}

impl From<sqlx::Error> for SchemaError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

/// Brings the schema up to date as its owner, and lets `server_role` read and write the rows of every
/// table there is and will be.
///
/// # Errors
/// The database is away, a migration fails, or an applied one was changed.
pub async fn migrate(migrator_url: &str, migrations: &Migrator, server_role: &str) -> Result<(), SchemaError> {
    let mut connection = PgConnection::connect(migrator_url).await?;
    // Pods that start together take turns: of two that grant at the same time one would fail.
    sqlx::query("SELECT pg_advisory_lock($1)")
        .bind(MIGRATION_LOCK)
        .execute(&mut connection)
        .await?;
    let role = quoted(server_role);
    let grants = format!(
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role};
         ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {role};
         GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role};
         GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role};"
    );
    sqlx::raw_sql(AssertSqlSafe(grants)).execute(&mut connection).await?;
    migrations
        .run(&mut connection)
        .await
        .map_err(|error| SchemaError::Migrate(Box::new(error)))?;
    let record = format!("REVOKE INSERT, UPDATE, DELETE ON _sqlx_migrations FROM {role}");
    sqlx::raw_sql(AssertSqlSafe(record)).execute(&mut connection).await?;
    connection.close().await?;
    Ok(())
}

/// Passes when everything this binary needs is applied; more may be.
///
/// # Errors
/// [`SchemaError::Outdated`] names what is missing.
pub async fn schema_is_current(
    database: impl Executor<'_, Database = Postgres>,
    migrations: &Migrator,
) -> Result<(), SchemaError> {
    const UNDEFINED_TABLE: &str = "42P01";
    let applied: Vec<i64> = match sqlx::query_scalar("SELECT version FROM _sqlx_migrations WHERE success")
        .fetch_all(database)
        .await
    {
        Ok(versions) => versions,
        Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some(UNDEFINED_TABLE) => Vec::new(),
        Err(error) => return Err(error.into()),
    };
    let missing: Vec<String> = migrations
        .iter()
        .filter(|migration| !applied.contains(&migration.version))
        .map(|migration| format!("{} {}", migration.version, migration.description))
        .collect();
    if missing.is_empty() {
        Ok(())
    } else {
        Err(SchemaError::Outdated(missing))
    }
}
