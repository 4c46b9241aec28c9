use std::sync::Arc;

use kernel::{Caller, Clock, IdSource};

use crate::{
    OrderEvent, RecordedEvent,
    ports::{OrderEvents, Orders, Users},
};

/// The use cases of orders, over the ports they need. Each is in a file of its own, named by its verb.
#[derive(Clone)]
pub struct Ordering {
    pub(crate) orders: Arc<dyn Orders>,
    pub(crate) events: Arc<dyn OrderEvents>,
    pub(crate) users: Arc<dyn Users>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn IdSource>,
}

impl Ordering {
    /// The use cases over these ports.
    pub fn new(
        orders: Arc<dyn Orders>,
        events: Arc<dyn OrderEvents>,
        users: Arc<dyn Users>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdSource>,
    ) -> Self {
        Self {
            orders,
            events,
            users,
            clock,
            ids,
        }
    }

    pub(crate) fn recorded(&self, caller: &Caller, events: Vec<OrderEvent>) -> Vec<RecordedEvent> {
        events
            .into_iter()
            .map(|event| RecordedEvent {
                id: self.ids.next(),
                actor: caller.to_string(),
                event,
            })
            .collect()
    }
}
