use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use serde::Serialize;

use crate::Plan;

/// Everything must be decided within so long after what was killed is back.
pub(crate) const DECIDED_WITHIN: Duration = Duration::from_secs(10);

/// Something that was done to the system.
#[derive(Debug, Clone, Serialize)]
pub struct Kill {
    /// Seconds since the first customer came.
    pub at: f64,
    /// What was hit: `ordersvc-1`, `postgres`.
    pub whom: String,
    /// How: the name of a failpoint, `SIGKILL`, `SIGTERM`, `stopped`, `crashed`.
    pub how: String,
}

impl Kill {
    /// The failpoint it was, told apart from another program's; nothing when it was none.
    pub(crate) fn place(&self) -> Option<String> {
        let at_failpoint = self.how.ends_with(".before") || self.how.ends_with(".after");
        let (program, replica) = self.whom.rsplit_once('-').unwrap_or((&self.whom, ""));
        let program = match replica.parse::<u32>() {
            Ok(_) => program,
            Err(_) => self.whom.as_str(),
        };
        at_failpoint.then(|| format!("{program} {}", self.how))
    }
}

/// From the moment everything runs again to the moment everything is decided that was not.
#[derive(Debug, Clone, Serialize)]
pub struct Recovery {
    /// Seconds since the first customer came.
    pub at: f64,
    /// What happened since everything ran before.
    pub after: Vec<Kill>,
    /// Seconds from the first of it until everything ran again.
    pub down: f64,
    /// How much was undecided when everything ran again.
    pub undecided: usize,
    /// Seconds until the last of it was decided; nothing when something else was killed before.
    pub decided_after: Option<f64>,
}

/// What went wrong with the playing itself. Clones are the same list.
#[derive(Debug, Clone, Default)]
pub(crate) struct Problems(Arc<Mutex<Vec<String>>>);

impl Problems {
    pub(crate) fn note(&self, text: String) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(text);
    }

    pub(crate) fn all(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// What came of a plan.
#[derive(Debug, Clone, Serialize)]
pub struct Outcome {
    /// What was played.
    pub plan: Plan,
    /// How long it took, in seconds, until the judge came.
    pub took: f64,
    /// How many orders were placed.
    pub stories: u64,
    /// Calls by method and what came of their last attempt.
    pub calls: BTreeMap<String, u64>,
    /// Attempts that were repeated because of an outage or a caller who gave up.
    pub repeated: u64,
    /// Answers that were asked for again at the end.
    pub replayed: u64,
    /// Everything that was killed.
    pub kills: Vec<Kill>,
    /// How the system came back each time.
    pub recoveries: Vec<Recovery>,
    /// How often each place ended a process: `ordersvc orders.save.before`.
    pub failpoints: BTreeMap<String, u64>,
    /// Failpoints at which nothing was ever killed.
    pub never_reached: BTreeSet<String>,
    /// The longest that anything was undecided while everything ran, in seconds, and what it was.
    pub longest_wait: (f64, String),
    /// Seconds from the last restart until everything was decided that was not.
    pub last_decided_after: Option<f64>,
    /// Seconds from the last call until everything was decided, in its log and told to whoever follows it.
    pub came_to_rest_in: f64,
    /// What went wrong with the playing itself: calls that were never answered, processes that did not start.
    pub problems: Vec<String>,
    /// What the judge says.
    pub audit: auditor::Report,
}

impl Outcome {
    /// Why this outcome is not good; nothing when it is.
    pub fn faults(&self) -> Vec<String> {
        let limit = DECIDED_WITHIN.as_secs_f64();
        let mut faults = self.problems.clone();
        faults.extend(self.audit.violations.iter().map(ToString::to_string));
        faults.extend(
            self.never_reached
                .iter()
                .map(|name| format!("nothing was killed at {name}")),
        );
        let (longest, what) = &self.longest_wait;
        if *longest > limit {
            faults.push(format!("{what} was undecided for {longest:.1} s while everything ran"));
        }
        match self.last_decided_after {
            Some(after) if after <= limit => {}
            Some(after) => faults.push(format!("after the last restart all was decided in {after:.1} s")),
            None => faults.push("after the last restart not everything was decided".to_owned()),
        }
        faults
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kill(whom: &str, how: &str) -> Kill {
        Kill {
            at: 0.0,
            whom: whom.to_owned(),
            how: how.to_owned(),
        }
    }

    #[test]
    fn places_are_told_by_program_not_by_replica() {
        let place = |whom, how| kill(whom, how).place();
        let expected = Some("ordersvc orders.save.before".to_owned());
        assert_eq!(place("ordersvc-2", "orders.save.before"), expected);
        let expected = Some("sandbox-psp journal.after".to_owned());
        assert_eq!(place("sandbox-psp", "journal.after"), expected);
        assert_eq!(place("ordersvc-2", "SIGKILL"), None);
        assert_eq!(place("postgres", "crashed"), None);
    }

    fn good() -> Outcome {
        Outcome {
            plan: Plan::small(1, "nowhere"),
            took: 1.0,
            stories: 100,
            calls: BTreeMap::new(),
            repeated: 0,
            replayed: 0,
            kills: Vec::new(),
            recoveries: Vec::new(),
            failpoints: BTreeMap::new(),
            never_reached: BTreeSet::new(),
            longest_wait: (9.9, String::new()),
            last_decided_after: Some(9.9),
            came_to_rest_in: 0.0,
            problems: Vec::new(),
            audit: auditor::Report {
                judged: auditor::Counts::default(),
                kinds: BTreeMap::new(),
                violations: Vec::new(),
            },
        }
    }

    #[test]
    fn everything_that_is_wrong_is_a_fault_and_is_told() {
        let violation = auditor::Violation {
            kind: auditor::Kind::PaymentChargedTwice,
            subject: "payment 1".to_owned(),
            text: "two charges".to_owned(),
        };
        type Spoil = Box<dyn Fn(&mut Outcome)>;
        let spoiled: [(&str, Spoil); 6] = [
            (
                "payment-charged-twice payment 1: two charges",
                Box::new(move |outcome| outcome.audit.violations.push(violation.clone())),
            ),
            (
                "nothing was killed at ordersvc orders.save.before",
                Box::new(|outcome| {
                    outcome.never_reached.insert("ordersvc orders.save.before".to_owned());
                }),
            ),
            (
                "order 1 was undecided for 10.1 s while everything ran",
                Box::new(|outcome| outcome.longest_wait = (10.1, "order 1".to_owned())),
            ),
            (
                "after the last restart all was decided in 10.1 s",
                Box::new(|outcome| outcome.last_decided_after = Some(10.1)),
            ),
            (
                "after the last restart not everything was decided",
                Box::new(|outcome| outcome.last_decided_after = None),
            ),
            (
                "call 7 was not answered",
                Box::new(|outcome| outcome.problems.push("call 7 was not answered".to_owned())),
            ),
        ];
        assert_eq!(good().faults(), Vec::<String>::new());
        assert!(crate::markdown(&good()).contains("nothing is wrong"));
        for (fault, spoil) in spoiled {
            let mut outcome = good();
            spoil(&mut outcome);
            assert_eq!(outcome.faults(), [fault]);
            let told = crate::markdown(&outcome);
            assert!(
                told.contains("NOT GOOD") && told.contains(&format!("- {fault}\n")),
                "{told}"
            );
        }
    }
}
