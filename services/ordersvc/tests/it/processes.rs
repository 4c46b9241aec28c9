//! What only real processes on a real Postgres can prove: what is acknowledged survives kill -9, an outage
//! of the database, SIGTERM and callers who give up.

mod commands;
mod deadlines;
mod drain;
mod killed;
mod load;
mod outage;
mod paying;
mod replica;
mod watching;

use std::time::Duration;

/// Longer than anything takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
