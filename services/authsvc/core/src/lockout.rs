use std::time::Duration;

use kernel::{Classify, ErrorKind};
use time::OffsetDateTime;

/// What failures to sign in cost an address: nothing at first, then waiting, then a lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ladder {
    /// How long the address is shut after the first, second, … failure; the last one goes for all after.
    pub waits: Vec<Duration>,
    /// How long after the last failure all are forgotten.
    pub forget_after: Duration,
}

impl Default for Ladder {
    fn default() -> Self {
        let seconds = [0, 0, 0, 0, 1, 2, 4, 8, 30, 15 * 60];
        Self {
            waits: seconds.map(Duration::from_secs).to_vec(),
            forget_after: Duration::from_secs(3600),
        }
    }
}

impl Ladder {
    /// How long the address is shut after this many failures in a row.
    pub fn wait_after(&self, failures: u32) -> Duration {
        let index = usize::try_from(failures.saturating_sub(1)).unwrap_or(usize::MAX);
        let wait = self.waits.get(index).or(self.waits.last());
        if failures == 0 {
            Duration::ZERO
        } else {
            wait.copied().unwrap_or_default()
        }
    }
}

/// The address is shut after too many failures, whether anybody has it or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many failed attempts: try again later")]
pub struct LockedOut {
    /// How long to wait.
    pub retry_after: Duration,
}

impl LockedOut {
    pub(crate) fn until(until: OffsetDateTime, now: OffsetDateTime) -> Self {
        Self {
            retry_after: Duration::try_from(until - now).unwrap_or_default(),
        }
    }
}

impl Classify for LockedOut {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Exhausted
    }
    fn reason(&self) -> &str {
        "LOCKED_OUT"
    }
    fn retry_after(&self) -> Option<Duration> {
        Some(self.retry_after)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ladder_climbs_and_stays_at_its_top() {
        let ladder = Ladder::default();
        let waits: Vec<u64> = (0..=12).map(|failures| ladder.wait_after(failures).as_secs()).collect();
        assert_eq!(waits, [0, 0, 0, 0, 0, 1, 2, 4, 8, 30, 900, 900, 900]);
        assert_eq!(ladder.wait_after(u32::MAX).as_secs(), 900);
    }
}
