//! Logs, traces and metrics: started once in a process, however many services it runs.

mod json;

use std::time::Duration;

use anyhow::Context;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use opentelemetry::{KeyValue, global, trace::TracerProvider as _};
use opentelemetry_otlp::WithExportConfig;
use opentelemetry_sdk::{Resource, propagation::TraceContextPropagator, trace::SdkTracerProvider};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::{
    EnvFilter, Layer, Registry, filter::LevelFilter, layer::SubscriberExt, util::SubscriberInitExt,
};

pub use json::json_lines;

use crate::process::{LogFormat, ProcessSettings};

/// Without a collector the exporter would block for its own, longer time.
const SHUTDOWN_LIMIT: Duration = Duration::from_secs(2);

const TENDED_EVERY: Duration = Duration::from_secs(5);

/// Seconds; from what a cache answers in to what a deadline cuts.
const SECONDS: &[f64] = &[
    0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0,
];

/// The telemetry of a process. End it with [`Telemetry::shut_down`], or the last spans are lost.
#[derive(Debug)]
pub struct Telemetry {
    metrics: PrometheusHandle,
    traces: Option<SdkTracerProvider>,
}

impl Telemetry {
    /// Installs the log subscriber, the exporter of traces (when an endpoint is set) and the recorder of metrics.
    ///
    /// # Errors
    /// The filter or the endpoint cannot be used; another recorder is installed already.
    pub fn start(name: &'static str, settings: &ProcessSettings) -> anyhow::Result<Self> {
        let traces = settings
            .otlp_endpoint
            .as_deref()
            .map(|endpoint| exporter(name, endpoint))
            .transpose()?;
        let filter = EnvFilter::try_new(&settings.log_filter)
            .with_context(|| format!("RUST_LOG: `{}` is not a filter", settings.log_filter))?;
        // Transports trace every frame at finer levels, the exporter's own too: each export would cause the next.
        let spans = traces.as_ref().map(|provider| {
            tracing_opentelemetry::layer()
                .with_tracer(provider.tracer(name))
                .with_filter(LevelFilter::INFO)
        });
        tracing_subscriber::registry()
            .with(lines(settings.log_format).with_filter(filter))
            .with(spans)
            .try_init()
            .context("could not install the log subscriber")?;
        global::set_text_map_propagator(TraceContextPropagator::new());
        let metrics = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), SECONDS)
            .context("could not set the buckets of histograms")?
            .install_recorder()
            .context("could not install the recorder of metrics")?;
        Ok(Self { metrics, traces })
    }

    /// The metrics so far, as Prometheus reads them.
    pub const fn metrics(&self) -> &PrometheusHandle {
        &self.metrics
    }

    /// Counts what histograms were given, again and again until the stop: what nobody counts is kept, and a process
    /// that nobody scrapes would grow with every call.
    pub(crate) async fn tend(metrics: PrometheusHandle, stop: CancellationToken) {
        let mut every = tokio::time::interval(TENDED_EVERY);
        while stop.run_until_cancelled(every.tick()).await.is_some() {
            metrics.run_upkeep();
        }
    }

    /// Sends what is left, for two seconds at most. A collector that is away is logged, nothing more.
    pub async fn shut_down(self) {
        let Some(traces) = self.traces else { return };
        let sent = tokio::task::spawn_blocking(move || traces.shutdown_with_timeout(SHUTDOWN_LIMIT)).await;
        match sent {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "the last traces could not be sent"),
            Err(error) => tracing::warn!(%error, "the last traces could not be sent"),
        }
    }
}

fn lines(format: LogFormat) -> Box<dyn Layer<Registry> + Send + Sync> {
    let pretty = match format {
        LogFormat::Pretty => true,
        LogFormat::Json => false,
        LogFormat::Auto => std::io::IsTerminal::is_terminal(&std::io::stderr()),
    };
    if pretty {
        let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
        lines.with_target(false).boxed()
    } else {
        json_lines(std::io::stderr).boxed()
    }
}

fn exporter(name: &'static str, endpoint: &str) -> anyhow::Result<SdkTracerProvider> {
    let exporter = opentelemetry_otlp::SpanExporter::builder()
        .with_tonic()
        .with_endpoint(endpoint)
        .build()
        .with_context(|| format!("OTEL_EXPORTER_OTLP_ENDPOINT: `{endpoint}` cannot be used"))?;
    let resource = Resource::builder()
        .with_service_name(name)
        .with_attribute(KeyValue::new("service.namespace", "counterfoil"))
        .build();
    Ok(SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .with_resource(resource)
        .build())
}
