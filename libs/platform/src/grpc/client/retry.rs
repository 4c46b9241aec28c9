use std::{
    future::Future,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tonic::{Code, Status};
use wire::{Idempotency, Method};

use crate::grpc::context::Carried;

/// When and how often a call is made again. Clones share the budget.
///
/// Only what is safe is repeated: reads, and writes with a key. The budget lets retries add a tenth to
/// the load of a peer that works, and hardly anything to one that fails.
#[derive(Debug, Clone)]
pub struct Retry {
    attempts: u32,
    first_wait: Duration,
    budget: Arc<Mutex<f64>>,
}

/// No wait is longer, unless the peer asks for it.
const LONGEST_WAIT: Duration = Duration::from_secs(1);

const BUDGET: f64 = 10.0;
const EARNED_BY_A_SUCCESS: f64 = 0.1;

impl Default for Retry {
    fn default() -> Self {
        Self::new(3, Duration::from_millis(50))
    }
}

impl Retry {
    /// So many calls in all, the first one included; before the second a wait of at most `first_wait`,
    /// before each later one at most twice as long as before.
    pub fn new(attempts: u32, first_wait: Duration) -> Self {
        Self {
            attempts,
            first_wait,
            budget: Arc::new(Mutex::new(BUDGET)),
        }
    }

    /// Makes a call, and makes it again where that is safe and may help. `keyed` tells that every
    /// attempt carries the same idempotency key.
    ///
    /// # Errors
    /// What the last attempt was answered.
    pub async fn call<T, F, Fut>(&self, method: &Method, keyed: bool, mut call: F) -> Result<T, Status>
    where
        F: FnMut() -> Fut,
        Fut: Future<Output = Result<T, Status>>,
    {
        let safe = match method.idempotency {
            Idempotency::Read => true,
            Idempotency::Optional | Idempotency::Required => keyed,
            Idempotency::NeverStored => false,
        };
        let mut made = 0;
        loop {
            let status = match call().await {
                Ok(answer) => {
                    self.earn();
                    return Ok(answer);
                }
                Err(status) => status,
            };
            made += 1;
            if !safe || made >= self.attempts || !may_pass(&status) {
                return Err(status);
            }
            let wait = self.wait(made).max(wire::retry_after_of(&status).unwrap_or_default());
            let too_late = Carried::current()
                .deadline
                .is_some_and(|deadline| deadline.remaining() <= wait);
            if too_late || !self.spend() {
                return Err(status);
            }
            tokio::time::sleep(wait).await;
        }
    }

    /// Anything between nothing and twice as much as before, so that callers who failed together do
    /// not come back together.
    fn wait(&self, made: u32) -> Duration {
        let longest = self
            .first_wait
            .saturating_mul(1 << (made - 1).min(16))
            .min(LONGEST_WAIT);
        let mut random = [0; 4];
        // Without randomness the longest wait is the safe one.
        match aws_lc_rs::rand::fill(&mut random) {
            Ok(()) => longest.mul_f64(f64::from(u32::from_le_bytes(random)) / f64::from(u32::MAX)),
            Err(_) => longest,
        }
    }

    fn earn(&self) {
        let mut budget = self.budget.lock().unwrap_or_else(PoisonError::into_inner);
        *budget = (*budget + EARNED_BY_A_SUCCESS).min(BUDGET);
    }

    fn spend(&self) -> bool {
        let mut budget = self.budget.lock().unwrap_or_else(PoisonError::into_inner);
        let enough = *budget >= 1.0;
        if enough {
            *budget -= 1.0;
        }
        enough
    }
}

/// The peer said, or its absence says, that another attempt may fare better.
fn may_pass(status: &Status) -> bool {
    match status.code() {
        Code::Unavailable => true,
        Code::ResourceExhausted | Code::Aborted => wire::retry_after_of(status).is_some(),
        _ => false,
    }
}
