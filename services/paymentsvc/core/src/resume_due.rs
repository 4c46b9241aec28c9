//! Seeing through what a crash or a silent provider left undecided.

use futures::future::join_all;
use kernel::PortError;

use crate::{LEASE, Paying, ports::Backlog, run::RunError};

/// How many operations are seen through at the same time.
const AT_ONCE: u32 = 16;

/// What became of the operations that were due.
#[derive(Debug, Default)]
pub struct Resumed {
    /// How many there were.
    pub taken: usize,
    /// Why some are still undecided.
    pub waiting: Vec<RunError>,
}

impl Paying {
    /// Takes some of the operations that are due, and sees them through or lets go of them until later.
    ///
    /// # Errors
    /// The store failed before any was taken.
    pub async fn resume_due(&self) -> Result<Resumed, PortError> {
        let now = self.clock.now();
        let due = self.payments.take_due(now, now + LEASE, AT_ONCE).await?;
        let taken = due.len();
        let outcomes = join_all(due.into_iter().map(|work| self.run(work))).await;
        let undecided = |outcome: Result<_, RunError>| match outcome {
            Err(error @ (RunError::Pending(_) | RunError::Store(_) | RunError::Call(_))) => Some(error),
            _ => None,
        };
        Ok(Resumed {
            taken,
            waiting: outcomes.into_iter().filter_map(undecided).collect(),
        })
    }

    /// What is still undecided.
    ///
    /// # Errors
    /// The store failed.
    pub async fn backlog(&self) -> Result<Backlog, PortError> {
        self.payments.backlog().await
    }
}
