//! Tells how much is undecided, for alerts: money is on its way, or a provider is silent.

use std::{sync::Arc, time::Duration};

use kernel::{Chain, Clock};
use payment_core::Paying;
use tokio_util::sync::CancellationToken;

/// How often it is counted.
const COUNT: Duration = Duration::from_secs(10);

/// Keeps the gauges until the shutdown.
pub(crate) async fn watch_backlog(paying: Paying, clock: Arc<dyn Clock>, stop: CancellationToken) {
    while stop.run_until_cancelled(tokio::time::sleep(COUNT)).await.is_some() {
        match paying.backlog().await {
            Ok(backlog) => {
                let age = backlog
                    .oldest
                    .map_or(0.0, |oldest| (clock.now() - oldest).as_seconds_f64());
                #[expect(clippy::cast_precision_loss, reason = "gauges are floating point")]
                metrics::gauge!("payment_operations_undecided").set(backlog.undecided as f64);
                metrics::gauge!("payment_operations_oldest_undecided_seconds").set(age);
            }
            Err(error) => tracing::warn!(error = %Chain(&error), "undecided operations are not counted"),
        }
    }
}
