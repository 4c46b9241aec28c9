use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use kernel::{Change, Classify, ErrorKind, IdempotencyKey, Kept, KeyReused, Page, PageSize, PortError, UserId};
use tokio::sync::watch;

use crate::{
    Order, OrderId, RecordedEvent,
    ports::{
        ForChange, NewOrder, OrderChange, OrderCursor, OrderEvents, OrderFilter, Orders, Position, Users, Watch,
        WatchFailed, WatchScope, Watched, WriteError,
    },
};

type KeyName = (String, &'static str, String);

#[derive(Default)]
struct State {
    orders: BTreeMap<OrderId, Order>,
    keys: HashMap<KeyName, ([u8; 32], Kept<Order>)>,
    log: Vec<RecordedEvent>,
    epoch: i32,
    away: bool,
}

/// Orders, their keys and their log, in memory.
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

/// The store was made to be away.
#[derive(Debug, thiserror::Error)]
#[error("the store is away")]
struct Away;

impl Classify for Away {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Unavailable
    }
    fn reason(&self) -> &str {
        "UNAVAILABLE"
    }
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
            self.keys.insert(name(&key), (key.fingerprint, kept));
        }
    }
}

fn name(key: &IdempotencyKey) -> KeyName {
    (key.caller.clone(), key.method, key.key.clone())
}

fn answered(kept: Kept<Order>) -> Result<Change<Order>, WriteError> {
    match kept {
        Kept::Answer(order) => Ok(Change::Replayed(order)),
        Kept::Refusal(refusal) => Err(WriteError::Refused(refusal)),
    }
}

/// What a later reader gets: no events to take, and the version that is kept.
fn as_kept(order: Order) -> Order {
    let (state, address) = order.into_parts();
    Order::restore(state, address)
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
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
}

#[async_trait]
impl Orders for InMemoryOrders {
    async fn insert(&self, order: NewOrder, key: Option<IdempotencyKey>) -> Result<Change<Order>, WriteError> {
        let mut state = self.open()?;
        if let Some(kept) = key.as_ref().map(|key| state.kept(key)).transpose()?.flatten() {
            return answered(kept);
        }
        let kept = as_kept(order.order);
        state.remember(key, Kept::Answer(kept.clone()));
        self.write(&mut state, kept.clone(), order.events);
        Ok(Change::Done(kept))
    }

    async fn find_kept(&self, key: &IdempotencyKey) -> Result<Option<Kept<Order>>, WriteError> {
        self.open()?.kept(key)
    }

    async fn find(&self, id: OrderId) -> Result<Option<Order>, PortError> {
        Ok(self.open()?.orders.get(&id).cloned())
    }

    async fn find_for_change(&self, id: OrderId, key: Option<&IdempotencyKey>) -> Result<ForChange, WriteError> {
        let state = self.open()?;
        Ok(ForChange {
            kept: key.map(|key| state.kept(key)).transpose()?.flatten(),
            order: state.orders.get(&id).cloned(),
        })
    }

    async fn save(&self, change: OrderChange, key: Option<IdempotencyKey>) -> Result<Change<Order>, WriteError> {
        let mut state = self.open()?;
        if let Some(kept) = key.as_ref().map(|key| state.kept(key)).transpose()?.flatten() {
            return answered(kept);
        }
        let version = state.orders.get(&change.order.id()).map(Order::version);
        if version != Some(change.order.kept_version()) {
            return Err(WriteError::Stale);
        }
        let kept = as_kept(change.order);
        state.remember(key, Kept::Answer(kept.clone()));
        self.write(&mut state, kept.clone(), change.events);
        Ok(Change::Done(kept))
    }

    async fn keep(&self, key: IdempotencyKey, answer: Kept<Order>) -> Result<Option<Kept<Order>>, WriteError> {
        let mut state = self.open()?;
        if let Some(earlier) = state.kept(&key)? {
            return Ok(Some(earlier));
        }
        state.remember(Some(key), answer);
        Ok(None)
    }

