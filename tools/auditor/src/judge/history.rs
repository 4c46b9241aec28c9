//! The histories: complete, in order, legal, and in agreement with what they are histories of.

use std::collections::{BTreeMap, HashSet};

use uuid::Uuid;

use super::{Desk, Findings, transitions};
use crate::{
    Kind,
    books::{Log, Order, OrderEvent, PaymentEvent},
    words::{OperationKind, OperationStatus},
};

pub(super) fn check(desk: &Desk<'_>, findings: &mut Findings) {
    log(findings, "orders_db", &desk.books.order_log);
    log(findings, "payments_db", &desk.books.payment_log);
    let order_events = desk.books.order_events.iter().map(|event| event.id);
    let payment_events = desk.books.payment_events.iter().map(|event| event.id);
    let mut seen = HashSet::new();
    for id in order_events.chain(payment_events) {
        if !seen.insert(id) {
            findings.add(Kind::EventTwice, format_args!("event {id}"), "its id is in a log twice");
        }
    }
    for order in &desk.books.orders {
        of_order(findings, order, desk.events(order.id));
    }
    for id in desk.events.keys().filter(|id| !desk.orders.contains_key(id)) {
        findings.order(
            Kind::HistoryDisagreesWithOrder,
            *id,
            "it has a history and is not there",
        );
    }
    of_payments(desk, findings);
}

fn log(findings: &mut Findings, database: &str, log: &Log) {
    let last = if log.events == 0 { log.floor } else { log.last_position };
    if log.events != log.head - log.floor || last != log.head {
        let text = format!(
            "{} events up to position {}, the head is at {} and the floor at {}",
            log.events, log.last_position, log.head, log.floor
        );
        findings.add(Kind::LogNotGapless, database, text);
    }
    if log.waiting > 0 {
        let text = format!("{} events have no place in the log", log.waiting);
        findings.add(Kind::EventsWaiting, database, text);
    }
}

fn of_order(findings: &mut Findings, order: &Order, events: &[&OrderEvent]) {
    let versions: Vec<i64> = events.iter().map(|event| event.version).collect();
    let expected: Vec<i64> = (1..=order.version).collect();
    if versions != expected {
        let text = format!("its version is {}, its history has {versions:?}", order.version);
        findings.order(Kind::VersionsNotGapless, order.id, text);
    }
    for wrong in transitions::first(events.first().copied()) {
        findings.order(Kind::IllegalTransition, order.id, wrong);
    }
    for pair in events.windows(2) {
        let (before, after) = (pair[0], pair[1]);
        for wrong in transitions::between(&before.state, after) {
            let text = format!("version {}, {}: {wrong}", after.version, after.kind);
            findings.order(Kind::IllegalTransition, order.id, text);
        }
        if transitions::ships_unpaid(&before.state, after) {
            let text = format!("version {}: shipped while {}", after.version, before.state.checkout);
            findings.order(Kind::ShippedBeforeCapture, order.id, text);
        }
    }
    if let Some(last) = events.last() {
        for wrong in disagreements(order, last) {
            findings.order(Kind::HistoryDisagreesWithOrder, order.id, wrong);
        }
    }
}

fn disagreements(order: &Order, last: &OrderEvent) -> Vec<String> {
    let state = &last.state;
    let both = [
        ("status", order.status.to_string(), state.status.to_string()),
        ("total", order.total.to_string(), state.total.to_string()),
        ("currency", order.currency_code.clone(), state.currency_code.clone()),
        ("archived", order.archived.to_string(), state.archived.to_string()),
        (
            "cancel_reason",
            order.cancel_reason.clone(),
            state.cancel_reason.clone(),
        ),
        ("checkout", order.checkout.to_string(), state.checkout.to_string()),
        ("attempt", order.attempt.to_string(), state.attempt.to_string()),
        (
            "failure_reason",
            order.failure_reason.clone(),
            state.failure_reason.clone(),
        ),
        ("customer", order.customer_id.to_string(), state.customer_id.to_string()),
    ];
    both.into_iter()
        .filter(|(_, now, told)| now != told)
        .map(|(name, now, told)| format!("{name} is `{now}`, its last event tells `{told}`"))
        .collect()
}

fn of_payments(desk: &Desk<'_>, findings: &mut Findings) {
    let mut histories: BTreeMap<Uuid, Vec<&PaymentEvent>> = BTreeMap::new();
    for event in &desk.books.payment_events {
        histories.entry(event.payment).or_default().push(event);
    }
    for (id, events) in histories {
        let kinds: Vec<&str> = events
            .iter()
            .map(|event| event.kind.trim_start_matches("payment."))
            .collect();
        let refunds = kinds.iter().filter(|kind| **kind == "refunded").count();
        let legal = match kinds.split_first() {
            Some((&"declined", [])) => true,
            Some((&"authorized", [])) => true,
            Some((&"authorized", ["voided"])) => true,
            Some((&"authorized", ["captured", rest @ ..])) => rest.len() == refunds,
            _ => false,
        };
        let in_order = events.windows(2).all(|pair| pair[0].version < pair[1].version);
        let newest = events.last().map_or(0, |event| event.version);
        let within = desk.payments.get(&id).is_some_and(|payment| newest <= payment.version);
        let succeeded = desk
            .operations(id)
            .iter()
            .filter(|operation| {
                operation.kind == OperationKind::Refund && operation.status == OperationStatus::Succeeded
            })
            .count();
        if !legal || !in_order || !within || refunds != succeeded {
            let versions: Vec<i64> = events.iter().map(|event| event.version).collect();
            let text = format!("{kinds:?} with versions {versions:?} and {succeeded} refunds");
            findings.payment(Kind::PaymentHistoryIllegal, id, text);
        }
    }
}
