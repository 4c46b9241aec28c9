//! The admin port, HTTP: `/metrics`, `/livez`, `/readyz`, `/debug/pprof/profile` and `/debug/pprof/heap`.
//!
//! It is for operators and their tools inside the cluster, never for the public; what it shows names
//! dependencies. Profiles are in pprof's format: `go tool pprof http://…:9464/debug/pprof/profile`.

mod profile;

use std::net::SocketAddr;

use axum::{
    Router,
    body::Body,
    extract::State,
    http::{Response, StatusCode, header},
    routing::get,
};
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::process::Readiness;

#[derive(Debug, Clone)]
pub(crate) struct Admin {
    pub(crate) metrics: PrometheusHandle,
    pub(crate) readiness: Readiness,
}

/// Serves until told to stop.
pub(crate) async fn serve(listener: TcpListener, admin: Admin, stop: CancellationToken) {
    let address: Option<SocketAddr> = listener.local_addr().ok();
    let router = Router::new()
        .route("/metrics", get(metrics))
        .route("/livez", get(async || "alive\n"))
        .route("/readyz", get(ready))
        .route("/debug/pprof/profile", get(profile::cpu))
        .route("/debug/pprof/heap", get(profile::heap))
        .with_state(admin);
    let served = axum::serve(listener, router)
        .with_graceful_shutdown(stop.cancelled_owned())
        .await;
    if let Err(error) = served {
        tracing::error!(%error, ?address, "the admin port is broken");
    }
}

async fn metrics(State(admin): State<Admin>) -> Response<Body> {
    admin.metrics.run_upkeep();
    answer(
        StatusCode::OK,
        "text/plain; version=0.0.4; charset=utf-8",
        admin.metrics.render(),
    )
}

async fn ready(State(admin): State<Admin>) -> Response<Body> {
    let state = admin.readiness.state();
    let status = if state.ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    match serde_json::to_vec(&state) {
        Ok(body) => answer(status, "application/json", body),
        Err(_) => answer(status, "text/plain", Vec::new()),
    }
}

fn answer(status: StatusCode, kind: &'static str, body: impl Into<Body>) -> Response<Body> {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, header::HeaderValue::from_static(kind));
    response
}