    async fn list(
        &self,
        filter: &OrderFilter,
        after: Option<OrderCursor>,
        size: PageSize,
    ) -> Result<Page<Order, OrderCursor>, PortError> {
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

#[async_trait]
impl OrderEvents for InMemoryOrders {
    async fn history(
        &self,
        id: OrderId,
        before: Option<i64>,
        size: PageSize,
    ) -> Result<Page<RecordedEvent, i64>, PortError> {
        let version = |event: &RecordedEvent| event.event.order().version;
        let rows: Vec<RecordedEvent> = self
            .open()?
            .log
            .iter()
            .rev()
            .filter(|event| event.event.order().id == id)
            .filter(|event| before.is_none_or(|before| version(event) < before))
            .take(usize::from(size.get()) + 1)
            .cloned()
            .collect();
        Ok(Page::of(rows, size, version))
    }

    async fn watch(&self, scope: WatchScope, from: Option<Position>) -> Result<Box<dyn Watch>, WatchFailed> {
        let state = self.open()?;
        let epoch = state.epoch;
        let next = match from {
            Some(position) if position.epoch != epoch => return Err(WatchFailed::Expired),
            Some(position) => usize::try_from(position.offset).unwrap_or(0),
            None => state.log.len(),
        };
        Ok(Box::new(InMemoryWatch {
            state: self.state.clone(),
            head: self.head.subscribe(),
            scope,
            epoch,
            next,
            live_at: Some(state.log.len()),
        }))
    }
}

struct InMemoryWatch {
    state: Arc<Mutex<State>>,
    head: watch::Receiver<usize>,
    scope: WatchScope,
    epoch: i32,
    next: usize,
    live_at: Option<usize>,
}

impl InMemoryWatch {
    fn position(&self) -> Position {
        Position {
            epoch: self.epoch,
            offset: i64::try_from(self.next).unwrap_or(i64::MAX),
        }
    }

    fn ready(&mut self) -> Option<Watched> {
        loop {
            if self.live_at.is_some_and(|live| self.next >= live) {
                self.live_at = None;
                return Some(Watched::Live {
                    position: self.position(),
                });
            }
            let event = lock(&self.state).log.get(self.next).cloned()?;
            self.next += 1;
            let order = event.event.order();
            let meant = match self.scope {
                WatchScope::All => true,
                WatchScope::Customer(id) => order.customer_id == id,
                WatchScope::Order(id) => order.id == id,
            };
            if meant {
                return Some(Watched::Event {
                    event: Box::new(event),
                    position: self.position(),
                });
            }
        }
    }
}

#[async_trait]
impl Watch for InMemoryWatch {
    async fn next(&mut self) -> Result<Watched, WatchFailed> {
        loop {
            self.head.mark_unchanged();
            if let Some(next) = self.ready() {
                return Ok(next);
            }
            if self.head.changed().await.is_err() {
                return Err(PortError::new(Away).into());
            }
        }
    }
}

/// Users that a test knows.
#[derive(Default)]
pub struct KnownUsers {
    valid: Mutex<BTreeSet<UserId>>,
    away: std::sync::atomic::AtomicBool,
}

impl KnownUsers {
    /// Makes a user valid.
    pub fn add(&self, user: UserId) {
        self.valid.lock().unwrap_or_else(PoisonError::into_inner).insert(user);
    }

    /// Makes the users be away, or be back.
    pub fn set_away(&self, away: bool) {
        self.away.store(away, std::sync::atomic::Ordering::SeqCst);
    }
}

#[async_trait]
impl Users for KnownUsers {
    async fn is_valid(&self, user: UserId) -> Result<bool, PortError> {
        if self.away.load(std::sync::atomic::Ordering::SeqCst) {
            return Err(PortError::new(Away));
        }
        Ok(self
            .valid
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .contains(&user))
    }
}
