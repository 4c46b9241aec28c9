//! The stories: what is done in one namespace after the other.

mod chart;
mod dev;
mod grpcurl;
mod identity;
mod limits;
mod outages;
mod refusals;
mod renewal;
mod staging;

use std::path::Path;

pub use chart::play as chart;
pub use dev::play as dev;
pub use staging::play as staging;

use crate::{Journey, Namespace};

/// Where a story is played.
#[derive(Debug)]
pub struct Scene<'a> {
    /// In here.
    pub namespace: Namespace,
    /// Logs go there.
    pub output: &'a Path,
    /// Nothing is removed at the end.
    pub keep: bool,
}

impl Scene<'_> {
    /// A step; when it fails, what helps to find out why is written.
    fn step(&self, journey: &mut Journey, name: &str, act: impl FnOnce() -> anyhow::Result<String>) -> bool {
        let done = journey.step(&format!("{}: {name}", self.namespace.name()), act);
        if !done {
            // The failure itself is told already.
            let _ = self.namespace.diagnose(self.output);
        }
        done
    }

    /// Nothing of an earlier run is left.
    fn cleared(&self, journey: &mut Journey) -> bool {
        self.step(journey, "cleared", || {
            self.namespace.remove()?;
            self.namespace.is_gone()?;
            Ok(String::new())
        })
    }

    fn leave(&self, journey: &mut Journey) {
        if !self.keep {
            self.step(journey, "removed", || {
                self.namespace.remove()?;
                Ok(String::new())
            });
        }
    }
}
