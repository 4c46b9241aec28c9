//! Each key has one effect and one answer.

use std::collections::{BTreeMap, HashMap, HashSet};

use uuid::Uuid;

use super::{Desk, Findings};
use crate::{
    Kind,
    client_log::{Answer, Asked, Attempt, MARKER, OrderState},
    words::{CheckoutState, EventKind, OperationKind, Status},
};

/// What a key is scoped to, and the key.
type Key<'a> = (&'a str, &'static str, &'a str);

pub(super) fn check(desk: &Desk<'_>, findings: &mut Findings) {
    let Some(attempts) = &desk.books.attempts else {
        return;
    };
    let mut calls: BTreeMap<Key<'_>, Vec<&Attempt>> = BTreeMap::new();
    for attempt in attempts {
        if let Some(key) = &attempt.key {
            let scope = (attempt.caller.as_str(), attempt.asked.method(), key.as_str());
            calls.entry(scope).or_default().push(attempt);
        }
    }
    for ((_, method, key), attempts) in &calls {
        one_answer(findings, method, key, attempts);
    }
    one_effect(desk, findings, attempts);
    checkouts(desk, findings, attempts);
}

fn one_answer(findings: &mut Findings, method: &str, key: &str, attempts: &[&Attempt]) {
    let lasting = attempts.iter().filter(|attempt| match &attempt.answer {
        Answer::Order(_) | Answer::Refund(_) => true,
        // The key was not theirs.
        Answer::Refused(refusal) => refusal.is_final() && refusal.reason != "IDEMPOTENCY_KEY_REUSED",
        Answer::GaveUp => false,
    });
    let mut kept: Option<&Attempt> = None;
    for attempt in lasting {
        match kept {
            Some(earlier) if !same(earlier, attempt) => {
                let text = format!("{:?}, then {:?}", earlier.answer, attempt.answer);
                findings.add(Kind::AnswersDiffer, format_args!("key {key} of {method}"), text);
            }
            Some(earlier) if !answered_early(earlier) => {}
            _ => kept = Some(attempt),
        }
    }
}

fn same(earlier: &Attempt, later: &Attempt) -> bool {
    let attempt_of = |order: &OrderState| (order.id, order.attempt);
    match (&earlier.answer, &later.answer) {
        // What came later is how the same attempt went on.
        (Answer::Order(first), Answer::Order(second)) if answered_early(earlier) => {
            attempt_of(first) == attempt_of(second)
        }
        (Answer::Order(_), Answer::Refused(refusal)) if answered_early(earlier) => {
            matches!(refusal.reason.as_str(), "CAPTURE_FAILED" | "ORDER_CANCELLED")
        }
        (first, second) => first == second,
    }
}

/// A checkout whose caller's time was up is answered with the order CONFIRMED, not yet PAID.
fn answered_early(attempt: &Attempt) -> bool {
    matches!(attempt.asked, Asked::Checkout { .. })
        && matches!(&attempt.answer, Answer::Order(order)
            if order.status == Status::Confirmed && order.checkout == CheckoutState::Running)
}

/// What leaves its marker behind leaves it once.
fn one_effect(desk: &Desk<'_>, findings: &mut Findings, attempts: &[Attempt]) {
    let mut effects: HashMap<(&str, &str), usize> = HashMap::new();
    for order in &desk.books.orders {
        *effects.entry(("CreateOrder", &order.external_reference)).or_default() += 1;
    }
    for event in &desk.books.order_events {
        let marker = event.state.metadata.get(MARKER);
        if let (EventKind::Updated, Some(marker)) = (event.kind, marker) {
            *effects.entry(("UpdateOrder", marker)).or_default() += 1;
        }
    }
    for operation in &desk.books.operations {
        if operation.kind == OperationKind::Refund {
            *effects.entry(("RefundPayment", &operation.reason)).or_default() += 1;
        }
    }
    let mut seen = HashSet::new();
    for attempt in attempts {
        let (Asked::Create { marker, .. } | Asked::Update { marker, .. } | Asked::Refund { marker, .. }) =
            &attempt.asked
        else {
            continue;
        };
        let done = effects.get(&(attempt.asked.method(), marker)).copied().unwrap_or(0);
        if done > 1 && seen.insert(marker) {
            let text = format!("{} `{marker}` was done {done} times", attempt.asked.method());
            findings.add(Kind::KeyTookEffectTwice, format_args!("call {}", attempt.call), text);
        }
    }
}

/// No order was tried more often than it was asked for, and each attempt is one key's.
fn checkouts(desk: &Desk<'_>, findings: &mut Findings, attempts: &[Attempt]) {
    let mut asked: HashMap<Uuid, HashSet<String>> = HashMap::new();
    let mut started: BTreeMap<(Uuid, u32), &str> = BTreeMap::new();
    for (index, attempt) in attempts.iter().enumerate() {
        let Asked::Checkout { order, .. } = attempt.asked else {
            continue;
        };
        // Without a key every attempt may be one.
        let key = attempt.key.clone().unwrap_or_else(|| format!("without a key: {index}"));
        asked.entry(order).or_default().insert(key);
        let (Some(key), Some(number)) = (attempt.key.as_deref(), attempt_told(attempt)) else {
            continue;
        };
        let first = *started.entry((order, number)).or_insert(key);
        if first != key {
            let text = format!("attempt {number} was told to `{first}` and to `{key}`");
            findings.order(Kind::AttemptUnderTwoKeys, order, text);
        }
    }
    let at_once: HashSet<&str> = attempts
        .iter()
        .filter_map(|attempt| match &attempt.asked {
            Asked::Create {
                marker, payment_method, ..
            } if !payment_method.is_empty() => Some(marker.as_str()),
            _ => None,
        })
        .collect();
    for order in &desk.books.orders {
        let keys = asked.get(&order.id).map_or(0, HashSet::len);
        let most = keys + usize::from(at_once.contains(order.external_reference.as_str()));
        if order.attempt as usize > most {
            let text = format!("{} attempts to pay were asked for, there are {}", most, order.attempt);
            findings.order(Kind::KeyTookEffectTwice, order.id, text);
        }
    }
}

/// The attempt to pay that a call was told is its own.
fn attempt_told(attempt: &Attempt) -> Option<u32> {
    match &attempt.answer {
        Answer::Order(order) => Some(order.attempt),
        Answer::Refused(refusal) if refusal.is_final() => refusal.metadata.get("attempt")?.parse().ok(),
        Answer::Refused(_) | Answer::Refund(_) | Answer::GaveUp => None,
    }
}
