use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use kernel::Chain;
use tokio::{
    sync::{Notify, watch},
    time::timeout,
};
use tokio_util::sync::CancellationToken;

use super::{EventLog, Filter, Head, LoggedEvent, Position, ReadError, Sequencer};
use crate::postgres::StoreError;

/// Events that another replica sequenced are noticed this soon.
const POLL: Duration = Duration::from_millis(100);
/// How often a watch that begins looks whether earlier events have their place, and for how long.
const SETTLE_POLL: Duration = Duration::from_millis(5);
const SETTLE_LIMIT: Duration = Duration::from_secs(1);
const BATCH: u32 = 500;
/// What watchers that are a little behind read from memory: about a second of a busy service.
const RECENT_EVENTS: usize = 1_024;
const RECENT_BYTES: usize = 2 * 1024 * 1024;

/// The end of the log, read once for all watchers of a process.
///
/// A [`Watcher`] keeps a filter and a position, nothing else: one that reads slowly or never holds no
/// events and no connection. It is woken only by events of its filter, and reads recent ones from memory.
#[derive(Debug, Clone)]
pub struct Tail {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    log: EventLog,
    sequencer: Sequencer,
    appended: Arc<Notify>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    epoch: i32,
    /// The last event read; `None` before the first look, and while nobody watches.
    head: Option<i64>,
    /// After this event all up to the head were read: of earlier ones nothing was told.
    since: i64,
    /// The events up to the head, without gap.
    recent: VecDeque<Arc<LoggedEvent>>,
    recent_bytes: usize,
    watched: HashMap<Filter, watch::Sender<News>>,
}

/// What a filter's watchers are told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct News {
    /// The latest event of the filter.
    latest: i64,
    /// The latest one before this news.
    before: i64,
    /// Where the batch with this news began: between `before` and here is nothing of the filter, but for what is
    /// not after `since`.
    from: i64,
    /// After this event everything was told.
    since: i64,
}

impl Tail {
    /// The tail of a log. It moves while [`Tail::run`] does, at once when the sequencer of this process
    /// appends.
    pub fn new(log: EventLog, sequencer: &Sequencer) -> Self {
        Self {
            shared: Arc::new(Shared {
                log,
                sequencer: sequencer.clone(),
                appended: sequencer.appended(),
                state: Mutex::default(),
            }),
        }
    }

    /// Follows the log until the shutdown. The database being away only delays.
    pub async fn run(self, shutdown: CancellationToken) {
        loop {
            let more = match self.advance().await {
                Ok(more) => more,
                Err(error) => {
                    tracing::warn!(error = %Chain(&error), "watchers wait for the event log");
                    false
                }
            };
            if !more {
                tokio::select! {
                    () = shutdown.cancelled() => return,
                    _ = timeout(POLL, self.shared.appended.notified()) => {}
                }
            }
            if shutdown.is_cancelled() {
                return;
            }
        }
    }

    /// Starts watching, after a position or from now on. What was committed before the call is before now,
    /// whether it had its place in the log by then or not.
    ///
    /// # Errors
    /// The position cannot be continued from, or the database failed.
    pub async fn watch(&self, filter: Filter, after: Option<Position>) -> Result<Watcher, ReadError> {
        // Subscribed before the head is read, so that nothing falls between; and a watcher from the start,
        // so that one that comes to nothing leaves nothing behind.
        let mut watcher = Watcher {
            shared: Arc::clone(&self.shared),
            filter,
            position: Position { epoch: 0, number: 0 },
            began_at: 0,
            seen: 0,
            news: self.shared.subscribe(filter),
        };
        let head = self.settled_head().await?;
        watcher.began_at = head.position.number;
        watcher.position = match after {
            None => head.position,
            Some(after) if head.continues(after) => after,
            Some(_) => return Err(ReadError::Expired),
        };
        Ok(watcher)
    }

