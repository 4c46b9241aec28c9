//! What is done to a service's database from outside the server: migrations, maintenance, epochs.

use std::time::Duration;

use anyhow::Context;
use kernel::{Chain, Secret};
use sqlx::{PgPool, migrate::Migrator, postgres::PgPoolOptions};
use tokio::{
    runtime::Handle,
    time::{Instant, sleep},
};

use super::Service;
use crate::{
    config::Layers,
    postgres::{
        StoreError, is_shut_out,
        maintain::{self, MaintainSettings},
        migrations::{self, SchemaError},
    },
    topology,
};

/// How soon a database that could not be used is tried again.
const AGAIN_AFTER: Duration = Duration::from_secs(1);
/// A role that is not made yet is refused as a wrong password is, and only a new start reads another one.
const LET_IN_WITHIN: Duration = Duration::from_secs(120);

crate::settings! {
    /// What `migrate` reads.
    pub struct MigrateSettings {
        /// The database, as the role that owns the schema.
        pub url: Secret<String> = "DATABASE_URL", required;
        /// The role that the server uses, which is granted rows and no more.
        pub server_role: String = "DATABASE_SERVER_ROLE", required;
        /// How long it waits for a database that cannot be reached; for one that does not let it in, two minutes at most.
        pub wait: Duration = "DATABASE_WAIT", default "0s";
    }
}

crate::settings! {
    /// What `maintain` and `events new-epoch` read.
    pub struct UpkeepSettings {
        /// The database, as the role that owns the schema.
        pub url: Secret<String> = "DATABASE_URL", required;
        /// How long events are kept; for ever when not set.
        pub event_retention: Option<Duration> = "EVENT_RETENTION", optional;
        /// How long idempotency keys are kept.
        pub key_retention: Duration = "IDEMPOTENCY_KEY_RETENTION", default "24h";
    }
}

/// The defaults of a service: its port, and the role it has by convention.
pub(super) fn with_defaults<S: Service>(layers: Layers) -> Layers {
    let layers = layers.with_default("DATABASE_SERVER_ROLE", S::NAME);
    match topology::find(S::NAME) {
        Some(place) => layers.with_default("GRPC_ADDR", format!("0.0.0.0:{}", place.port)),
        None => layers,
    }
}

pub(super) async fn migrate(migrator: &'static Migrator, layers: &Layers) -> anyhow::Result<()> {
    let settings: MigrateSettings = layers.read()?;
    let runtime = Handle::current();
    // The compiler cannot see that sqlx's future may change threads; on a thread of its own it need not.
    let migrated = tokio::task::spawn_blocking(move || {
        runtime.block_on(migrate_when_possible(&settings, &migrations::merged(migrator)))
    });
    migrated.await.context("the migration panicked")??;
    tracing::info!("the schema is current");
    Ok(())
}

async fn migrate_when_possible(settings: &MigrateSettings, migrations: &Migrator) -> Result<(), SchemaError> {
    let began = Instant::now();
    loop {
        match migrations::migrate(settings.url.expose(), migrations, &settings.server_role).await {
            Err(SchemaError::Store(StoreError::Unavailable(error)))
                if began.elapsed() < patience(&error, settings.wait) =>
            {
                tracing::warn!(error = %Chain(&error), "the database that DATABASE_URL names cannot be used yet");
                sleep(AGAIN_AFTER).await;
            }
            done => return done,
        }
    }
}

/// How long to wait for a database that says this.
fn patience(error: &sqlx::Error, wait: Duration) -> Duration {
    if is_shut_out(error) {
        wait.min(LET_IN_WITHIN)
    } else {
        wait
    }
}

pub(super) async fn maintain(layers: &Layers) -> anyhow::Result<()> {
    let settings: UpkeepSettings = layers.read()?;
    let pool = as_migrator(&settings)?;
    let what = MaintainSettings {
        event_retention: settings.event_retention,
        key_retention: settings.key_retention,
        ..MaintainSettings::default()
    };
    let done = maintain::maintain(&pool, &what).await.context("could not maintain")?;
    pool.close().await;
    tracing::info!(
        partitions.made = done.partitions_made,
        partitions.dropped = done.partitions_dropped,
        keys.expired = done.keys_expired,
        "maintained"
    );
    Ok(())
}

pub(super) async fn new_epoch(layers: &Layers) -> anyhow::Result<()> {
    let pool = as_migrator(&layers.read()?)?;
    let begins = maintain::new_epoch(&pool)
        .await
        .context("could not start a new epoch")?;
    pool.close().await;
    tracing::info!(epoch = begins.epoch, position = begins.number, "a new epoch began");
    Ok(())
}

fn as_migrator(settings: &UpkeepSettings) -> anyhow::Result<PgPool> {
    PgPoolOptions::new()
        .max_connections(1)
        .connect_lazy(settings.url.expose())
        .context("could not use DATABASE_URL")
}

#[cfg(test)]
mod tests {
    use std::{borrow::Cow, error::Error, fmt, io};

    use sqlx::error::{DatabaseError, ErrorKind};

    use super::*;

    #[derive(Debug)]
    struct Refusal(&'static str);

    impl fmt::Display for Refusal {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }
    }

    impl Error for Refusal {}

    impl DatabaseError for Refusal {
        fn message(&self) -> &str {
            self.0
        }

        fn code(&self) -> Option<Cow<'_, str>> {
            Some(Cow::Borrowed(self.0))
        }

        fn as_error(&self) -> &(dyn Error + Send + Sync + 'static) {
            self
        }

        fn as_error_mut(&mut self) -> &mut (dyn Error + Send + Sync + 'static) {
            self
        }

        fn into_error(self: Box<Self>) -> Box<dyn Error + Send + Sync + 'static> {
            self
        }

        fn kind(&self) -> ErrorKind {
            ErrorKind::Other
        }
    }

    #[test]
    fn a_database_that_is_away_is_waited_for_longer_than_one_that_refuses() {
        let (day, second) = (Duration::from_secs(86_400), Duration::from_secs(1));
        let refused = |code| sqlx::Error::Database(Box::new(Refusal(code)));
        for away in [
            sqlx::Error::Io(io::ErrorKind::ConnectionRefused.into()),
            // starting; too many connections
            refused("57P03"),
            refused("53300"),
        ] {
            assert_eq!(patience(&away, day), day, "{away:?}");
        }
        // wrong password, no such role, no such database
        for code in ["28P01", "28000", "3D000"] {
            assert_eq!(patience(&refused(code), day), LET_IN_WITHIN, "{code}");
            assert_eq!(patience(&refused(code), second), second, "{code}");
        }
    }
}
