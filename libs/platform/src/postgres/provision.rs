//! A database and its two roles on a server of our own: for the embedded Postgres and for tests. In a
//! cluster the operator of the database does this.

use std::str::FromStr;

use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection, postgres::PgConnectOptions};

use super::StoreError;

/// A role that may log in.
#[derive(Debug, Clone)]
pub struct Role<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its password, set at every start.
    pub password: &'a str,
}

/// Makes what is missing of the database, the role that owns it and the role that reads and writes its
/// rows. May be repeated.
///
/// # Errors
/// The server is away or the superuser is none.
pub async fn ensure(
    superuser_url: &str,
    database: &str,
    migrator: &Role<'_>,
    server: &Role<'_>,
) -> Result<(), StoreError> {
    // Statements have passwords in them, and making a database takes as long as it takes.
    let options = PgConnectOptions::from_str(superuser_url)?.disable_statement_logging();
    let mut connection = options.connect().await?;
    for role in [migrator, server] {
        ensure_role(&mut connection, role).await?;
    }
    let exists: bool = sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)")
        .bind(database)
        .fetch_one(&mut connection)
        .await?;
    let database = quoted(database);
    let owner = quoted(migrator.name);
    if !exists {
        let create = format!("CREATE DATABASE {database} OWNER {owner}");
        sqlx::raw_sql(AssertSqlSafe(create)).execute(&mut connection).await?;
    }
    let access = format!(
        "REVOKE ALL ON DATABASE {database} FROM PUBLIC; GRANT CONNECT ON DATABASE {database} TO {}",
        quoted(server.name)
    );
    sqlx::raw_sql(AssertSqlSafe(access)).execute(&mut connection).await?;
    connection.close().await?;
    Ok(())
}

async fn ensure_role(connection: &mut PgConnection, role: &Role<'_>) -> Result<(), StoreError> {
    let exists: bool = sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)")
        .bind(role.name)
        .fetch_one(&mut *connection)
        .await?;
    let verb = if exists { "ALTER" } else { "CREATE" };
    let name = quoted(role.name);
    let password = role.password.replace('\'', "''");
    let statement = format!("{verb} ROLE {name} LOGIN NOSUPERUSER PASSWORD '{password}'");
    sqlx::raw_sql(AssertSqlSafe(statement)).execute(connection).await?;
    Ok(())
}

/// An identifier that may be anything.
pub(crate) fn quoted(identifier: &str) -> String {
    format!("\"{}\"", identifier.replace('"', "\"\""))
}
