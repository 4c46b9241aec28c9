use std::{
    collections::BTreeMap,
    fmt::{self, Write},
};

use serde::Serialize;

use crate::{Violation, books::Books};

/// How much of a kind the text shows; the JSON has all.
const SHOWN: usize = 10;

/// What was judged, and everything that is wrong.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// How much was judged.
    pub judged: Counts,
    /// How many violations there are of each kind.
    pub kinds: BTreeMap<&'static str, usize>,
    /// All of them.
    pub violations: Vec<Violation>,
}

/// How much was judged.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Counts {
    /// Attempts of callers.
    pub attempts: usize,
    /// Orders.
    pub orders: usize,
    /// Events of orders.
    pub order_events: usize,
    /// Payments.
    pub payments: usize,
    /// What the provider was asked.
    pub operations: usize,
    /// Movements in the ledger.
    pub transfers: usize,
    /// Charges at the provider.
    pub charges: usize,
    /// Orders by status and state of the checkout.
    pub outcomes: BTreeMap<String, usize>,
    /// What the provider took less what it gave back, by currency, in minor units.
    pub kept: BTreeMap<String, i64>,
}

impl Report {
    pub(crate) fn new(books: &Books, violations: Vec<Violation>) -> Self {
        let mut kinds = BTreeMap::new();
        for violation in &violations {
            *kinds.entry(violation.kind.as_str()).or_default() += 1;
        }
        Self {
            judged: Counts::of(books),
            kinds,
            violations,
        }
    }

    /// Nothing is wrong.
    pub fn is_clean(&self) -> bool {
        self.violations.is_empty()
    }
}

impl Counts {
    fn of(books: &Books) -> Self {
        let mut counts = Self {
            attempts: books.attempts.as_ref().map_or(0, Vec::len),
            orders: books.orders.len(),
            order_events: books.order_events.len(),
            payments: books.payments.len(),
            operations: books.operations.len(),
            transfers: books.transfers.len(),
            charges: books.charges.len(),
            ..Self::default()
        };
        for order in &books.orders {
            let outcome = format!("{} {}", order.status, order.checkout);
            *counts.outcomes.entry(outcome).or_default() += 1;
        }
        for charge in &books.charges {
            *counts.kept.entry(charge.currency_code.clone()).or_default() += charge.captured - charge.refunded;
        }
        counts
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let judged = &self.judged;
        writeln!(
            f,
            "judged {} attempts, {} orders with {} events, {} payments with {} operations, {} movements, {} charges",
            judged.attempts,
            judged.orders,
            judged.order_events,
            judged.payments,
            judged.operations,
            judged.transfers,
            judged.charges
        )?;
        if self.is_clean() {
            return writeln!(f, "nothing is wrong");
        }
        for (kind, count) in &self.kinds {
            writeln!(f, "{kind}: {count}")?;
            let of_kind = self
                .violations
                .iter()
                .filter(|violation| violation.kind.as_str() == *kind);
            for violation in of_kind.take(SHOWN) {
                writeln!(f, "  {}: {}", violation.subject, violation.text)?;
            }
            if *count > SHOWN {
                f.write_str("  …\n")?;
            }
        }
        let mut total = String::new();
        write!(total, "{} violations", self.violations.len())?;
        writeln!(f, "{total}")
    }
}
