//! Comparing what orders, payments, the ledger and the provider say of the same money.
//!
//! The books are read one after the other while they change, so what [`compare`] finds at first is a suspicion. It is
//! read again, together with everything it depends on, and told only when nothing of it changed meanwhile.

pub mod books;
pub mod compare;
pub mod disagreement;
mod read;
mod services;

use std::{collections::BTreeSet, sync::Arc, time::Duration};

pub use self::services::Services;
use self::{
    books::Books,
    compare::{Patience, compare},
    disagreement::{Disagreement, Remedy},
    read::{ReadError, Suspects},
};
use crate::progress::Progress;
use kernel::Clock;

/// How often a suspicion is read again while what it is about changes.
const ROUNDS: usize = 5;
const BETWEEN_ROUNDS: Duration = Duration::from_secs(1);

/// How to compare.
#[derive(Clone)]
pub struct Reconciliation {
    /// Whom to ask.
    pub services: Arc<dyn Services>,
    /// How long something may be on its way before it is told.
    pub pending_for: Duration,
    /// Where the time comes from.
    pub clock: Arc<dyn Clock>,
    /// Who hears how far it is.
    pub progress: Progress,
}

/// The books could not be compared.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct CannotCompare(#[from] ReadError);

/// What was compared and found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// How many orders were read.
    pub orders: usize,
    /// How many payments.
    pub payments: usize,
    /// How many entries of the ledger.
    pub entries: usize,
    /// How many charges of the provider.
    pub charges: usize,
    /// What the books disagree on.
    pub disagreements: Vec<Disagreement>,
    /// How many orders and payments changed each time they were looked at, so that nothing can be said of them.
    pub moving: usize,
    /// What was tried to end disagreements.
    pub tried: Vec<Tried>,
    /// What was a disagreement before that, and is none now.
    pub ended: Vec<Disagreement>,
}

/// Something that was tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    /// What.
    pub remedy: Remedy,
    /// Why it was not done, if it was not.
    pub failure: Option<String>,
}

impl Reconciliation {
    /// Compares everything.
    ///
    /// # Errors
    /// A book could not be read.
    pub async fn run(&self) -> Result<Report, CannotCompare> {
        let books = read::everything(self.services.as_ref(), &self.progress).await?;
        let suspicions = compare(&books, self.patience());
        let (disagreements, moving) = self.look_again(&suspicions).await?;
        Ok(Report {
            orders: books.orders.len(),
            payments: books.payments.len(),
            entries: books.entries.values().map(Vec::len).sum(),
            charges: books.charges.values().map(Vec::len).sum(),
            disagreements,
            moving,
            ..Report::default()
        })
    }

    /// Compares everything, tries what the rules allow to end disagreements, and compares again. Nothing is charged
    /// or given back that the services did not decide to.
    ///
    /// # Errors
    /// A book could not be read.
    pub async fn fix(&self) -> Result<Report, CannotCompare> {
        let before = self.run().await?;
        let remedies: BTreeSet<Remedy> = before.disagreements.iter().map(Disagreement::remedy).collect();
        let mut tried = Vec::new();
        // In the order of remedies: a payment is resolved before its order follows it.
        for remedy in remedies {
            let done = match &remedy {
                Remedy::Resolve(payment) => self.services.resolve_payment(payment).await.map(drop),
                Remedy::Sync(order) => self.services.sync_order(order).await.map(drop),
                Remedy::Person(_) => continue,
            };
            let failure = done.err().map(|status| crate::told(&status));
            tried.push(Tried { remedy, failure });
            self.progress.count("remedies tried", tried.len());
        }
        if tried.is_empty() {
            return Ok(before);
        }
        let after = self.run().await?;
        let is_left = |was: &Disagreement| {
            let mut left = after.disagreements.iter();
            left.any(|now| {
                (now.kind, &now.order_id, &now.payment_id, &now.charge_id)
                    == (was.kind, &was.order_id, &was.payment_id, &was.charge_id)
            })
        };
        let ended = before.disagreements.into_iter().filter(|was| !is_left(was)).collect();
        Ok(Report { tried, ended, ..after })
    }

    /// Those of the suspicions that hold while nothing changes, and how many could not be seen at rest.
    async fn look_again(&self, suspicions: &[Disagreement]) -> Result<(Vec<Disagreement>, usize), CannotCompare> {
        let mut suspects = Suspects::of(suspicions);
        let mut told = BTreeSet::new();
        for round in 0..ROUNDS {
            if suspects.is_empty() {
                break;
            }
            if round > 0 {
                tokio::time::sleep(BETWEEN_ROUNDS).await;
            }
            self.progress.count("suspicions read again", suspects.len());
            let before = read::cases(self.services.as_ref(), &suspects).await?;
            let mut books = before.clone();
            read::ledger_and_provider(self.services.as_ref(), &suspects, &mut books, &self.progress).await?;
            let after = read::cases(self.services.as_ref(), &suspects).await?;
            let at_rest = AtRest::between(&before, &after);
            let found = compare(
                &Books {
                    entries: books.entries,
                    charges: books.charges,
                    ..after.clone()
                },
                self.patience(),
            );
            let (settled, moving): (Vec<_>, Vec<_>) = found.into_iter().partition(|found| at_rest.includes(found));
            told.extend(settled);
            suspects = Suspects::of(&moving);
        }
        Ok((told.into_iter().collect(), suspects.len()))
    }

    fn patience(&self) -> Patience {
        Patience {
            now: self.clock.now(),
            pending_for: self.pending_for,
        }
    }
}

/// The orders and payments that were the same at two readings, their absence included.
struct AtRest<'a> {
    before: &'a Books,
    after: &'a Books,
    unchanged: BTreeSet<books::Id>,
}

impl<'a> AtRest<'a> {
    fn between(before: &'a Books, after: &'a Books) -> Self {
        Self {
            before,
            after,
            unchanged: after.unchanged_since(before),
        }
    }

    /// Whether everything that a disagreement depends on was.
    fn includes(&self, found: &Disagreement) -> bool {
        let of_order = |books: &Books| -> Vec<books::Id> {
            let Some(order) = &found.order_id else {
                return Vec::new();
            };
            let payments = books.payments.values();
            let own = payments.filter(|payment| payment.order_id.as_ref() == Some(order));
            own.map(|payment| payment.id.clone()).collect()
        };
        let order = found
            .order_id
            .iter()
            .all(|id| self.is_unchanged(id, |books| books.orders.contains_key(id)));
        let mut payments = found.payment_id.iter().cloned().collect::<Vec<_>>();
        payments.extend(of_order(self.before));
        payments.extend(of_order(self.after));
        let mut payments = payments.iter();
        order && payments.all(|id| self.is_unchanged(id, |books| books.payments.contains_key(id)))
    }

    fn is_unchanged(&self, id: &str, is_in: impl Fn(&Books) -> bool) -> bool {
        self.unchanged.contains(id) || !is_in(self.before) && !is_in(self.after)
    }
}

#[cfg(test)]
mod tests;
