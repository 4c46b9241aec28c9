//! The comparison, pure: four books in, disagreements out.
//!
//! What the services are still working on is no disagreement while it is young: a checkout that runs, money on its
//! way back, a question that the provider has not answered, an order that has yet to hear of its payment. It is
//! told once nothing about it has changed for as long as the caller says.

mod ledger;
mod orders;
mod payments;
mod provider;

use std::time::Duration;

use time::OffsetDateTime;

use super::{
    books::{Books, Order, Payment},
    disagreement::{Disagreement, Kind},
};

/// When something has been on its way for too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// The present.
    pub now: OffsetDateTime,
    /// How long something may be on its way.
    pub pending_for: Duration,
}

impl Patience {
    fn is_over(&self, changed_at: OffsetDateTime) -> bool {
        self.now - changed_at >= self.pending_for
    }
}

/// Everything that the books disagree on, in a stable order.
pub fn compare(books: &Books, patience: Patience) -> Vec<Disagreement> {
    let mut found = Vec::new();
    let payments = books.payments_of_orders();
    for order in books.orders.values() {
        let own = payments.get(order.id.as_str()).map(Vec::as_slice).unwrap_or_default();
        orders::compare(order, own, books, patience, &mut found);
    }
    for payment in books.payments.values() {
        payments::compare(payment, books, patience, &mut found);
        let charges = books.charges.get(&payment.id).map(Vec::as_slice).unwrap_or_default();
        provider::compare(payment, charges, &mut found);
        let entries = books.entries.get(&payment.id).map(Vec::as_slice).unwrap_or_default();
        ledger::compare(payment, entries, &mut found);
    }
    ledger::without_payment(books, &mut found);
    provider::without_payment(books, &mut found);
    found.sort();
    found
}

fn of_order(kind: Kind, order: &Order, expected: impl Into<String>, found: impl Into<String>) -> Disagreement {
    Disagreement {
        kind,
        order_id: Some(order.id.clone()),
        payment_id: order.payment_id.clone(),
        charge_id: None,
        expected: expected.into(),
        found: found.into(),
    }
}

fn of_payment(kind: Kind, payment: &Payment, expected: impl Into<String>, found: impl Into<String>) -> Disagreement {
    Disagreement {
        kind,
        order_id: payment.order_id.clone(),
        payment_id: Some(payment.id.clone()),
        charge_id: None,
        expected: expected.into(),
        found: found.into(),
    }
}

#[cfg(test)]
mod tests;
