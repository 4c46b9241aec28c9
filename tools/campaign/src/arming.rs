use std::sync::{Arc, Mutex, PoisonError};

use crate::{Program, dice::Dice, recovery::Recoveries};

/// How often a place is passed before the process ends there, when every place still has to be tried.
const PASSED_AT_FIRST: u64 = 3;
/// The same when all have been tried.
const PASSED_LATER: (u64, u64) = (10, 80);
/// So many processes in a hundred then end by nothing of their own. A fast machine passes every count within a second, and a
/// provider that is never up for longer never charges a slow card.
const SPARED: u64 = 33;

/// Decides at which failpoints the next process ends.
#[derive(Debug)]
pub(crate) struct Arming {
    wild: Mutex<Option<Dice>>,
    recoveries: Arc<Recoveries>,
}

impl Arming {
    /// Nobody ends by a failpoint, until it is [`wild`](Self::goes_wild).
    pub(crate) fn calm(recoveries: Arc<Recoveries>) -> Self {
        Self {
            wild: Mutex::new(None),
            recoveries,
        }
    }

    /// From now on every process ends at one of the places where none ended before, or at any when there are none
    /// left.
    pub(crate) fn goes_wild(&self, dice: Dice) {
        *self.wild.lock().unwrap_or_else(PoisonError::into_inner) = Some(dice);
    }

    pub(crate) fn calms_down(&self) {
        *self.wild.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// The value of `FAILPOINT` for a process of this program.
    pub(crate) fn next(&self, program: Program) -> String {
        let mut wild = self.wild.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(dice) = wild.as_mut() else {
            return String::new();
        };
        let reached = self.recoveries.places();
        let untried: Vec<&str> = program
            .failpoints()
            .filter(|name| !reached.contains_key(&program.place(name)))
            .collect();
        if untried.is_empty() {
            if dice.chance(SPARED) {
                return String::new();
            }
            let choices: Vec<(u64, &str)> = program.failpoints().map(|name| (1, name)).collect();
            let passed = dice.between(PASSED_LATER.0, PASSED_LATER.1);
            return dice
                .pick(&choices)
                .map_or(String::new(), |name| format!("{name}={passed}"));
        }
        let armed = untried
            .into_iter()
            .map(|name| format!("{name}={}", dice.between(1, PASSED_AT_FIRST)));
        armed.collect::<Vec<_>>().join(",")
    }
}
