use std::{sync::Arc, time::Duration};

use kernel::{Caller, Change, Clock, IdSource, IdempotencyKey};
use time::OffsetDateTime;

use crate::{
    Order, OrderEvent, RecordedEvent,
    ports::{Background, Checkouts, OrderChange, OrderEvents, Orders, Payments, Users, WriteError},
};

/// What the use cases need of the world.
#[derive(Clone)]
pub struct Needs {
    /// Where orders are kept.
    pub orders: Arc<dyn Orders>,
    /// Where their events are read.
    pub events: Arc<dyn OrderEvents>,
    /// Where work of checkouts is found.
    pub checkouts: Arc<dyn Checkouts>,
    /// Who takes money and gives it back.
    pub payments: Arc<dyn Payments>,
    /// Who knows users.
    pub users: Arc<dyn Users>,
    /// What runs beside calls.
    pub background: Arc<dyn Background>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Where identifiers come from.
    pub ids: Arc<dyn IdSource>,
}

/// How long the parts of a checkout take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CheckoutPolicy {
    /// How long whoever took up work is left alone with it.
    pub lease: Duration,
    /// When an order is cancelled after an attempt to pay that failed.
    pub failed_expires_after: Duration,
    /// When an order is cancelled that nobody tried to pay; never, if not said.
    pub unpaid_expires_after: Option<Duration>,
    /// How long one step may be without an answer before a person should look.
    pub attention_after: Duration,
}

impl Default for CheckoutPolicy {
    fn default() -> Self {
        Self {
            lease: Duration::from_secs(4),
            failed_expires_after: Duration::from_mins(30),
            unpaid_expires_after: None,
            attention_after: Duration::from_hours(24),
        }
    }
}

/// The use cases of orders, over the ports they need. Each is in a file of its own, named by its verb.
#[derive(Clone)]
pub struct Ordering {
    pub(crate) needs: Needs,
    pub(crate) policy: CheckoutPolicy,
}

impl Ordering {
    /// The use cases over these ports.
    pub const fn new(needs: Needs, policy: CheckoutPolicy) -> Self {
        Self { needs, policy }
    }

    /// What time it is.
    pub(crate) fn now(&self) -> OffsetDateTime {
        self.needs.clock.now()
    }

    pub(crate) fn recorded(&self, caller: &Caller, events: Vec<OrderEvent>) -> Vec<RecordedEvent> {
        events
            .into_iter()
            .map(|event| RecordedEvent {
                id: self.needs.ids.next(),
                actor: caller.to_string(),
                event,
            })
            .collect()
    }

    /// Keeps a changed order with all that happened to it. What there is to be done now is held for
    /// [`Ordering::go_on`].
    pub(crate) async fn save(
        &self,
        caller: &Caller,
        mut order: Order,
        key: Option<IdempotencyKey>,
    ) -> Result<Change<Order>, WriteError> {
        order.hold_work(self.now() + self.policy.lease);
        let change = OrderChange {
            events: self.recorded(caller, order.take_events()),
            outcome: order.take_outcome(),
            order,
        };
        self.needs.orders.save(change, key).await
    }
}
