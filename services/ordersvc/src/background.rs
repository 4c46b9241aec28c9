//! What runs beside calls: checkouts that go on when their callers are gone, and the worker that takes up those
//! nobody drives.

use std::{collections::HashMap, time::Duration};

use async_trait::async_trait;
use kernel::{Chain, PortError};
use order_core::{
    Ordering, PutOff,
    ports::{Background, BackgroundWork, Due, Unfinished},
};
use platform::process::BackgroundTask;
use tokio::{
    task::{JoinError, JoinSet},
    time::sleep,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::Instrument;

/// How often work is looked for that nobody drives. Calls drive what they start themselves.
const POLL: Duration = Duration::from_millis(500);
/// How many checkouts one process takes up at once.
const AT_ONCE: usize = 32;
/// How often checkouts are counted.
const COUNT: Duration = Duration::from_secs(10);

/// [`Background`] on tokio. A process that ends waits a while for what still runs; what it does not wait for is
/// taken up elsewhere.
#[derive(Debug, Clone, Default)]
pub struct TokioBackground {
    running: TaskTracker,
}

#[async_trait]
impl Background for TokioBackground {
    fn spawn(&self, work: BackgroundWork) {
        let work = work.instrument(tracing::info_span!("checkout.drive"));
        self.running.spawn(async move {
            if let Some(Err(missing)) = tell_panic(tokio::spawn(work).await) {
                tell_missing(&missing);
            }
        });
    }

    async fn pause(&self, duration: Duration) {
        sleep(duration).await;
    }
}

impl TokioBackground {
    /// Takes up checkouts that are due, in every replica. No step that fails or panics ends it.
    pub fn worker(&self, ordering: &Ordering) -> BackgroundTask {
        let (ordering, calls) = (ordering.clone(), self.running.clone());
        BackgroundTask::new("checkout worker", move |stop| {
            let (ordering, calls) = (ordering.clone(), calls.clone());
            async move {
                work(&ordering, &stop).await;
                calls.close();
                calls.wait().await;
                Ok(())
            }
        })
    }

    /// Reports how many checkouts are on their way.
    pub fn metrics(ordering: &Ordering) -> BackgroundTask {
        let ordering = ordering.clone();
        BackgroundTask::new("checkout metrics", move |stop| {
            let ordering = ordering.clone();
            async move {
                while stop.run_until_cancelled(sleep(COUNT)).await.is_some() {
                    count(&ordering).await;
                }
                Ok(())
            }
        })
    }
}

async fn work(ordering: &Ordering, stop: &CancellationToken) {
    let mut taken_up = JoinSet::new();
    while !stop.is_cancelled() {
        while let Some(ended) = taken_up.try_join_next() {
            tell_panic(ended);
        }
        for due in take(ordering, AT_ONCE - taken_up.len()).await {
            let span = tracing::info_span!("checkout.resume", order.id = %due.order_id, checkout.step = %due.step);
            taken_up.spawn(resume(ordering.clone(), due).instrument(span));
        }
        if taken_up.len() < AT_ONCE {
            stop.run_until_cancelled(sleep(POLL)).await;
        } else if let Some(Some(ended)) = stop.run_until_cancelled(taken_up.join_next()).await {
            tell_panic(ended);
        }
    }
    // What was begun is brought to its end, for as long as the process waits.
    while let Some(ended) = taken_up.join_next().await {
        tell_panic(ended);
    }
}

async fn take(ordering: &Ordering, limit: usize) -> Vec<Due> {
    ordering
        .take_due(u32::try_from(limit).unwrap_or(u32::MAX))
        .await
        .unwrap_or_else(|error| {
            tracing::warn!(error = %Chain(&error), "checkouts wait for the database");
            Vec::new()
        })
}

async fn resume(ordering: Ordering, due: Due) {
    let missing = match ordering.resume(due).await {
        Ok(None) => return,
        Ok(Some(PutOff { error, .. })) | Err(error) => error,
    };
    tell_missing(&missing);
}

fn tell_missing(error: &PortError) {
    tracing::warn!(error = %Chain(error), "a checkout waits to be gone on with");
}

fn tell_panic<T>(ended: Result<T, JoinError>) -> Option<T> {
    ended
        .inspect_err(|error| tracing::error!(error = %Chain(error), "a checkout was given up for now"))
        .ok()
}

async fn count(ordering: &Ordering) {
    match ordering.count_checkouts().await {
        Ok(counted) => {
            let counted: HashMap<Unfinished, u64> = counted.into_iter().collect();
            for state in Unfinished::ALL {
                let count = counted.get(&state).copied().unwrap_or_default();
                #[expect(clippy::cast_precision_loss, reason = "gauges are floating point")]
                metrics::gauge!("checkouts", "state" => state.as_str()).set(count as f64);
            }
        }
        Err(error) => tracing::warn!(error = %Chain(&error), "checkouts are not counted"),
    }
}
