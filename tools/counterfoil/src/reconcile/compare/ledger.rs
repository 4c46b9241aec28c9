//! Payments against the ledger, and the ledger against itself.

use std::collections::BTreeMap;

use super::of_payment;
use crate::reconcile::{
    books::{Books, Entry, Payment},
    disagreement::{Disagreement, Kind},
};

pub(super) fn compare(payment: &Payment, entries: &[Entry], found: &mut Vec<Disagreement>) {
    for (transfer, sides) in by_transfer(entries) {
        if !is_balanced(&sides) {
            found.push(of_payment(
                Kind::LedgerUnbalanced,
                payment,
                "two entries that sum to nothing",
                format!("transfer {transfer}: {}", told(&sides)),
            ));
        }
    }
    if let Some(other) = entries.iter().find(|entry| entry.currency != payment.currency) {
        let expected = format!("entries in {}", payment.currency);
        let is = format!("one in {}", other.currency);
        found.push(of_payment(Kind::LedgerDiffers, payment, expected, is));
    }
    let balances = balances(entries);
    for (account, expected) in [
        ("authorizations", payment.held()),
        ("authorization_holds", -payment.held()),
        ("provider_clearing", payment.kept()),
        ("sales", -payment.captured),
        ("refunds", payment.refunded),
    ] {
        let balance = balances.get(account).copied().unwrap_or_default();
        if balance != i128::from(expected) {
            let expected = format!("{account} {expected} {}", payment.currency);
            let is = format!("{account} {balance} {}", payment.currency);
            found.push(of_payment(Kind::LedgerDiffers, payment, expected, is));
        }
    }
}

pub(super) fn without_payment(books: &Books, found: &mut Vec<Disagreement>) {
    for (payment, entries) in &books.entries {
        if books.payments.contains_key(payment) {
            continue;
        }
        found.push(Disagreement {
            kind: Kind::LedgerWithoutPayment,
            order_id: None,
            payment_id: Some(payment.clone()),
            charge_id: None,
            expected: "a payment".to_owned(),
            found: format!("none; {} entries", entries.len()),
        });
    }
}

fn by_transfer(entries: &[Entry]) -> BTreeMap<&str, Vec<&Entry>> {
    let mut all: BTreeMap<&str, Vec<&Entry>> = BTreeMap::new();
    for entry in entries {
        all.entry(&entry.transfer_id).or_default().push(entry);
    }
    all
}

fn is_balanced(sides: &[&Entry]) -> bool {
    match sides {
        [one, other] => {
            one.amount != 0 && i128::from(one.amount) + i128::from(other.amount) == 0 && one.currency == other.currency
        }
        _ => false,
    }
}

fn balances(entries: &[Entry]) -> BTreeMap<&str, i128> {
    let mut all = BTreeMap::new();
    for entry in entries {
        *all.entry(entry.account.as_str()).or_default() += i128::from(entry.amount);
    }
    all
}

fn told(sides: &[&Entry]) -> String {
    let sides: Vec<String> = sides
        .iter()
        .map(|entry| format!("{} {} {}", entry.account, entry.amount, entry.currency))
        .collect();
    sides.join(", ")
}
