use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;
use tonic::Code;

/// When a failing peer is left alone.
#[derive(Debug, Clone, Copy)]
pub struct BreakerOptions {
    /// After so many failures in a row.
    pub failures: u32,
    /// For so long; then one call tries.
    pub pause: Duration,
}

impl Default for BreakerOptions {
    fn default() -> Self {
        Self {
            failures: 10,
            pause: Duration::from_millis(500),
        }
    }
}

/// Answers for a peer that is away, so that neither it nor our callers wait for nothing.
///
/// Three states and one rule: only UNAVAILABLE counts. That is less code than configuring a crate that
/// can do more, and it runs on the runtime's clock, which tests own.
#[derive(Clone)]
pub(super) struct Breaker {
    options: BreakerOptions,
    state: Arc<Mutex<State>>,
}

enum State {
    Closed {
        failures: u32,
    },
    Open {
        until: Instant,
    },
    /// One call is trying.
    Trying,
}

impl Breaker {
    pub(super) fn new(options: BreakerOptions) -> Self {
        Self {
            options,
            state: Arc::new(Mutex::new(State::Closed { failures: 0 })),
        }
    }

    /// Lets a call through, or says when the next one will be.
    pub(super) fn admit(&self) -> Result<Attempt, Duration> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match *state {
            State::Closed { .. } => {}
            State::Open { until } if Instant::now() >= until => *state = State::Trying,
            State::Open { until } => return Err(until.saturating_duration_since(Instant::now())),
            State::Trying => return Err(self.options.pause),
        }
        Ok(Attempt(Some(self.clone())))
    }

    fn settle(&self, code: Option<Code>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let open = State::Open {
            until: Instant::now() + self.options.pause,
        };
        match (&*state, code) {
            (State::Closed { failures }, Some(Code::Unavailable)) => {
                let failures = failures + 1;
                *state = if failures >= self.options.failures {
                    open
                } else {
                    State::Closed { failures }
                };
            }
            (State::Trying, Some(Code::Unavailable)) => *state = open,
            // A call that was given up tells nothing of the peer; the next one tries.
            (State::Trying, None | Some(Code::DeadlineExceeded | Code::Cancelled)) => {
                *state = State::Open { until: Instant::now() };
            }
            (_, None | Some(Code::DeadlineExceeded | Code::Cancelled)) => {}
            (State::Open { .. }, Some(_)) => {}
            (_, Some(_)) => *state = State::Closed { failures: 0 },
        }
    }
}

/// One call that was let through.
pub(super) struct Attempt(Option<Breaker>);

impl Attempt {
    pub(super) fn record(mut self, code: Code) {
        if let Some(breaker) = self.0.take() {
            breaker.settle(Some(code));
        }
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        if let Some(breaker) = self.0.take() {
            breaker.settle(None);
        }
    }
}
