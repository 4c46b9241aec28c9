use std::time::Duration;

use async_trait::async_trait;
use kernel::PortError;
use time::OffsetDateTime;

use super::{InMemoryOrders, State, crossing};
use crate::{
    CheckoutState, Order, Work,
    ports::{Checkouts, Due, Unfinished},
};

impl State {
    /// Changes the work of an order where it still is this work; the order itself stays as it is.
    fn change_work(&mut self, due: &Due, change: impl FnOnce(Work) -> Option<Work>) -> bool {
        let Some(order) = self.orders.get(&due.order_id) else {
            return false;
        };
        if !order.due().is_some_and(|now| now.is_same_work(due)) {
            return false;
        }
        let work = order.work().cloned().and_then(change);
        let (snapshot, address) = order.clone().into_parts();
        self.orders
            .insert(due.order_id, Order::restore(snapshot, address, work));
        true
    }
}

#[async_trait]
impl Checkouts for InMemoryOrders {
    async fn take_due(&self, now: OffsetDateTime, lease: Duration, limit: u32) -> Result<Vec<Due>, PortError> {
        crossing().await;
        let taken = {
            let mut state = self.open()?;
            let mut due: Vec<(OffsetDateTime, Due)> = state
                .orders
                .values()
                .filter_map(|order| Some((order.work()?.due_at, order.due()?)))
                .filter(|(due_at, _)| *due_at <= now)
                .collect();
            due.sort_by_key(|(due_at, due)| (*due_at, due.order_id));
            due.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
            let mut taken = Vec::new();
            for (_, mut due) in due {
                due.tries += 1;
                state.change_work(&due, |work| {
                    Some(Work {
                        due_at: now + lease,
                        tries: due.tries,
                        ..work
                    })
                });
                taken.push(due);
            }
            taken
        };
        crossing().await;
        Ok(taken)
    }

    async fn postpone(&self, due: &Due, until: OffsetDateTime) -> Result<bool, PortError> {
        crossing().await;
        let postponed = self
            .open()?
            .change_work(due, |work| Some(Work { due_at: until, ..work }));
        crossing().await;
        Ok(postponed)
    }

    async fn finish(&self, due: &Due) -> Result<bool, PortError> {
        crossing().await;
        let finished = {
            let mut state = self.open()?;
            let order = state.orders.get(&due.order_id);
            let is_failed = order.is_some_and(|order| order.checkout().state == CheckoutState::Failed);
            is_failed && state.change_work(due, |_| None)
        };
        crossing().await;
        Ok(finished)
    }

    async fn count_unfinished(&self) -> Result<Vec<(Unfinished, u64)>, PortError> {
        crossing().await;
        let state = self.open()?;
        let waiting: Vec<_> = state
            .orders
            .values()
            .map(Order::checkout)
            .filter_map(|checkout| Unfinished::of(checkout.state, &checkout.failure_reason))
            .collect();
        let count = |wanted| waiting.iter().filter(|unfinished| **unfinished == wanted).count();
        Ok(Unfinished::ALL
            .into_iter()
            .map(|wanted| (wanted, u64::try_from(count(wanted)).unwrap_or(u64::MAX)))
            .collect())
    }
}
