use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use serde::{Deserialize, Serialize};
use tonic::Status;

/// What came of calls.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// How many were answered, by method.
    pub answered: BTreeMap<String, u64>,
    /// How many attempts failed, by method, code and reason: `CreateOrder Unavailable SHUTTING_DOWN`.
    pub failed: BTreeMap<String, u64>,
    /// What the slowest answer since the last tally took.
    pub longest_millis: u64,
}

/// A call that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// When it ended, RFC 3339.
    pub at: String,
    /// Method, code and reason, as a tally counts them.
    pub what: String,
    /// What was said.
    pub text: String,
    /// How long it had waited.
    pub after_millis: u64,
}

impl Tally {
    /// How many were answered.
    pub fn answers(&self) -> u64 {
        self.answered.values().sum()
    }

    /// How many attempts failed.
    pub fn failures(&self) -> u64 {
        self.failed.values().sum()
    }

    /// What came of the calls since an earlier tally; the slowest answer is that of `self`.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        let less = |now: &BTreeMap<String, u64>, then: &BTreeMap<String, u64>| {
            now.iter()
                .map(|(name, count)| (name.clone(), count - then.get(name).unwrap_or(&0).min(count)))
                .filter(|(_, count)| *count > 0)
                .collect()
        };
        Self {
            answered: less(&self.answered, &earlier.answered),
            failed: less(&self.failed, &earlier.failed),
            longest_millis: self.longest_millis,
        }
    }
}

/// A tally that all visitors add to.
#[derive(Debug, Default)]
pub(super) struct Counting(Mutex<Tally>);

impl Counting {
    fn counted(&self) -> MutexGuard<'_, Tally> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn answered(&self, method: &str, took: Duration) {
        let mut tally = self.counted();
        *tally.answered.entry(method.to_owned()).or_default() += 1;
        tally.longest_millis = tally.longest_millis.max(millis(took));
    }

    /// Counts it; answers what to tell of it.
    pub(super) fn failed(&self, method: &str, status: &Status, at: String, after: Duration) -> Failure {
        let reason = wire::reason_of(status).unwrap_or_default();
        let what = format!("{method} {:?} {reason}", status.code()).trim_end().to_owned();
        *self.counted().failed.entry(what.clone()).or_default() += 1;
        Failure {
            at,
            what,
            text: status.message().to_owned(),
            after_millis: millis(after),
        }
    }

    /// What came of it so far; the slowest answer is looked for anew from now on.
    pub(super) fn tally(&self) -> Tally {
        let mut tally = self.counted();
        let now = tally.clone();
        tally.longest_millis = 0;
        now
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tally_tells_what_happened_since_another_one() {
        let counting = Counting::default();
        counting.answered("GetOrder", Duration::from_millis(70));
        counting.failed("GetOrder", &Status::unavailable("away"), String::new(), Duration::ZERO);
        let first = counting.tally();
        assert_eq!((first.answers(), first.failures(), first.longest_millis), (1, 1, 70));
        counting.answered("GetOrder", Duration::from_millis(7));
        let second = counting.tally().since(&first);
        assert_eq!((second.answers(), second.longest_millis), (1, 7));
        assert!(second.failed.is_empty(), "{second:?}");
    }
}
