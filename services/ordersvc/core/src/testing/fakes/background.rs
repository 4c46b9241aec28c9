use std::{sync::Mutex, time::Duration};

use async_trait::async_trait;
use kernel::Chain;
use tokio::task::JoinSet;

use super::lock;
use crate::ports::{Background, BackgroundWork};

/// Runs what calls leave behind as tasks of tokio, and remembers what went wrong.
#[derive(Default)]
pub struct Tasks {
    running: Mutex<JoinSet<Option<String>>>,
}

impl Tasks {
    /// Waits until nothing runs any more; answers what went wrong.
    pub async fn settled(&self) -> Vec<String> {
        let mut errors = Vec::new();
        loop {
            let mut running = std::mem::take(&mut *lock(&self.running));
            if running.is_empty() {
                return errors;
            }
            while let Some(ended) = running.join_next().await {
                errors.extend(ended.unwrap_or_else(|panic| Some(panic.to_string())));
            }
        }
    }
}

#[async_trait]
impl Background for Tasks {
    fn spawn(&self, work: BackgroundWork) {
        lock(&self.running).spawn(async move { work.await.err().map(|error| Chain(&error).to_string()) });
    }

    async fn pause(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}
