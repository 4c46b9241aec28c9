use std::{collections::VecDeque, sync::Arc};

use api::order::v1 as proto;
use async_trait::async_trait;
use kernel::{Page, PageSize, PortError};
use order_core::{
    OrderId, RecordedEvent,
    ports::{OrderEvents, Position, Watch, WatchFailed, WatchScope, Watched},
};
use platform::postgres::{
    StoreError,
    events::{self, EventLog, Filter, LoggedEvent, ReadError, Tail, Watcher},
};
use prost::Message;

use crate::grpc::convert::{self, Unreadable};

/// How many events a watch takes from the log at once: what a reader that stopped holds at most.
const BATCH: u32 = 16;

/// The events of orders, from the log they are kept in.
#[derive(Debug, Clone)]
pub struct PgOrderEvents {
    log: EventLog,
    tail: Tail,
}

impl PgOrderEvents {
    /// Histories from the log, watches from its tail.
    pub const fn new(log: EventLog, tail: Tail) -> Self {
        Self { log, tail }
    }
}

#[async_trait]
impl OrderEvents for PgOrderEvents {
    #[tracing::instrument(name = "db.order_events.history", skip_all)]
    async fn history(
        &self,
        id: OrderId,
        before: Option<i64>,
        size: PageSize,
    ) -> Result<Page<RecordedEvent, i64>, PortError> {
        let payloads = self
            .log
            .history(id.as_uuid(), before, u32::from(size.get()) + 1)
            .await
            .map_err(PortError::new)?;
        let messages: Result<Vec<_>, _> = payloads.iter().map(|payload| message(payload)).collect();
        let page = Page::of(messages.map_err(PortError::new)?, size, |message| message.version);
        let events: Result<Vec<_>, _> = page
            .items
            .into_iter()
            .filter_map(|kept| recorded(kept).transpose())
            .collect();
        Ok(Page {
            items: events.map_err(PortError::new)?,
            next: page.next,
        })
    }

    #[tracing::instrument(name = "db.order_events.watch", skip_all)]
    async fn watch(&self, scope: WatchScope, from: Option<Position>) -> Result<Box<dyn Watch>, WatchFailed> {
        let filter = match scope {
            WatchScope::All => Filter::All,
            WatchScope::Customer(id) => Filter::Owner(id.as_uuid()),
            WatchScope::Order(id) => Filter::Aggregate(id.as_uuid()),
        };
        let after = from.map(|position| events::Position {
            epoch: position.epoch,
            number: position.offset,
        });
        let watcher = self.tail.watch(filter, after).await.map_err(watch_failed)?;
        Ok(Box::new(PgWatch {
            watcher,
            taken: VecDeque::new(),
            state: if from.is_none() { State::Fresh } else { State::Behind },
        }))
    }
}

struct PgWatch {
    watcher: Watcher,
    taken: VecDeque<Arc<LoggedEvent>>,
    state: State,
}

/// How far a watch has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// From now on: live before anything happens.
    Fresh,
    /// There may be older events to give.
    Behind,
    /// Told that it has caught up.
    Live,
}

impl PgWatch {
    fn live(&mut self) -> Watched {
        self.state = State::Live;
        Watched::Live {
            position: position(self.watcher.position()),
        }
    }
}

#[async_trait]
impl Watch for PgWatch {
    async fn next(&mut self) -> Result<Watched, WatchFailed> {
        if self.state == State::Fresh {
            return Ok(self.live());
        }
        loop {
            if let Some(logged) = self.taken.pop_front() {
                let read = message(&logged.payload).and_then(recorded).map_err(PortError::new)?;
                if let Some(event) = read {
                    return Ok(Watched::Event {
                        event: Box::new(event),
                        position: position(logged.position),
                    });
                }
                continue;
            }
            self.taken = self.watcher.next_batch(BATCH).await.map_err(watch_failed)?.into();
            if !self.taken.is_empty() {
                continue;
            }
            if self.state == State::Behind {
                return Ok(self.live());
            }
            self.watcher.changed().await;
        }
    }
}

const fn position(logged: events::Position) -> Position {
    Position {
        epoch: logged.epoch,
        offset: logged.number,
    }
}

fn message(payload: &[u8]) -> Result<proto::OrderEvent, StoreError> {
    proto::OrderEvent::decode(payload).map_err(StoreError::undecodable)
}

/// The event, unless a newer binary wrote it in words that this one does not know: then it is passed over, so that
/// replicas of two versions can serve side by side.
fn recorded(message: proto::OrderEvent) -> Result<Option<RecordedEvent>, StoreError> {
    match convert::kept_event(message) {
        Ok(event) => Ok(Some(event)),
        Err(Unreadable::Newer) => Ok(None),
        Err(broken @ Unreadable::Broken) => Err(StoreError::undecodable(broken)),
    }
}

fn watch_failed(error: ReadError) -> WatchFailed {
    match error {
        ReadError::Expired => WatchFailed::Expired,
        ReadError::Store(error) => WatchFailed::Store(PortError::new(error)),
    }
}
