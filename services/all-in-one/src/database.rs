use anyhow::Context;
use embedded_postgres::{EmbeddedPostgres, Installation, Settings};
use platform::{
    postgres::provision::{self, Role},
    topology::Place,
};

use crate::{home::Home, screen, settings::HostSettings};

/// Starts the server, fetching it when it was never fetched.
pub(crate) async fn start(home: &Home, settings: &HostSettings) -> anyhow::Result<EmbeddedPostgres> {
    let installation = Installation::find(settings.postgres_bin.as_deref(), &home.programs(), screen::progress).await?;
    let settings = Settings {
        port: settings.postgres_port,
        ..Settings::new(home.data())
    };
    Ok(EmbeddedPostgres::start(installation, &settings).await?)
}

/// The two ways into a service's database.
pub(crate) struct Access {
    /// As the role that owns the schema.
    pub(crate) migrator: String,
    /// As the role that reads and writes rows.
    pub(crate) server: String,
}

/// Makes a database with two roles, unless they are there.
pub(crate) async fn provision(
    postgres: &EmbeddedPostgres,
    home: &Home,
    place: &Place,
    database: &str,
) -> anyhow::Result<Access> {
    let owner = format!("{}_migrator", place.name);
    let migrator = Role {
        name: &owner,
        password: &home.password(&format!("{owner}.password"))?,
    };
    let server = Role {
        name: place.name,
        password: &home.password(&format!("{}.password", place.name))?,
    };
    provision::ensure(&postgres.superuser_url("postgres"), database, &migrator, &server)
        .await
        .with_context(|| format!("could not make {database}"))?;
    Ok(Access {
        migrator: postgres.url(migrator.name, migrator.password, database),
        server: postgres.url(server.name, server.password, database),
    })
}
