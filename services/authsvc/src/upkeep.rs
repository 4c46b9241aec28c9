//! What runs beside the service. Every step may run in many processes at once.

use std::{future::Future, sync::Arc, time::Duration};

use auth_core::{
    Authority, Keyring, Ladder,
    ports::{Attempts, Sessions},
};
use kernel::{Chain, Clock};
use platform::process::BackgroundTask;
use tokio_util::sync::CancellationToken;

const TEND_EVERY: Duration = Duration::from_secs(60);
const SWEEP_EVERY: Duration = Duration::from_secs(30);
const CLEAN_EVERY: Duration = Duration::from_secs(600);
/// How long a session that is over stays, so that its tokens are still told from forged ones.
const KEEP_OVER: Duration = Duration::from_secs(24 * 3600);
const BATCH: u16 = 500;

/// Makes the next signing key when it is due, and takes those of other processes in.
pub(crate) fn tend_keys(keyring: Arc<Keyring>) -> BackgroundTask {
    every("signing keys", TEND_EVERY, move || {
        let keyring = keyring.clone();
        async move {
            if let Err(error) = keyring.tend().await {
                tracing::warn!(error = %Chain(&error), "signing keys were not tended");
            }
        }
    })
}

/// Goes on with registrations that stopped half-way.
pub(crate) fn sweep_registrations(authority: Authority) -> BackgroundTask {
    every("pending registrations", SWEEP_EVERY, move || {
        let authority = authority.clone();
        async move {
            match authority.sweep_pending(BATCH).await {
                Ok(0) => {}
                Ok(finished) => tracing::info!(finished, "registrations that had stopped half-way are finished"),
                Err(error) => tracing::warn!(error = %Chain(&error), "a registration stays half-way"),
            }
        }
    })
}

/// Removes sessions that are over and failures that are forgotten.
pub(crate) fn clean(
    sessions: Arc<impl Sessions + 'static>,
    attempts: Arc<impl Attempts + 'static>,
    clock: Arc<dyn Clock>,
) -> BackgroundTask {
    every("sessions and attempts", CLEAN_EVERY, move || {
        let (sessions, attempts, clock) = (sessions.clone(), attempts.clone(), clock.clone());
        async move {
            let now = clock.now();
            loop {
                match sessions.remove_over(now - KEEP_OVER, BATCH).await {
                    Ok(removed) if removed == u64::from(BATCH) => {}
                    Ok(_) => break,
                    Err(error) => {
                        tracing::warn!(error = %Chain(&error), "sessions that are over stay");
                        break;
                    }
                }
            }
            if let Err(error) = attempts.remove_forgotten(&Ladder::default(), now).await {
                tracing::warn!(error = %Chain(&error), "failures that are forgotten stay");
            }
        }
    })
}

fn every<F, R>(name: &'static str, pause: Duration, step: F) -> BackgroundTask
where
    F: Fn() -> R + Clone + Send + Sync + 'static,
    R: Future<Output = ()> + Send,
{
    BackgroundTask::new(name, move |stop: CancellationToken| {
        let step = step.clone();
        async move {
            loop {
                step().await;
                tokio::select! {
                    () = stop.cancelled() => return Ok(()),
                    () = tokio::time::sleep(pause) => {}
                }
            }
        }
    })
}
