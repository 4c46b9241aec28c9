//! One function starts every process.
//!
//! A service is a [`Service`]: a name, its settings, its migrations, and a composition root. [`main`] gives
//! it its commands (`serve`, `health`, `migrate`, `maintain`, `print-config`, `events new-epoch`, its own), telemetry,
//! signals and drain. [`Serving`] runs one composed service or many: what there is once in a process
//! ([`ProcessSettings`]: health port, admin port, drain) is apart from what each service has
//! ([`ServerSettings`]: port, TLS, limits), so that a pod and all-in-one run the same code.

mod background;
mod command;
mod composed;
mod health;
mod hosted;
mod readiness;
mod serving;
mod settings;
mod shutdown;
mod upkeep;

use std::sync::Arc;

use async_trait::async_trait;
use kernel::{Clock, IdSource, SystemClock, UuidV7Source};
use sqlx::migrate::Migrator;

pub use background::BackgroundTask;
pub use command::{ServiceCommand, main, variables};
pub use composed::Composed;
pub use health::ask_health;
pub use hosted::{Hosted, hosted};
pub(crate) use readiness::Readiness;
pub use readiness::ReadinessCheck;
pub use serving::{Served, Serving, request_on_signals};
pub use settings::{LogFormat, ProcessSettings, ServerSettings};
pub use shutdown::Shutdown;
pub use tikv_jemallocator::Jemalloc;
pub use upkeep::{MigrateSettings, UpkeepSettings};

use crate::config::Settings;

/// A service: what runs under one name, with one database at most.
#[async_trait]
pub trait Service: Send + Sync + 'static {
    /// Its name, as [`topology`](crate::topology) has it: `ordersvc`.
    const NAME: &'static str;

    /// Its own settings, declared with [`settings!`](crate::settings); `()` when it has none.
    type Config: Settings + Send;

    /// The tables it owns; `None` without a database.
    fn migrator() -> Option<&'static Migrator> {
        None
    }

    /// The composition root. It connects lazily: nothing it needs has to be up yet.
    ///
    /// # Errors
    /// What its settings name cannot be used: a file, a key, an address.
    async fn compose(config: Self::Config, process: &Process) -> anyhow::Result<Composed>;

    /// Commands of its own, beside those every service has.
    fn commands() -> Vec<ServiceCommand<Self::Config>> {
        Vec::new()
    }
}

/// What the process gives to every service in it. Tests make their own, with their own time and identity.
#[derive(Clone)]
pub struct Process {
    /// Where the time comes from.
    pub clock: Arc<dyn Clock>,
    /// Where new identifiers come from.
    pub ids: Arc<dyn IdSource>,
    /// Told when the process is asked to end. Servers end their streams and tasks are stopped in their turn
    /// without it; it is for whatever else a service waits for.
    pub shutdown: Shutdown,
}

impl Process {
    /// With the machine's clock and random source.
    pub fn new() -> Self {
        Self {
            clock: Arc::new(SystemClock),
            ids: Arc::new(UuidV7Source),
            shutdown: Shutdown::new(),
        }
    }
}

impl std::fmt::Debug for Process {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Process")
            .field("shutdown", &self.shutdown)
            .finish_non_exhaustive()
    }
}

impl Default for Process {
    fn default() -> Self {
        Self::new()
    }
}
