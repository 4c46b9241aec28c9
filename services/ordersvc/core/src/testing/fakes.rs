use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::Poll,
};

use async_trait::async_trait;
use kernel::{Change, Classify, ErrorKind, IdempotencyKey, Kept, KeyReused, Page, PageSize, PortError};
use tokio::sync::watch;

pub use self::{
    background::Tasks,
    payments::{Charge, Fault, Gate, InMemoryPayments},
    users::KnownUsers,
};
use crate::{
    Order, OrderId, RecordedEvent, StartKey,
    ports::{ForChange, NewOrder, OrderChange, OrderCursor, OrderFilter, Orders, WriteError},
};

mod background;
mod checkouts;
mod log;
mod payments;
mod users;

type KeyName = (String, String, String);

#[derive(Default)]
struct State {
    orders: BTreeMap<OrderId, Order>,
    keys: HashMap<KeyName, ([u8; 32], Kept<Order>)>,
    log: Vec<RecordedEvent>,
    epoch: i32,
    away: bool,
}

/// Orders, their checkouts, their keys and their log, in memory.
pub struct InMemoryOrders {
    state: Arc<Mutex<State>>,
    head: watch::Sender<usize>,
}

impl Default for InMemoryOrders {
    fn default() -> Self {
        Self {
            state: Arc::default(),
            head: watch::Sender::new(0),
        }
    }
}

/// What a test made to be away.
#[derive(Debug, thiserror::Error)]
#[error("the store is away")]
pub(crate) struct Away;

impl Classify for Away {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Unavailable
    }
    fn reason(&self) -> &str {
        "UNAVAILABLE"
    }
}

