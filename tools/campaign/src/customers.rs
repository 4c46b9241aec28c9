//! Customers, each playing one story after the other.

mod call;
mod card;
mod request;
mod story;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use auditor::client_log::{Answer, Attempt};
use futures::{StreamExt, stream};
use tokio::task::JoinSet;

use crate::{
    client_log::ClientLog,
    outcome::Problems,
    stage::{Stage, Who},
};
use call::{Counter, Manners};
use story::Story;

/// So many of the answers are asked for again at the end.
const REPLAYED: usize = 3_000;
const REPLAYED_AT_ONCE: usize = 16;

/// What the customers of a campaign share.
pub(crate) struct Town {
    pub(crate) stage: Arc<Stage>,
    pub(crate) log: Arc<ClientLog>,
    pub(crate) problems: Problems,
    pub(crate) seed: u64,
}

/// Customers at work until they are told that it is enough.
pub(crate) struct Crowd {
    town: Arc<Town>,
    begun: Arc<AtomicU64>,
    enough: Arc<AtomicBool>,
    customers: JoinSet<()>,
}

impl Crowd {
    /// Lets so many customers in.
    pub(crate) fn enter(town: &Arc<Town>, customers: usize) -> Self {
        let mut crowd = Self {
            town: Arc::clone(town),
            begun: Arc::default(),
            enough: Arc::default(),
            customers: JoinSet::new(),
        };
        for _ in 0..customers {
            let (town, begun, enough) = (Arc::clone(town), Arc::clone(&crowd.begun), Arc::clone(&crowd.enough));
            crowd.customers.spawn(async move {
                let counter = Counter::open(&town);
                while !enough.load(Ordering::Relaxed) {
                    let number = begun.fetch_add(1, Ordering::Relaxed);
                    Story::new(&counter, number).play().await;
                }
            });
        }
        crowd
    }

    /// How many stories have begun.
    pub(crate) fn begun(&self) -> u64 {
        self.begun.load(Ordering::Relaxed)
    }

    /// Lets every customer finish the story that it is in.
    pub(crate) async fn leave(mut self, limit: Duration) -> u64 {
        self.enough.store(true, Ordering::Relaxed);
        let left = tokio::time::timeout(limit, async {
            while let Some(ended) = self.customers.join_next().await {
                if let Err(error) = ended {
                    self.town.problems.note(format!("a customer ended: {error}"));
                }
            }
        });
        if left.await.is_err() {
            self.town
                .problems
                .note(format!("customers were still in their stories after {limit:?}"));
        }
        self.begun()
    }
}

/// Asks for answers again that were given under a key; how many.
pub(crate) async fn ask_again(town: &Arc<Town>, attempts: &[Attempt]) -> u64 {
    let mut lasting: Vec<&Attempt> = attempts
        .iter()
        .filter(|attempt| match &attempt.answer {
            Answer::Order(_) | Answer::Refund(_) => attempt.key.is_some(),
            Answer::Refused(refusal) => attempt.key.is_some() && refusal.is_final(),
            Answer::GaveUp => false,
        })
        .collect();
    lasting.sort_by_key(|attempt| attempt.call);
    lasting.dedup_by_key(|attempt| attempt.call);
    let every = lasting.len().div_ceil(REPLAYED).max(1);
    let chosen: Vec<&Attempt> = lasting.into_iter().step_by(every).collect();
    let counters: Vec<Counter> = (0..REPLAYED_AT_ONCE).map(|_| Counter::open(town)).collect();
    let asking = chosen.iter().enumerate().map(|(index, attempt)| {
        let counter = &counters[index % counters.len()];
        async move {
            let caller = counter.caller(Who::named(&attempt.caller));
            caller
                .call(attempt.asked.clone(), attempt.key.clone(), Manners::default())
                .await;
        }
    });
    stream::iter(asking)
        .buffer_unordered(REPLAYED_AT_ONCE)
        .collect::<Vec<()>>()
        .await;
    chosen.len() as u64
}
