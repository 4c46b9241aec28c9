use std::sync::Arc;

use tokio::sync::Semaphore;
use wire::CallKind;

use super::{Around, Called, HttpRequest, HttpResponse, Next, body, refuse};
use crate::grpc::Refused;

/// Refuses what is more than the server can do at once, at once, instead of making everybody wait.
/// Streams, which may stay open for days, are counted apart.
pub(super) struct Shed {
    calls: Arc<Semaphore>,
    streams: Arc<Semaphore>,
}

impl Shed {
    pub(super) fn new(calls: usize, streams: usize) -> Self {
        Self {
            calls: Arc::new(Semaphore::new(calls.min(Semaphore::MAX_PERMITS))),
            streams: Arc::new(Semaphore::new(streams.min(Semaphore::MAX_PERMITS))),
        }
    }
}

impl Around for Shed {
    async fn call<N: Next>(&self, request: HttpRequest, next: N) -> HttpResponse {
        let called = Called::of(&request);
        if called.is_infrastructure() {
            return next.run(request).await;
        }
        let room = match called.kind() {
            CallKind::Unary => &self.calls,
            CallKind::ClientStream | CallKind::ServerStream | CallKind::Bidirectional => &self.streams,
        };
        let Ok(permit) = room.clone().try_acquire_owned() else {
            return refuse(&Refused::Overloaded.status());
        };
        body::hold(next.run(request).await, permit)
    }
}