/// The way to where an effect happens, or back: whoever else runs may come between.
async fn crossing() {
    let mut is_there = false;
    std::future::poll_fn(|context| {
        if std::mem::replace(&mut is_there, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

impl State {
    fn kept(&self, key: &IdempotencyKey) -> Result<Option<Kept<Order>>, WriteError> {
        match self.keys.get(&name(key)) {
            Some((fingerprint, _)) if *fingerprint != key.fingerprint => Err(KeyReused.into()),
            Some((_, kept)) => Ok(Some(kept.clone())),
            None => Ok(None),
        }
    }

    fn remember(&mut self, key: Option<IdempotencyKey>, kept: Kept<Order>) {
        if let Some(key) = key {
            self.keys.insert(name(&key), (key.fingerprint, answered(kept)));
        }
    }

    /// Another order is being paid for by the call with this key.
    fn is_started_elsewhere(&self, order: &Order) -> bool {
        let Some(started_by) = order.work().and_then(|work| work.started_by.as_ref()) else {
            return false;
        };
        self.orders
            .values()
            .filter(|other| other.id() != order.id())
            .filter_map(|other| other.work()?.started_by.as_ref())
            .any(|other| start_name(other) == start_name(started_by))
    }
}

fn name(key: &IdempotencyKey) -> KeyName {
    (key.caller.clone(), key.method.to_owned(), key.key.clone())
}

fn start_name(key: &StartKey) -> KeyName {
    (key.caller.clone(), key.method.clone(), key.key.clone())
}

/// What is kept is what was answered: without what is to be done.
fn answered(kept: Kept<Order>) -> Kept<Order> {
    match kept {
        Kept::Answer(order) => Kept::Answer(order.as_answered()),
        refusal @ Kept::Refusal(_) => refusal,
    }
}

fn replayed(kept: Kept<Order>) -> Result<Change<Order>, WriteError> {
    match kept {
        Kept::Answer(order) => Ok(Change::Replayed(order)),
        Kept::Refusal(refusal) => Err(WriteError::Refused(refusal)),
    }
}

fn lock<T>(state: &Mutex<T>) -> MutexGuard<'_, T> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl InMemoryOrders {
    /// Makes the store be away, or be back.
    pub fn set_away(&self, away: bool) {
        lock(&self.state).away = away;
    }

    /// Begins a new epoch, as a restore does.
    pub fn begin_epoch(&self) {
        lock(&self.state).epoch += 1;
    }

    /// Every event so far, oldest first.
    pub fn log(&self) -> Vec<RecordedEvent> {
        lock(&self.state).log.clone()
    }

    /// Every order as it is kept, without anybody having to wait for it.
    pub fn all(&self) -> Vec<Order> {
        lock(&self.state).orders.values().cloned().collect()
    }

    fn open(&self) -> Result<MutexGuard<'_, State>, PortError> {
        let state = lock(&self.state);
        if state.away {
            Err(PortError::new(Away))
        } else {
            Ok(state)
        }
    }

    fn write(&self, state: &mut State, order: Order, events: Vec<RecordedEvent>) {
        state.orders.insert(order.id(), order);
        state.log.extend(events);
        self.head.send_replace(state.log.len());
    }

    fn insert_now(&self, order: NewOrder, key: Option<IdempotencyKey>) -> Result<Change<Order>, WriteError> {
        let mut state = self.open()?;
        if let Some(kept) = key.as_ref().map(|key| state.kept(key)).transpose()?.flatten() {
            return replayed(kept);
        }
        let kept = order.order.as_kept();
        state.remember(key, Kept::Answer(kept.clone()));
        self.write(&mut state, kept.clone(), order.events);
        Ok(Change::Done(kept))
    }

    fn save_now(&self, change: OrderChange, key: Option<IdempotencyKey>) -> Result<Change<Order>, WriteError> {
        let mut state = self.open()?;
        if let Some(kept) = key.as_ref().map(|key| state.kept(key)).transpose()?.flatten() {
            return replayed(kept);
        }
        let before = state.orders.get(&change.order.id()).ok_or(WriteError::Stale)?;
        if before.version() != change.order.kept_version() {
            return Err(WriteError::Stale);
        }
        let work = before.work().cloned();
        let has_new_checkout = change.order.has_new_checkout();
        if has_new_checkout && state.is_started_elsewhere(&change.order) {
            return Err(KeyReused.into());
        }
        let mut kept = change.order.as_kept();
        if !has_new_checkout {
            let (snapshot, address) = kept.into_parts();
            kept = Order::restore(snapshot, address, work);
        }
        if let Some(outcome) = change.outcome {
            let answer = outcome.refusal.map_or(Kept::Answer(kept.clone()), Kept::Refusal);
            state
                .keys
                .entry(start_name(&outcome.started_by))
                .or_insert((outcome.started_by.fingerprint, answered(answer)));
        }
        state.remember(key, Kept::Answer(kept.clone()));
        self.write(&mut state, kept.clone(), change.events);
        Ok(Change::Done(kept))
    }

    fn keep_now(&self, key: IdempotencyKey, answer: Kept<Order>) -> Result<Option<Kept<Order>>, WriteError> {
        let mut state = self.open()?;
        if let Some(earlier) = state.kept(&key)? {
            return Ok(Some(earlier));
        }
        state.remember(Some(key), answer);
        Ok(None)
    }
}

#[async_trait]
impl Orders for InMemoryOrders {
    async fn insert(&self, order: NewOrder, key: Option<IdempotencyKey>) -> Result<Change<Order>, WriteError> {
        crossing().await;
        let inserted = self.insert_now(order, key);
        crossing().await;
        inserted
    }

    async fn find_kept(&self, key: &IdempotencyKey) -> Result<Option<Kept<Order>>, WriteError> {
        crossing().await;
        self.open()?.kept(key)
    }

    async fn find(&self, id: OrderId) -> Result<Option<Order>, PortError> {
        crossing().await;
        Ok(self.open()?.orders.get(&id).cloned())
    }

    async fn find_for_change(&self, id: OrderId, key: Option<&IdempotencyKey>) -> Result<ForChange, WriteError> {
        crossing().await;
        let state = self.open()?;
        Ok(ForChange {
            kept: key.map(|key| state.kept(key)).transpose()?.flatten(),
            order: state.orders.get(&id).cloned(),
        })
    }

    async fn save(&self, change: OrderChange, key: Option<IdempotencyKey>) -> Result<Change<Order>, WriteError> {
        crossing().await;
        let saved = self.save_now(change, key);
        crossing().await;
        saved
    }

    async fn keep(&self, key: IdempotencyKey, answer: Kept<Order>) -> Result<Option<Kept<Order>>, WriteError> {
        crossing().await;
        let kept = self.keep_now(key, answer);
        crossing().await;
        kept
    }

    async fn list(
        &self,
        filter: &OrderFilter,
        after: Option<OrderCursor>,
        size: PageSize,
    ) -> Result<Page<Order, OrderCursor>, PortError> {
        crossing().await;
        let state = self.open()?;
        let mut rows: Vec<Order> = state
            .orders
            .values()
            .filter(|order| filter.admits(order))
            .filter(|order| after.is_none_or(|after| OrderCursor::of(order) < after))
            .cloned()
            .collect();
        rows.sort_by_key(|order| std::cmp::Reverse(OrderCursor::of(order)));
        rows.truncate(usize::from(size.get()) + 1);
        Ok(Page::of(rows, size, OrderCursor::of))
    }
}