    /// The head of the log once everything that is committed by now has its place; as it is when that
    /// takes long.
    async fn settled_head(&self) -> Result<Head, StoreError> {
        let (head, waiting) = self.shared.log.head_and_waiting().await?;
        let Some(last) = waiting else { return Ok(head) };
        let settled = async {
            loop {
                self.shared.sequencer.wake();
                tokio::time::sleep(SETTLE_POLL).await;
                if !self.shared.log.is_waiting(last).await? {
                    return self.shared.log.head().await;
                }
            }
        };
        match timeout(SETTLE_LIMIT, settled).await {
            Ok(settled) => settled,
            Err(_) => self.shared.log.head().await,
        }
    }

    /// Reads what is new, if somebody watches; answers whether there may be more.
    async fn advance(&self) -> Result<bool, StoreError> {
        let known = {
            let mut state = self.shared.state();
            if state.watched.is_empty() {
                // Who comes first reads what there is by then, as after a start.
                state.head = None;
                state.forget();
                return Ok(false);
            }
            state.head
        };
        let Some(known) = known else {
            let head = self.shared.log.head().await?;
            let mut state = self.shared.state();
            state.epoch = head.position.epoch;
            state.begin_at(head.position.number);
            return Ok(true);
        };
        let slice = self.shared.log.slice(known, Filter::All, BATCH).await?;
        let more = slice.events.len() == BATCH as usize;
        let head = slice.head.position;
        let mut state = self.shared.state();
        let gap = slice
            .events
            .first()
            .is_some_and(|event| event.position.number != known + 1);
        let other = head.epoch != state.epoch || head.number < known || gap;
        state.epoch = head.epoch;
        if other {
            // What is remembered is of another epoch, or the database was put back under us.
            let first = slice.events.first().map(|event| event.position.number - 1);
            state.begin_at(first.unwrap_or(head.number).min(head.number));
        }
        if head.number < known {
            return Ok(true);
        }
        state.publish(known, slice.events);
        Ok(more)
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn subscribe(&self, filter: Filter) -> watch::Receiver<News> {
        self.state().watched.entry(filter).or_default().subscribe()
    }
}

impl State {
    /// Remembers nothing but the place to read on from. All watchers look for themselves at what came before it,
    /// and whether they can go on.
    fn begin_at(&mut self, number: i64) {
        self.head = Some(number);
        self.since = number;
        self.forget();
        for watchers in self.watched.values() {
            watchers.send_modify(|_| {});
        }
    }

    fn forget(&mut self) {
        self.recent = VecDeque::new();
        self.recent_bytes = 0;
    }

    fn publish(&mut self, from: i64, events: Vec<LoggedEvent>) {
        let mut news: HashMap<Filter, i64> = HashMap::new();
        for event in events {
            let number = event.position.number;
            let owner = event.owner_id.map(Filter::Owner);
            for filter in [Some(Filter::All), owner, Some(Filter::Aggregate(event.aggregate_id))] {
                if let Some(filter) = filter
                    && self.watched.contains_key(&filter)
                {
                    news.insert(filter, number);
                }
            }
            self.head = Some(number);
            self.recent_bytes += size_of(&event);
            self.recent.push_back(Arc::new(event));
        }
        while self.recent.len() > RECENT_EVENTS || self.recent_bytes > RECENT_BYTES {
            let Some(oldest) = self.recent.pop_front() else { break };
            self.recent_bytes -= size_of(&oldest);
        }
        for (filter, latest) in news {
            if let Some(watchers) = self.watched.get(&filter) {
                watchers.send_modify(|news| {
                    *news = News {
                        latest,
                        before: news.latest,
                        from,
                        since: self.since,
                    }
                });
            }
        }
    }

