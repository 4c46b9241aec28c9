use std::{fmt, future::Future, sync::Arc, time::Duration};

use futures::{FutureExt, future::BoxFuture};
use kernel::Chain;
use tokio_util::sync::CancellationToken;

const FIRST_WAIT: Duration = Duration::from_millis(100);
const LONGEST_WAIT: Duration = Duration::from_secs(30);

type Run = dyn Fn(CancellationToken) -> BoxFuture<'static, anyhow::Result<()>> + Send + Sync;

/// Something that runs beside a service until it is told to stop: a sequencer, a follower.
///
/// One that fails or panics is logged, counted (`background_task_failures_total{task}`) and started again, after
/// a wait that doubles from 100 ms to 30 s: a dependency that is away restarts no process. One that returns
/// without an error is done. It is told to stop after the last call has been answered, so that it can still
/// serve those calls.
#[derive(Clone)]
pub struct BackgroundTask {
    name: &'static str,
    run: Arc<Run>,
}

impl BackgroundTask {
    /// A task by name. It is handed a token that tells it to stop.
    pub fn new<F, R>(name: &'static str, run: F) -> Self
    where
        F: Fn(CancellationToken) -> R + Send + Sync + 'static,
        R: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        Self {
            name,
            run: Arc::new(move |stop| run(stop).boxed()),
        }
    }

    /// Its name, in logs and metrics.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Runs it, again whenever it fails, until told to stop.
    pub async fn supervise(self, stop: CancellationToken) {
        let mut wait = FIRST_WAIT;
        while !stop.is_cancelled() {
            match tokio::spawn((self.run)(stop.clone())).await {
                Ok(Ok(())) => return,
                Ok(Err(error)) => {
                    tracing::error!(task.name = self.name, error = %Chain(error.as_ref()), "a background task failed");
                }
                Err(_) => tracing::error!(task.name = self.name, "a background task panicked"),
            }
            metrics::counter!("background_task_failures_total", "task" => self.name).increment(1);
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(wait) => wait = (wait * 2).min(LONGEST_WAIT),
            }
        }
    }
}

impl fmt::Debug for BackgroundTask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use tokio::sync::Notify;

    use super::*;

    #[tokio::test]
    async fn a_task_that_fails_or_panics_is_started_again() {
        let starts = Arc::new(AtomicU32::new(0));
        let counted = starts.clone();
        let task = BackgroundTask::new("flaky", move |_| {
            let start = counted.fetch_add(1, Ordering::SeqCst);
            async move {
                match start {
                    0 => anyhow::bail!("the database is away"),
                    1 => panic!("a bug"),
                    _ => Ok(()),
                }
            }
        });
        task.supervise(CancellationToken::new()).await;
        assert_eq!(starts.load(Ordering::SeqCst), 3);
    }

    #[tokio::test]
    async fn a_task_that_waits_to_be_started_again_can_be_stopped() {
        let stop = CancellationToken::new();
        let failed = Arc::new(Notify::new());
        let told = failed.clone();
        let task = BackgroundTask::new("failing", move |_| {
            told.notify_one();
            async { anyhow::bail!("always") }
        });
        let running = tokio::spawn(task.supervise(stop.clone()));
        failed.notified().await;
        stop.cancel();
        running.await.unwrap();
    }
}
