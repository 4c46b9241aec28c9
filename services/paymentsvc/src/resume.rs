//! Sees through what a crash or a silent provider left undecided, beside the service and in every replica.

use std::time::Duration;

use kernel::Chain;
use payment_core::Paying;
use tokio_util::sync::CancellationToken;

const POLL: Duration = Duration::from_millis(500);

/// Works until the shutdown; what it is at then is seen through by another, when the lease ends.
pub(crate) async fn resume_due(paying: Paying, stop: CancellationToken) {
    let work = async {
        loop {
            if !is_busy(&paying).await {
                tokio::time::sleep(POLL).await;
            }
        }
    };
    stop.run_until_cancelled(work).await;
}

/// Whether there was something to do that got done, so that more may be waiting.
async fn is_busy(paying: &Paying) -> bool {
    match paying.resume_due().await {
        Ok(resumed) => {
            for error in &resumed.waiting {
                tracing::warn!(error = %Chain(error), "an operation is still undecided");
            }
            resumed.taken > resumed.waiting.len()
        }
        Err(error) => {
            tracing::warn!(error = %Chain(&error), "undecided operations cannot be taken");
            false
        }
    }
}
