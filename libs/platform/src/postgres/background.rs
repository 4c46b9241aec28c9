//! What a composition root takes from here: readiness, and what runs beside the service.

use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context;
use async_trait::async_trait;
use sqlx::migrate::Migrator;

use super::{
    Database,
    events::{Sequencer, Tail},
    migrations,
};
use crate::process::{BackgroundTask, ReadinessCheck};

/// Ready when the database answers, its schema has everything this binary needs, and connections are open for the
/// first callers.
#[derive(Debug)]
pub struct DatabaseReadiness {
    database: Database,
    migrations: Migrator,
    was_ready: AtomicBool,
}

impl Database {
    /// Whether it can serve a service with these migrations.
    pub fn readiness(&self, service: &Migrator) -> DatabaseReadiness {
        DatabaseReadiness {
            database: self.clone(),
            migrations: migrations::merged(service),
            was_ready: AtomicBool::new(false),
        }
    }

    /// Reports the pool's metrics.
    pub fn metrics_task(&self) -> BackgroundTask {
        let database = self.clone();
        BackgroundTask::new("database metrics", move |stop| {
            let database = database.clone();
            async move {
                database.report_metrics(stop).await;
                Ok(())
            }
        })
    }
}

#[async_trait]
impl ReadinessCheck for DatabaseReadiness {
    fn name(&self) -> &'static str {
        "database"
    }

    async fn check(&self) -> anyhow::Result<()> {
        // A schema that was current stays so: migrations only add.
        if self.was_ready.load(Ordering::Relaxed) {
            return self.database.ping().await.context("the database does not answer");
        }
        migrations::schema_is_current(self.database.pool(), &self.migrations).await?;
        let warm = self.database.warm_up().await;
        warm.context("the database does not give enough connections")?;
        self.was_ready.store(true, Ordering::Relaxed);
        Ok(())
    }
}

impl Sequencer {
    /// Sequences beside a service.
    pub fn task(&self) -> BackgroundTask {
        let sequencer = self.clone();
        BackgroundTask::new("event sequencer", move |stop| {
            let sequencer = sequencer.clone();
            async move {
                sequencer.run(stop).await;
                Ok(())
            }
        })
    }
}

impl Tail {
    /// Follows the log beside a service.
    pub fn task(&self) -> BackgroundTask {
        let tail = self.clone();
        BackgroundTask::new("event tail", move |stop| {
            let tail = tail.clone();
            async move {
                tail.run(stop).await;
                Ok(())
            }
        })
    }
}
