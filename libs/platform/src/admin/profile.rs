use std::time::Duration;

use axum::{
    body::Body,
    extract::Query,
    http::{Response, StatusCode},
};
use pprof::protos::Message;
use serde::Deserialize;
use tokio::sync::Semaphore;

use super::answer;

/// One profile at a time: the profiler of the CPU is one for the process.
static ONE: Semaphore = Semaphore::const_new(1);

const LONGEST: u64 = 60;
const SAMPLES_PER_SECOND: i32 = 99;
const PROFILE: &str = "application/octet-stream";

#[derive(Debug, Deserialize)]
pub(super) struct For {
    #[serde(default = "ten")]
    seconds: u64,
}

const fn ten() -> u64 {
    10
}

/// Where the CPU's time goes during `?seconds=`.
pub(super) async fn cpu(Query(For { seconds }): Query<For>) -> Response<Body> {
    let Ok(_turn) = ONE.try_acquire() else { return busy() };
    let guard = match pprof::ProfilerGuardBuilder::default()
        .frequency(SAMPLES_PER_SECOND)
        .blocklist(&["libc", "libgcc", "pthread", "vdso"])
        .build()
    {
        Ok(guard) => guard,
        Err(error) => return refuse(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()),
    };
    tokio::time::sleep(Duration::from_secs(seconds.clamp(1, LONGEST))).await;
    let encoded = guard
        .report()
        .build()
        .and_then(|report| report.pprof())
        .map(|profile| profile.encode_to_vec());
    match encoded {
        Ok(bytes) => answer(StatusCode::OK, PROFILE, bytes),
        Err(error) => refuse(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()),
    }
}

/// Who holds what was allocated during `?seconds=`; when sampling was on already, what was allocated since.
pub(super) async fn heap(Query(For { seconds }): Query<For>) -> Response<Body> {
    let Ok(_turn) = ONE.try_acquire() else { return busy() };
    let Some(control) = jemalloc_pprof::PROF_CTL.as_ref() else {
        return refuse(
            StatusCode::NOT_IMPLEMENTED,
            "heap profiles need _RJEM_MALLOC_CONF=prof:true,prof_active:false in the environment at start".to_owned(),
        );
    };
    let sampling = control.lock().await.activated();
    if !sampling {
        if let Err(error) = control.lock().await.activate() {
            return refuse(StatusCode::INTERNAL_SERVER_ERROR, error.to_string());
        }
        tokio::time::sleep(Duration::from_secs(seconds.clamp(1, LONGEST))).await;
    }
    let control = control.clone();
    // Writing and reading the dump blocks.
    let dumped = tokio::task::spawn_blocking(move || {
        let mut control = control.blocking_lock();
        let dumped = control.dump_pprof();
        if !sampling && let Err(error) = control.deactivate() {
            tracing::warn!(%error, "the sampling of allocations goes on");
        }
        dumped
    });
    match dumped.await {
        Ok(Ok(bytes)) => answer(StatusCode::OK, PROFILE, bytes),
        Ok(Err(error)) => refuse(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()),
        Err(error) => refuse(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()),
    }
}

fn busy() -> Response<Body> {
    refuse(StatusCode::CONFLICT, "a profile is being taken already".to_owned())
}

fn refuse(status: StatusCode, why: String) -> Response<Body> {
    answer(status, "text/plain; charset=utf-8", format!("{why}\n"))
}
