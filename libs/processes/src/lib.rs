//! For tests that need real processes: what is acknowledged must survive kill -9, and only a process can be
//! killed.
//!
//! A [`Program`] is started as a [`Running`] process, which is killed, asked to end, or ends by itself at a
//! failpoint. Whoever calls it goes through a [`Door`], whose address stays when another process answers
//! behind it. The [`Authority`] stands in for authsvc.

mod authority;
mod door;
mod output;
mod program;
mod running;

use std::time::{Duration, Instant};

pub use authority::Authority;
pub use door::{Door, Entrance};
pub use program::Program;
pub use running::Running;
/// What `grpc.health.v1` says.
pub use tonic_health::pb::health_check_response::ServingStatus;

const POLL: Duration = Duration::from_millis(5);

/// Whether a condition came to hold within `limit`.
async fn within<F>(limit: Duration, mut condition: impl FnMut() -> F) -> bool
where
    F: Future<Output = bool>,
{
    let began = Instant::now();
    while !condition().await {
        if began.elapsed() > limit {
            return false;
        }
        tokio::time::sleep(POLL).await;
    }
    true
}
