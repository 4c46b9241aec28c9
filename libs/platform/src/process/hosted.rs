use std::{marker::PhantomData, sync::Arc};

use anyhow::Context;
use async_trait::async_trait;

use super::{Process, Served, ServerSettings, Service, upkeep};
use crate::{
    config::{Layers, Settings, Variable},
    topology::{self, Place},
};

/// A service as one of several in a process: what all-in-one has a list of.
#[async_trait]
pub trait Hosted: Send + Sync {
    /// Its place in the installation.
    ///
    /// # Errors
    /// The topology does not know it.
    fn place(&self) -> anyhow::Result<&'static Place>;

    /// It owns tables.
    fn has_tables(&self) -> bool;

    /// Its own variables, without those of the process.
    fn variables(&self) -> Vec<Variable>;

    /// Composes it from its part of the layers.
    ///
    /// # Errors
    /// Its configuration cannot be used.
    async fn compose(&self, layers: &Layers, process: &Process) -> anyhow::Result<Served>;

    /// As its command `migrate`; nothing without tables.
    ///
    /// # Errors
    /// The database is away, or a migration fails.
    async fn migrate(&self, layers: &Layers) -> anyhow::Result<()>;

    /// As its command `maintain`; nothing without tables.
    ///
    /// # Errors
    /// The database failed.
    async fn maintain(&self, layers: &Layers) -> anyhow::Result<()>;

    /// As a command of its own: `grant-role`.
    ///
    /// # Errors
    /// There is no such command, or it failed.
    async fn run(
        &self,
        command: &str,
        arguments: Vec<String>,
        layers: &Layers,
        process: &Process,
    ) -> anyhow::Result<()>;
}

/// A service to be hosted: `hosted::<Ordersvc>()`.
pub fn hosted<S: Service>() -> Arc<dyn Hosted> {
    Arc::new(Of::<S>(PhantomData))
}

struct Of<S>(PhantomData<S>);

#[async_trait]
impl<S: Service> Hosted for Of<S> {
    fn place(&self) -> anyhow::Result<&'static Place> {
        topology::find(S::NAME).with_context(|| format!("platform::topology has no place for {}", S::NAME))
    }

    fn has_tables(&self) -> bool {
        S::migrator().is_some()
    }

    fn variables(&self) -> Vec<Variable> {
        <(ServerSettings, S::Config)>::variables()
    }

    async fn compose(&self, layers: &Layers, process: &Process) -> anyhow::Result<Served> {
        let (settings, config) = layers.read::<(ServerSettings, S::Config)>()?;
        let composed = S::compose(config, process)
            .await
            .with_context(|| format!("could not compose {}", S::NAME))?;
        Ok(Served {
            name: S::NAME,
            composed,
            settings,
        })
    }

    async fn migrate(&self, layers: &Layers) -> anyhow::Result<()> {
        match S::migrator() {
            Some(migrator) => upkeep::migrate(migrator, &upkeep::with_defaults::<S>(layers.clone()))
                .await
                .context(S::NAME),
            None => Ok(()),
        }
    }

    async fn maintain(&self, layers: &Layers) -> anyhow::Result<()> {
        match S::migrator() {
            Some(_) => upkeep::maintain(layers).await.context(S::NAME),
            None => Ok(()),
        }
    }

    async fn run(
        &self,
        command: &str,
        arguments: Vec<String>,
        layers: &Layers,
        process: &Process,
    ) -> anyhow::Result<()> {
        let command = S::commands()
            .into_iter()
            .find(|known| known.name() == command)
            .with_context(|| format!("{} has no command {command}", S::NAME))?;
        command.run(layers.read()?, process.clone(), arguments).await
    }
}
