//! What came of calls.

use std::{collections::BTreeMap, time::Duration};

use hdrhistogram::Histogram;
use tokio::time::Instant;
use tonic::Status;

/// Three digits of every latency are kept.
const DIGITS: u8 = 3;

/// Every call, by name.
#[derive(Debug, Default)]
pub struct Record(BTreeMap<&'static str, Calls>);

/// The calls of one name.
#[derive(Debug)]
pub struct Calls {
    /// Microseconds of those that were answered.
    answered: Histogram<u64>,
    /// Those that were not, by code and reason.
    failed: BTreeMap<String, u64>,
}

impl Record {
    /// Notes a call that began then and was answered now.
    pub fn note<T>(&mut self, name: &'static str, began: Instant, answer: &Result<T, Status>) {
        let calls = self.0.entry(name).or_insert_with(Calls::none);
        match answer {
            Ok(_) => {
                let micros = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
                // A histogram without bounds grows as it must.
                let _ = calls.answered.record(micros);
            }
            Err(status) => {
                let reason = wire::reason_of(status).unwrap_or_else(|| status.message().to_owned());
                *calls.failed.entry(format!("{:?} {reason}", status.code())).or_default() += 1;
            }
        }
    }

    /// Adds what another caller noted.
    pub fn merge(&mut self, other: Record) {
        for (name, theirs) in other.0 {
            let ours = self.0.entry(name).or_insert_with(Calls::none);
            let _ = ours.answered.add(&theirs.answered);
            for (failure, count) in theirs.failed {
                *ours.failed.entry(failure).or_default() += count;
            }
        }
    }

    /// The calls of this name.
    pub fn of(&self, name: &str) -> Option<&Calls> {
        self.0.get(name)
    }

    /// The calls of every name.
    pub fn all(&self) -> impl Iterator<Item = (&'static str, &Calls)> {
        self.0.iter().map(|(name, calls)| (*name, calls))
    }

    /// How many were answered.
    pub fn answered(&self) -> u64 {
        self.0.values().map(Calls::answered).sum()
    }

    /// Why calls failed, and how many.
    pub fn failures(&self) -> BTreeMap<&str, u64> {
        let mut failures = BTreeMap::new();
        for (failure, count) in self.0.values().flat_map(|calls| &calls.failed) {
            *failures.entry(failure.as_str()).or_default() += count;
        }
        failures
    }
}

impl Calls {
    fn none() -> Self {
        #[expect(clippy::expect_used, reason = "three digits are as many as there may be")]
        let answered = Histogram::new(DIGITS).expect("1 to 5 digits");
        Self {
            answered,
            failed: BTreeMap::new(),
        }
    }

    /// How many were answered.
    pub fn answered(&self) -> u64 {
        self.answered.len()
    }

    /// How many were not.
    pub fn failed(&self) -> u64 {
        self.failed.values().sum()
    }

    /// So large a part of the answers took no longer than this: 0.5 is the median, 1 the longest.
    pub fn quantile(&self, part: f64) -> Duration {
        Duration::from_micros(self.answered.value_at_quantile(part))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn records_of_callers_add_up() {
        let (mut one, mut two) = (Record::default(), Record::default());
        let began = Instant::now();
        one.note("get", began, &Ok(()));
        tokio::time::advance(Duration::from_millis(70)).await;
        two.note("get", began, &Ok(()));
        two.note::<()>("get", began, &Err(Status::unavailable("away")));
        two.note("create", began, &Ok(()));
        one.merge(two);
        assert_eq!(one.answered(), 3);
        assert_eq!(one.failures(), BTreeMap::from([("Unavailable away", 1)]));
        let get = one.of("get").unwrap();
        assert_eq!((get.answered(), get.failed()), (2, 1));
        assert_eq!(get.quantile(1.0).as_millis(), 70);
    }
}
