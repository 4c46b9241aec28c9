use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use kernel::{Caller, UserId};
use tokio::time::Instant;

use super::{Around, Called, HttpRequest, HttpResponse, Next, refuse};
use crate::grpc::{Peer, Refused, server::options::RateLimit};

/// A bucket of tokens for each caller: so many calls at once, so many a second in the long run.
///
/// The buckets are few lines and need paused time in tests, so they are ours; a caller whose bucket is
/// full again is forgotten, which bounds the memory by the callers of the last moments.
pub(super) struct RateLimits {
    limit: RateLimit,
    buckets: Mutex<Buckets>,
}

#[derive(Default)]
struct Buckets {
    by_caller: HashMap<Key, Bucket>,
    swept_at: usize,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    User(UserId),
    Service(String),
    Address(Option<IpAddr>),
}

struct Bucket {
    tokens: f64,
    filled_at: Instant,
}

/// Fewer buckets than this are not worth sweeping.
const SWEEP: usize = 1_024;

impl RateLimits {
    pub(super) fn new(limit: RateLimit) -> Self {
        Self {
            limit,
            buckets: Mutex::default(),
        }
    }

    fn take(&self, key: Key) -> Result<(), Duration> {
        let now = Instant::now();
        let RateLimit { per_second, burst } = self.limit;
        let burst = f64::from(burst);
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.by_caller.len() >= buckets.swept_at.max(SWEEP) {
            buckets.by_caller.retain(|_, bucket| {
                bucket.tokens + now.duration_since(bucket.filled_at).as_secs_f64() * per_second < burst
            });
            buckets.swept_at = buckets.by_caller.len() * 2;
        }
        let bucket = buckets.by_caller.entry(key).or_insert(Bucket {
            tokens: burst,
            filled_at: now,
        });
        let earned = now.duration_since(bucket.filled_at).as_secs_f64() * per_second;
        bucket.tokens = (bucket.tokens + earned).min(burst);
        bucket.filled_at = now;
        if bucket.tokens >= 1.0 {
            bucket.tokens -= 1.0;
            return Ok(());
        }
        let wait = (1.0 - bucket.tokens) / per_second;
        Err(Duration::try_from_secs_f64(wait).unwrap_or(Duration::from_secs(60)))
    }
}

impl Around for RateLimits {
    async fn call<N: Next>(&self, request: HttpRequest, next: N) -> HttpResponse {
        if Called::of(&request).is_infrastructure() {
            return next.run(request).await;
        }
        let key = match request.extensions().get::<Caller>() {
            Some(Caller::User { id, .. }) => Key::User(*id),
            Some(Caller::Service { name, .. }) => Key::Service(name.clone()),
            Some(Caller::Anonymous) | None => {
                let peer = request.extensions().get::<Peer>().and_then(|peer| peer.0);
                Key::Address(peer.map(|address| address.ip()))
            }
        };
        match self.take(key) {
            Ok(()) => next.run(request).await,
            Err(retry_after) => refuse(&Refused::RateLimited { retry_after }.status()),
        }
    }
}
