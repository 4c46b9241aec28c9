//! What callers were told is still so, or was so once and has moved on.

use std::collections::HashSet;

use super::{Desk, Findings};
use crate::{
    Kind,
    client_log::{Answer, Asked, Attempt, OrderState, RefundState, Refusal},
    words::{CheckoutState, OperationKind, OperationStatus, Status},
};

pub(super) fn check(desk: &Desk<'_>, findings: &mut Findings) {
    let Some(attempts) = &desk.books.attempts else {
        return;
    };
    for attempt in attempts {
        match &attempt.answer {
            Answer::Order(told) => order(desk, findings, attempt, told),
            Answer::Refund(told) => refund(desk, findings, attempt, told),
            Answer::Refused(refusal) => refused(desk, findings, attempt, refusal),
            Answer::GaveUp => {}
        }
    }
    unasked(desk, findings, attempts);
}

fn order(desk: &Desk<'_>, findings: &mut Findings, attempt: &Attempt, told: &OrderState) {
    let Some(order) = desk.orders.get(&told.id) else {
        let text = format!("call {} was told of it", attempt.call);
        findings.order(Kind::AcknowledgedOrderMissing, told.id, text);
        return;
    };
    let said = |text: String| format!("call {} ({}): {text}", attempt.call, attempt.asked.method());
    if !told.status.reaches(order.status) {
        let text = said(format!("was told {}, it is {}", told.status, order.status));
        findings.order(Kind::StatusWentBack, told.id, text);
    }
    let version = desk.events(told.id).iter().find(|event| event.state.etag == told.etag);
    match version {
        None => {
            let text = said(format!("version {} is not in its history", told.etag));
            findings.order(Kind::AcknowledgedStateMissing, told.id, text);
        }
        Some(event) if event.state != *told => {
            let text = said(format!("was told {told:?}, the history has {:?}", event.state));
            findings.order(Kind::AcknowledgedStateDiffers, told.id, text);
        }
        Some(_) => {}
    }
}

fn refund(desk: &Desk<'_>, findings: &mut Findings, attempt: &Attempt, told: &RefundState) {
    let Asked::Refund { marker, .. } = &attempt.asked else {
        return;
    };
    let done = desk.operations(told.payment).iter().any(|operation| {
        operation.kind == OperationKind::Refund
            && operation.status == OperationStatus::Succeeded
            && operation.amount == told.amount
            && operation.reason == *marker
    });
    if !done {
        let text = format!(
            "call {} was told of refund {} of {}",
            attempt.call, told.id, told.amount
        );
        findings.payment(Kind::AcknowledgedRefundMissing, told.payment, text);
    }
}

/// A refused attempt to pay is in the history with its reason.
fn refused(desk: &Desk<'_>, findings: &mut Findings, attempt: &Attempt, refusal: &Refusal) {
    let Asked::Checkout { order, .. } = attempt.asked else {
        return;
    };
    let number = refusal
        .metadata
        .get("attempt")
        .and_then(|text| text.parse::<u32>().ok());
    let (Some(number), true) = (number, refusal.is_final()) else {
        return;
    };
    let traced = desk.events(order).iter().any(|event| {
        let state = &event.state;
        let failed = state.checkout == CheckoutState::Failed && state.failure_reason == refusal.reason;
        // Cancelled after the pivot, the money goes back and nothing failed.
        let cancelled = state.status == Status::Cancelled && refusal.reason == "ORDER_CANCELLED";
        state.attempt == number && (failed || cancelled)
    });
    if !traced {
        let text = format!("call {} was refused attempt {number}: {}", attempt.call, refusal.reason);
        findings.order(Kind::RefusalWithoutTrace, order, text);
    }
}

fn unasked(desk: &Desk<'_>, findings: &mut Findings, attempts: &[Attempt]) {
    let asked: HashSet<&str> = attempts
        .iter()
        .filter_map(|attempt| match &attempt.asked {
            Asked::Create { marker, .. } => Some(marker.as_str()),
            _ => None,
        })
        .collect();
    for order in &desk.books.orders {
        if !asked.contains(order.external_reference.as_str()) {
            let text = format!("its reference is `{}`", order.external_reference);
            findings.order(Kind::UnaskedOrder, order.id, text);
        }
    }
}
