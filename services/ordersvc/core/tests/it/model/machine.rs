//! Replicas that run side by side, one step of one of them at a time, in an order that a seed decides.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, Waker},
    time::Duration,
};

use async_trait::async_trait;
use kernel::Clock;
use order_core::{
    CheckoutPolicy, Needs, Ordering,
    ports::{Background, BackgroundWork},
    testing::{CountingIds, InMemoryOrders, InMemoryPayments, KnownUsers, TickingClock},
};

/// Numbers that look like chance, the same in every run.
pub(super) struct Chance(u64);

impl Chance {
    pub(super) const fn of(seed: u64) -> Self {
        Self(seed)
    }

    /// 0 to `below`, without it.
    pub(super) fn number(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        usize::try_from(mixed % u64::try_from(below).unwrap()).unwrap()
    }

    pub(super) fn one_of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.number(choices.len())]
    }
}

/// What all replicas share.
pub(super) struct Shared {
    pub(super) orders: Arc<InMemoryOrders>,
    pub(super) payments: Arc<InMemoryPayments>,
    pub(super) clock: Arc<TickingClock>,
    ids: Arc<CountingIds>,
}

impl Shared {
    pub(super) fn new() -> Self {
        Self {
            orders: Arc::default(),
            payments: Arc::default(),
            clock: Arc::default(),
            ids: Arc::default(),
        }
    }
}

/// One process: it does one thing at a time, and forgets everything when it crashes.
pub(super) struct Replica {
    pub(super) ordering: Ordering,
    left_behind: Arc<LeftBehind>,
    tasks: Vec<Pin<Box<dyn Future<Output = ()>>>>,
}

impl Replica {
    pub(super) fn new(shared: &Shared, policy: CheckoutPolicy) -> Self {
        let left_behind = Arc::new(LeftBehind {
            work: Mutex::default(),
            clock: shared.clock.clone(),
        });
        let needs = Needs {
            orders: shared.orders.clone(),
            events: shared.orders.clone(),
            checkouts: shared.orders.clone(),
            payments: shared.payments.clone(),
            users: Arc::new(KnownUsers::default()),
            background: left_behind.clone(),
            clock: shared.clock.clone(),
            ids: shared.ids.clone(),
        };
        Self {
            ordering: Ordering::new(needs, policy),
            left_behind,
            tasks: Vec::new(),
        }
    }

    pub(super) fn run(&mut self, task: impl Future<Output = ()> + 'static) {
        self.tasks.push(Box::pin(task));
    }

    /// One step of one task; false when there is none.
    pub(super) fn step(&mut self, chance: &mut Chance) -> bool {
        for work in self
            .left_behind
            .work
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .drain(..)
        {
            self.tasks.push(Box::pin(async move {
                // A store that is away is what the lease is for.
                let _ = work.await;
            }));
        }
        if self.tasks.is_empty() {
            return false;
        }
        let chosen = chance.number(self.tasks.len());
        let mut context = Context::from_waker(Waker::noop());
        if self.tasks[chosen].as_mut().poll(&mut context) == Poll::Ready(()) {
            drop(self.tasks.swap_remove(chosen));
        }
        true
    }

    pub(super) fn crash(&mut self) {
        self.tasks.clear();
        self.left_behind
            .work
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }

    pub(super) fn is_idle(&self) -> bool {
        self.tasks.is_empty()
    }

    pub(super) const fn is_busy(&self) -> bool {
        self.tasks.len() > 12
    }
}

struct LeftBehind {
    work: Mutex<Vec<BackgroundWork>>,
    clock: Arc<TickingClock>,
}

#[async_trait]
impl Background for LeftBehind {
    fn spawn(&self, work: BackgroundWork) {
        self.work.lock().unwrap_or_else(PoisonError::into_inner).push(work);
    }

    async fn pause(&self, duration: Duration) {
        let until = self.clock.now() + duration;
        std::future::poll_fn(|_| {
            if self.clock.now() >= until {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
    }
}
