#![expect(clippy::unwrap_used, clippy::panic, reason = "a world is for tests")]

use std::sync::Arc;

use super::{CountingIds, InMemoryOrders, InMemoryPayments, KnownUsers, Tasks, TickingClock};
use crate::{CheckoutPolicy, Needs, Order, Step};

/// Everything a use case needs, in memory.
pub struct World {
    /// The use cases.
    pub ordering: crate::Ordering,
    /// Orders, their checkouts, their events and their keys.
    pub orders: Arc<InMemoryOrders>,
    /// The payments.
    pub payments: Arc<InMemoryPayments>,
    /// The users.
    pub users: Arc<KnownUsers>,
    /// What runs beside calls.
    pub tasks: Arc<Tasks>,
    /// The time.
    pub clock: Arc<TickingClock>,
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

impl World {
    /// Nobody and nothing yet.
    pub fn new() -> Self {
        Self::with_policy(CheckoutPolicy::default())
    }

    /// Nobody and nothing yet, under another policy.
    pub fn with_policy(policy: CheckoutPolicy) -> Self {
        let orders = Arc::new(InMemoryOrders::default());
        let payments = Arc::new(InMemoryPayments::default());
        let users = Arc::new(KnownUsers::default());
        let tasks = Arc::new(Tasks::default());
        let clock = Arc::new(TickingClock::default());
        let needs = Needs {
            orders: orders.clone(),
            events: orders.clone(),
            checkouts: orders.clone(),
            payments: payments.clone(),
            users: users.clone(),
            background: tasks.clone(),
            clock: clock.clone(),
            ids: Arc::new(CountingIds::default()),
        };
        Self {
            ordering: crate::Ordering::new(needs, policy),
            orders,
            payments,
            users,
            tasks,
            clock,
        }
    }

    /// Works, and lets time pass, until nothing is left to be done but to cancel orders when they expire.
    ///
    /// # Panics
    /// The store fails, or the work does not end.
    pub async fn drain(&self) {
        const FAR_TOO_OFTEN: usize = 10_000;
        for _ in 0..FAR_TOO_OFTEN {
            self.tasks.settled().await;
            let due_at = |order: Order| {
                order
                    .work()
                    .filter(|work| work.step != Step::Expire)
                    .map(|work| work.due_at)
            };
            let Some(next) = self.orders.all().into_iter().filter_map(due_at).min() else {
                return;
            };
            self.payments.resolve();
            self.clock.advance_to(next);
            self.work().await;
        }
        panic!("the work does not end");
    }

    /// Does what is due now, once.
    ///
    /// # Panics
    /// The store fails.
    pub async fn work(&self) {
        for due in self.ordering.take_due(100).await.unwrap() {
            self.ordering.resume(due).await.unwrap();
        }
    }
}
