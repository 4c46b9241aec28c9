//! The judge: pure functions from what was read to what is wrong with it.

mod agreement;
mod answers;
mod history;
mod keys;
mod ledger;
mod payments;
mod provider;
mod stuck;
#[cfg(test)]
mod tests;
mod transitions;

use std::{
    collections::{BTreeMap, HashMap},
    fmt::Display,
    hash::Hash,
};

use uuid::Uuid;

use crate::{
    Kind, Violation,
    books::{Books, Charge, Operation, Order, OrderEvent, Payment, Transfer},
};

/// Everything that is wrong, by kind.
pub(crate) fn judge(books: &Books) -> Vec<Violation> {
    let desk = Desk::new(books);
    let mut findings = Findings::default();
    for check in [
        answers::check,
        keys::check,
        history::check,
        payments::check,
        provider::check,
        ledger::check,
        agreement::check,
        stuck::check,
    ] {
        check(&desk, &mut findings);
    }
    findings.0.sort();
    findings.0.dedup();
    findings.0
}

#[derive(Debug, Default)]
struct Findings(Vec<Violation>);

impl Findings {
    fn add(&mut self, kind: Kind, subject: impl Display, text: impl Display) {
        self.0.push(Violation {
            kind,
            subject: subject.to_string(),
            text: text.to_string(),
        });
    }

    fn order(&mut self, kind: Kind, order: Uuid, text: impl Display) {
        self.add(kind, format_args!("order {order}"), text);
    }

    fn payment(&mut self, kind: Kind, payment: Uuid, text: impl Display) {
        self.add(kind, format_args!("payment {payment}"), text);
    }
}

/// The books, laid out so that what belongs together is found.
struct Desk<'a> {
    books: &'a Books,
    orders: HashMap<Uuid, &'a Order>,
    /// In the order of the log.
    events: BTreeMap<Uuid, Vec<&'a OrderEvent>>,
    payments: HashMap<Uuid, &'a Payment>,
    payments_of: BTreeMap<Uuid, Vec<&'a Payment>>,
    operations: HashMap<Uuid, Vec<&'a Operation>>,
    transfers: HashMap<Uuid, Vec<&'a Transfer>>,
    /// By what they refer to.
    charges: HashMap<&'a str, Vec<&'a Charge>>,
}

impl<'a> Desk<'a> {
    fn new(books: &'a Books) -> Self {
        let mut events: BTreeMap<Uuid, Vec<&OrderEvent>> = BTreeMap::new();
        for event in &books.order_events {
            events.entry(event.order).or_default().push(event);
        }
        let mut payments_of: BTreeMap<Uuid, Vec<&Payment>> = BTreeMap::new();
        for payment in &books.payments {
            if let Some(order) = payment.order_id {
                payments_of.entry(order).or_default().push(payment);
            }
        }
        Self {
            books,
            orders: books.orders.iter().map(|order| (order.id, order)).collect(),
            events,
            payments: books.payments.iter().map(|payment| (payment.id, payment)).collect(),
            payments_of,
            operations: grouped(&books.operations, |operation| operation.payment),
            transfers: grouped(&books.transfers, |transfer| transfer.payment),
            charges: grouped(&books.charges, |charge| charge.reference.as_str()),
        }
    }

    fn events(&self, order: Uuid) -> &[&'a OrderEvent] {
        self.events.get(&order).map_or(&[], Vec::as_slice)
    }

    fn payments_of(&self, order: Uuid) -> &[&'a Payment] {
        self.payments_of.get(&order).map_or(&[], Vec::as_slice)
    }

    fn operations(&self, payment: Uuid) -> &[&'a Operation] {
        self.operations.get(&payment).map_or(&[], Vec::as_slice)
    }

    fn transfers(&self, payment: Uuid) -> &[&'a Transfer] {
        self.transfers.get(&payment).map_or(&[], Vec::as_slice)
    }

    fn charges(&self, payment: Uuid) -> &[&'a Charge] {
        let reference = payment.to_string();
        self.charges.get(reference.as_str()).map_or(&[], Vec::as_slice)
    }
}

fn grouped<'a, T, K: Eq + Hash>(rows: &'a [T], key: impl Fn(&'a T) -> K) -> HashMap<K, Vec<&'a T>> {
    let mut groups: HashMap<K, Vec<&T>> = HashMap::new();
    for row in rows {
        groups.entry(key(row)).or_default().push(row);
    }
    groups
}
