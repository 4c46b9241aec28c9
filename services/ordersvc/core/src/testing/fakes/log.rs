use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use kernel::{Page, PageSize, PortError};
use tokio::sync::watch;

use super::{Away, InMemoryOrders, State, crossing, lock};
use crate::{
    OrderId, RecordedEvent,
    ports::{OrderEvents, Position, Watch, WatchFailed, WatchScope, Watched},
};

#[async_trait]
impl OrderEvents for InMemoryOrders {
    async fn history(
        &self,
        id: OrderId,
        before: Option<i64>,
        size: PageSize,
    ) -> Result<Page<RecordedEvent, i64>, PortError> {
        crossing().await;
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
        crossing().await;
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
