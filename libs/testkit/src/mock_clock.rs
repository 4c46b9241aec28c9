use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use kernel::Clock;
use time::OffsetDateTime;

/// A clock that stands until it is moved.
#[derive(Debug)]
pub struct MockClock(Mutex<OffsetDateTime>);

impl MockClock {
    /// A clock that shows this instant.
    pub const fn at(instant: OffsetDateTime) -> Self {
        Self(Mutex::new(instant))
    }

    /// Moves it on.
    pub fn advance(&self, by: Duration) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) += by;
    }
}

/// Shows noon of 1 July 2026.
impl Default for MockClock {
    fn default() -> Self {
        const NOON: i64 = 1_782_907_200;
        Self::at(OffsetDateTime::from_unix_timestamp(NOON).unwrap_or(OffsetDateTime::UNIX_EPOCH))
    }
}

impl Clock for MockClock {
    fn now(&self) -> OffsetDateTime {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
