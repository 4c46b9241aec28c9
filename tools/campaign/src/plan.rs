use std::{path::PathBuf, time::Duration};

use serde::Serialize;

/// What is played.
#[derive(Debug, Clone, Serialize)]
pub struct Plan {
    /// Decides what customers do and what is killed.
    pub seed: u64,
    /// How many orders are placed at least; more when places to be killed at are left.
    pub checkouts: u64,
    /// How many orders are placed at most.
    pub at_most: u64,
    /// How many customers are there at once.
    pub customers: usize,
    /// How many processes of each service run.
    pub replicas: usize,
    /// Kills at one place after the other first, and waits after each until all is decided; then, as when this is
    /// not so, at all of them at once.
    pub one_by_one: bool,
    /// How long the wilds between two random kills are, on average.
    pub random_kill_every: Duration,
    /// How long Postgres runs between two stops, on average.
    pub postgres_stop_every: Duration,
    /// Where the client log, the logs of the processes and the report go.
    pub output: PathBuf,
}

impl Plan {
    /// Minutes: what `make campaign` plays.
    pub fn full(seed: u64, output: impl Into<PathBuf>) -> Self {
        Self {
            seed,
            checkouts: 10_000,
            at_most: 20_000,
            customers: 24,
            replicas: 2,
            one_by_one: true,
            random_kill_every: Duration::from_secs(5),
            postgres_stop_every: Duration::from_secs(45),
            output: output.into(),
        }
    }

    /// Less than a minute: what `make test` plays.
    pub fn small(seed: u64, output: impl Into<PathBuf>) -> Self {
        Self {
            checkouts: 100,
            at_most: 600,
            customers: 12,
            one_by_one: false,
            random_kill_every: Duration::from_secs(2),
            postgres_stop_every: Duration::from_secs(8),
            ..Self::full(seed, output)
        }
    }
}