    /// The events after a position from memory, if it is of the log that is remembered and memory goes back
    /// that far.
    fn recent_after(&self, after: Position, filter: Filter, limit: usize) -> Option<(Vec<Arc<LoggedEvent>>, i64)> {
        let head = self.head?;
        if after.epoch != self.epoch || after.number > head {
            return None;
        }
        let after = after.number;
        let first = self.recent.front().map_or(head + 1, |event| event.position.number);
        if after + 1 < first {
            return None;
        }
        let skip = usize::try_from(after + 1 - first).unwrap_or(usize::MAX);
        let events: Vec<_> = self
            .recent
            .iter()
            .skip(skip)
            .filter(|event| filter.matches(event))
            .take(limit)
            .cloned()
            .collect();
        let reached = match events.last() {
            Some(last) if events.len() == limit => last.position.number,
            _ => head,
        };
        Some((events, reached))
    }
}

fn size_of(event: &LoggedEvent) -> usize {
    const FIXED: usize = 256;
    FIXED + event.payload.len()
}

/// One reader of a [`Tail`].
#[derive(Debug)]
pub struct Watcher {
    shared: Arc<Shared>,
    filter: Filter,
    position: Position,
    /// The head of the log when the watch began: up to there nothing is left to a tail that is behind.
    began_at: i64,
    /// The latest event that news told of before this watcher's last wait.
    seen: i64,
    news: watch::Receiver<News>,
}

impl Watcher {
    /// The next events, at most `limit`, at once; none when everything has been read.
    ///
    /// # Errors
    /// The reader was so slow that events it had not read are no longer kept, or the log was restored under
    /// it; the database failed, and nothing is lost by asking again.
    pub async fn next_batch(&mut self, limit: u32) -> Result<Vec<Arc<LoggedEvent>>, ReadError> {
        // Marked before reading, so that what comes while reading is waited for in vain never.
        self.seen = self.news.borrow_and_update().latest;
        let from_memory = {
            let state = self.shared.state();
            let has_all = state.head.is_some_and(|head| head >= self.began_at);
            has_all
                .then(|| state.recent_after(self.position, self.filter, limit as usize))
                .flatten()
        };
        let (events, reached) = match from_memory {
            Some(found) => found,
            None => {
                let slice = self.shared.log.slice(self.position.number, self.filter, limit).await?;
                if !slice.head.continues(self.position) {
                    return Err(ReadError::Expired);
                }
                let reached = match slice.events.last() {
                    Some(last) if slice.events.len() == limit as usize => last.position.number,
                    _ => slice.head.position.number,
                };
                (slice.events.into_iter().map(Arc::new).collect(), reached)
            }
        };
        self.position.number = reached;
        Ok(events)
    }

    /// Waits for the next event of the filter. To be called when [`Watcher::next_batch`] had none.
    pub async fn changed(&mut self) {
        // The sender lives in the tail, which this watcher keeps alive.
        if self.news.changed().await.is_ok() {
            let news = *self.news.borrow();
            if news.before == self.seen && self.position.number >= news.since {
                self.position.number = self.position.number.max(news.from);
            }
        }
    }

    /// After which event this watcher is: what a token to resume holds.
    pub const fn position(&self) -> Position {
        self.position
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        let mut state = self.shared.state();
        // Given back here, or of several that end at once each would see the others still there.
        self.news = watch::channel(News::default()).1;
        if state
            .watched
            .get(&self.filter)
            .is_some_and(|watchers| watchers.receiver_count() == 0)
        {
            state.watched.remove(&self.filter);
        }
    }
}

#[cfg(test)]
mod tests {
    use sqlx::postgres::PgPoolOptions;
    use uuid::Uuid;

    use super::*;
    use crate::postgres::Pool;

    fn tail() -> Tail {
        let pool = PgPoolOptions::new()
            .acquire_timeout(Duration::from_millis(20))
            .connect_lazy("postgres://nobody@127.0.0.1:1/nothing");
        let pool = Pool::from(pool.unwrap());
        let sequencer = Sequencer::new(pool.clone());
        Tail::new(EventLog::new(pool), &sequencer)
    }

    #[tokio::test]
    async fn a_watch_that_comes_to_nothing_is_forgotten() {
        let tail = tail();
        for number in 0..3 {
            let filter = Filter::Owner(Uuid::from_u128(number));
            assert!(tail.watch(filter, None).await.is_err());
        }
        assert!(tail.shared.state().watched.is_empty());
    }

    #[tokio::test]
    async fn a_log_that_nobody_watches_is_not_read() {
        let tail = tail();
        tail.shared.state().begin_at(7);
        assert!(!tail.advance().await.unwrap());
        assert_eq!(tail.shared.state().head, None);
        let _watching = tail.shared.subscribe(Filter::All);
        // There is no database to read from.
        assert!(tail.advance().await.is_err());
    }
}
