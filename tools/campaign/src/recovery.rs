//! What was killed, when everything ran again, and how long it took until everything was decided.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use crate::outcome::{Kill, Recovery};

/// The book of a campaign's kills and recoveries.
#[derive(Debug)]
pub(crate) struct Recoveries(Mutex<Book>);

#[derive(Debug)]
struct Book {
    began: Instant,
    /// Who does not run.
    down: BTreeSet<String>,
    down_since: Option<Instant>,
    up_since: Instant,
    kills: Vec<Kill>,
    /// How many of the kills came before everything last ran.
    recovered: usize,
    recoveries: Vec<Recovery>,
    /// What the last recovery waits for; nothing until it was looked at.
    waits_for: Option<HashSet<String>>,
    is_open: bool,
    /// Since when each thing is known to be undecided.
    undecided: HashMap<String, Instant>,
    longest_wait: (f64, String),
}

/// What a book says at the end.
pub(crate) struct Closed {
    pub(crate) kills: Vec<Kill>,
    pub(crate) recoveries: Vec<Recovery>,
    pub(crate) longest_wait: (f64, String),
}

impl Recoveries {
    /// Nothing runs yet; these have to.
    pub(crate) fn of(names: impl IntoIterator<Item = String>) -> Self {
        let now = Instant::now();
        Self(Mutex::new(Book {
            began: now,
            down: names.into_iter().collect(),
            down_since: None,
            up_since: now,
            kills: Vec::new(),
            recovered: 0,
            recoveries: Vec::new(),
            waits_for: None,
            is_open: false,
            undecided: HashMap::new(),
            longest_wait: (0.0, String::new()),
        }))
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn now(&self) -> Instant {
        Instant::now()
    }

    /// Somebody was killed.
    pub(crate) fn down(&self, whom: &str, how: &str) {
        let mut book = self.book();
        let kill = Kill {
            at: book.began.elapsed().as_secs_f64(),
            whom: whom.to_owned(),
            how: how.to_owned(),
        };
        book.kills.push(kill);
        book.down.insert(whom.to_owned());
        book.down_since.get_or_insert_with(Instant::now);
        // What it waited for waits for the next one.
        book.is_open = false;
    }

    /// Somebody runs again.
    pub(crate) fn up(&self, whom: &str) {
        let mut book = self.book();
        if !book.down.remove(whom) || !book.down.is_empty() {
            return;
        }
        book.up_since = Instant::now();
        let Some(down_since) = book.down_since.take() else {
            return;
        };
        let recovery = Recovery {
            at: book.began.elapsed().as_secs_f64(),
            after: book.kills[book.recovered..].to_vec(),
            down: down_since.elapsed().as_secs_f64(),
            undecided: 0,
            decided_after: None,
        };
        book.recovered = book.kills.len();
        book.recoveries.push(recovery);
        book.waits_for = None;
        book.is_open = true;
    }

    /// What was undecided when somebody looked, who began to look at `asked`.
    pub(crate) fn seen(&self, items: HashSet<String>, asked: Instant) {
        let mut book = self.book();
        if book.down.is_empty() && asked > book.up_since {
            book.wait_for(&items);
            book.progress(&items);
        }
        book.undecided.retain(|item, _| items.contains(item));
        for item in items {
            book.undecided.entry(item).or_insert(asked);
        }
    }

    /// Everything runs, and everything that was undecided when it began to is decided.
    pub(crate) fn is_recovered(&self) -> bool {
        let book = self.book();
        book.down.is_empty() && !book.is_open
    }

    /// Everything runs.
    pub(crate) fn is_up(&self) -> bool {
        self.book().down.is_empty()
    }

    /// How often each place ended a process: `ordersvc orders.save.before`.
    pub(crate) fn places(&self) -> BTreeMap<String, u64> {
        let mut counts = BTreeMap::new();
        for place in self.book().kills.iter().filter_map(Kill::place) {
            *counts.entry(place).or_default() += 1;
        }
        counts
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.book().began.elapsed()
    }

    pub(crate) fn closed(&self) -> Closed {
        let book = self.book();
        Closed {
            kills: book.kills.clone(),
            recoveries: book.recoveries.clone(),
            longest_wait: book.longest_wait.clone(),
        }
    }
}

impl Book {
    /// How long each undecided thing has been so while everything ran.
    fn wait_for(&mut self, items: &HashSet<String>) {
        let up_since = self.up_since;
        for (item, since) in &self.undecided {
            // What is not seen any more was decided since the last look.
            let waited = (*since).max(up_since).elapsed().as_secs_f64();
            if waited > self.longest_wait.0 && items.contains(item) {
                self.longest_wait = (waited, item.clone());
            }
        }
    }

    fn progress(&mut self, items: &HashSet<String>) {
        if !self.is_open {
            return;
        }
        let first = self.waits_for.is_none();
        let waits_for = self.waits_for.get_or_insert_with(|| items.clone());
        waits_for.retain(|item| items.contains(item));
        let (left, up_since) = (waits_for.len(), self.up_since);
        if let Some(recovery) = self.recoveries.last_mut() {
            if first {
                recovery.undecided = left;
            }
            if left == 0 {
                recovery.decided_after = Some(up_since.elapsed().as_secs_f64());
                self.is_open = false;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(names: &[&str]) -> HashSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn running() -> Recoveries {
        let book = Recoveries::of(["a".to_owned(), "b".to_owned()]);
        book.up("a");
        assert!(!book.is_up());
        book.up("b");
        assert!(book.is_up() && book.is_recovered());
        book
    }

    #[test]
    fn a_recovery_ends_when_what_was_undecided_is_decided() {
        let book = running();
        book.down("ordersvc-1", "orders.save.before");
        book.down("b", "SIGKILL");
        book.up("ordersvc-1");
        assert!(!book.is_up());
        book.up("b");
        assert!(book.is_up() && !book.is_recovered());
        book.seen(items(&["x", "y"]), book.now());
        // What is new does not count.
        book.seen(items(&["y", "z"]), book.now());
        assert!(!book.is_recovered());
        book.seen(items(&["z"]), book.now());
        assert!(book.is_recovered());
        let closed = book.closed();
        let recovery = &closed.recoveries[0];
        assert_eq!((recovery.after.len(), recovery.undecided), (2, 2));
        assert!(recovery.decided_after.is_some());
        assert_eq!(book.places(), [("ordersvc orders.save.before".to_owned(), 1)].into());
        assert_eq!(closed.longest_wait.1, "y");
    }

    #[test]
    fn a_recovery_that_is_cut_short_is_not_measured() {
        let book = running();
        book.down("a", "SIGKILL");
        book.up("a");
        book.seen(items(&["x"]), book.now());
        book.down("b", "SIGKILL");
        book.seen(items(&[]), book.now());
        book.up("b");
        book.seen(items(&[]), book.now());
        let closed = book.closed();
        let measured: Vec<bool> = closed
            .recoveries
            .iter()
            .map(|recovery| recovery.decided_after.is_some())
            .collect();
        assert_eq!(measured, [false, true]);
        assert_eq!(closed.kills.len(), 2);
    }

    #[test]
    fn what_was_seen_before_everything_ran_says_nothing() {
        let book = running();
        book.down("a", "SIGKILL");
        let early = book.now();
        book.up("a");
        book.seen(items(&[]), early);
        assert!(!book.is_recovered());
    }
}
