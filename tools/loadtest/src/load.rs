//! Callers at work.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{
    task::JoinSet,
    time::{Instant, sleep_until},
};

use crate::record::Record;

/// When to call, and for how long.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plan {
    /// When it is enough.
    pub until: Until,
    /// Calls a second by all callers together; `None` when each calls again as soon as it was answered.
    pub rate: Option<f64>,
}

/// When it is enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// After so many calls.
    Calls(u64),
    /// After so long; calls that have begun are still answered.
    Elapsed(Duration),
}

/// Somebody who calls.
pub trait Caller: Send + 'static {
    /// Makes the n-th call of all and notes what came of it, as having begun at `due`.
    fn call(&mut self, number: u64, due: Instant, record: &mut Record) -> impl Future<Output = ()> + Send;
}

/// What came of a load.
#[derive(Debug)]
pub struct Outcome {
    /// Every call.
    pub record: Record,
    /// From the first call to the last answer.
    pub took: Duration,
}

/// Lets all callers work until the plan is done.
///
/// With a rate, each call has its time. A caller who is free before it waits for it; one who is late because
/// an answer was late begins at once, and the call counts from when it was due: otherwise a server that stops
/// for a second would be seen as slow by one call only.
pub async fn drive<C: Caller>(plan: Plan, callers: Vec<C>) -> Outcome {
    let began = Instant::now();
    let next = Arc::new(AtomicU64::new(0));
    let mut working = JoinSet::new();
    for mut caller in callers {
        let next = Arc::clone(&next);
        working.spawn(async move {
            let mut record = Record::default();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                let Some(due) = plan.turn(number, began).await else {
                    return record;
                };
                caller.call(number, due, &mut record).await;
            }
        });
    }
    let mut record = Record::default();
    for each in working.join_all().await {
        record.merge(each);
    }
    Outcome {
        record,
        took: began.elapsed(),
    }
}

impl Plan {
    /// Waits for the turn of the n-th call; `None` when there is none.
    async fn turn(self, number: u64, began: Instant) -> Option<Instant> {
        if matches!(self.until, Until::Calls(calls) if number >= calls) {
            return None;
        }
        let now = Instant::now();
        let due = match self.rate {
            #[expect(clippy::cast_precision_loss, reason = "not before calls are counted in quadrillions")]
            Some(rate) => began + Duration::from_secs_f64(number as f64 / rate),
            None => now,
        };
        if matches!(self.until, Until::Elapsed(limit) if due >= began + limit) {
            return None;
        }
        if due <= now {
            return Some(due);
        }
        sleep_until(due).await;
        // The timer wakes up to a millisecond late, which is none of the server's doing.
        Some(Instant::now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers after this time, and notes it.
    struct Slow(Duration);

    impl Caller for Slow {
        async fn call(&mut self, _: u64, due: Instant, record: &mut Record) {
            sleep_until(Instant::now() + self.0).await;
            record.note("call", due, &Ok(()));
        }
    }

    fn callers(count: usize, millis: u64) -> Vec<Slow> {
        (0..count).map(|_| Slow(Duration::from_millis(millis))).collect()
    }

    fn longest(outcome: &Outcome) -> Duration {
        outcome.record.of("call").unwrap().quantile(1.0)
    }

    #[tokio::test(start_paused = true)]
    async fn a_closed_loop_calls_as_often_as_it_is_answered() {
        let plan = Plan {
            until: Until::Calls(100),
            rate: None,
        };
        let outcome = drive(plan, callers(4, 10)).await;
        assert_eq!(outcome.record.answered(), 100);
        assert_eq!(outcome.took.as_millis(), 250);
        assert!(longest(&outcome) <= Duration::from_millis(11));
    }

    #[tokio::test(start_paused = true)]
    async fn an_open_loop_calls_at_its_rate_whatever_the_answers_take() {
        let plan = Plan {
            until: Until::Elapsed(Duration::from_secs(1)),
            rate: Some(100.0),
        };
        let outcome = drive(plan, callers(4, 10)).await;
        assert_eq!(outcome.record.answered(), 100);
        assert!(outcome.took >= Duration::from_secs(1), "{outcome:?}");
        assert!(longest(&outcome) <= Duration::from_millis(12), "{outcome:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_that_could_not_begin_in_time_counts_from_when_it_was_due() {
        let plan = Plan {
            until: Until::Calls(10),
            rate: Some(100.0),
        };
        // One caller who takes ten times as long as there is between two calls.
        let outcome = drive(plan, callers(1, 100)).await;
        assert_eq!(outcome.took.as_millis(), 1_000);
        // The last call was due after 90 ms and answered after 1,000.
        let longest = longest(&outcome).as_millis();
        assert!((905..=920).contains(&longest), "{longest}");
    }
}
