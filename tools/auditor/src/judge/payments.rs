//! Each payment for itself, and no attempt of an order with two of them.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::{Desk, Findings};
use crate::{
    Kind,
    books::{Operation, Payment},
    words::{OperationKind, OperationStatus, PaymentStatus},
};

pub(super) fn check(desk: &Desk<'_>, findings: &mut Findings) {
    for payment in &desk.books.payments {
        let operations = desk.operations(payment.id);
        by_itself(findings, payment, operations);
        adds_up(findings, payment, operations);
    }
    once_for_each_attempt(desk, findings);
    for (order, payments) in &desk.payments_of {
        let took: Vec<Uuid> = payments
            .iter()
            .filter(|payment| payment.captured > 0)
            .map(|payment| payment.id)
            .collect();
        if took.len() > 1 {
            findings.order(
                Kind::OrderChargedTwice,
                *order,
                format!("payments {took:?} all took money"),
            );
        }
    }
}

fn by_itself(findings: &mut Findings, payment: &Payment, operations: &[&Operation]) {
    let Payment {
        amount,
        authorized,
        captured,
        refunded,
        refund_reserved,
        ..
    } = *payment;
    let fits = match payment.status {
        PaymentStatus::Processing | PaymentStatus::Declined => authorized == 0 && captured == 0,
        PaymentStatus::RequiresCapture => authorized > 0 && captured == 0,
        PaymentStatus::Voided => captured == 0,
        PaymentStatus::Captured => captured > 0 && refunded == 0,
        PaymentStatus::PartiallyRefunded => 0 < refunded && refunded < captured,
        PaymentStatus::Refunded => captured > 0 && refunded == captured,
    };
    if !fits || authorized > amount || captured > authorized {
        let text = format!(
            "{} with amount {amount}, authorized {authorized}, captured {captured}, refunded {refunded}",
            payment.status
        );
        findings.payment(Kind::PaymentContradictsItself, payment.id, text);
    }
    let asked = sum(operations, OperationKind::Refund, OperationStatus::Pending);
    let given = sum(operations, OperationKind::Refund, OperationStatus::Succeeded);
    if refunded > captured || given > captured || refund_reserved > captured {
        let text = format!("captured {captured}, refunded {refunded}, by its operations {given}");
        findings.payment(Kind::RefundsExceedCapture, payment.id, text);
    }
    if refund_reserved != refunded + asked {
        let text = format!("{refund_reserved} reserved for refunds, {refunded} refunded and {asked} on their way");
        findings.payment(Kind::OperationsDisagreeWithPayment, payment.id, text);
    }
}

fn adds_up(findings: &mut Findings, payment: &Payment, operations: &[&Operation]) {
    let succeeded = |kind| sum(operations, kind, OperationStatus::Succeeded);
    let voided = operations
        .iter()
        .any(|operation| operation.kind == OperationKind::Void && operation.status == OperationStatus::Succeeded);
    let asked = operations
        .iter()
        .filter(|operation| operation.kind == OperationKind::Authorize)
        .count();
    let wrong = [
        (asked != 1, format!("{asked} operations authorize")),
        (
            succeeded(OperationKind::Authorize) != payment.authorized,
            format!("authorized {}", payment.authorized),
        ),
        (
            succeeded(OperationKind::Capture) != payment.captured,
            format!("captured {}", payment.captured),
        ),
        (
            succeeded(OperationKind::Refund) != payment.refunded,
            format!("refunded {}", payment.refunded),
        ),
        (
            voided != (payment.status == PaymentStatus::Voided),
            format!("is {}", payment.status),
        ),
    ];
    for (_, says) in wrong.iter().filter(|(wrong, _)| *wrong) {
        let done: Vec<String> = operations
            .iter()
            .map(|operation| format!("{} {} {}", operation.kind, operation.amount, operation.status))
            .collect();
        let text = format!("it {says}, its operations are {done:?}");
        findings.payment(Kind::OperationsDisagreeWithPayment, payment.id, text);
    }
}

fn sum(operations: &[&Operation], kind: OperationKind, status: OperationStatus) -> i64 {
    operations
        .iter()
        .filter(|operation| operation.kind == kind && operation.status == status)
        .map(|operation| operation.amount)
        .sum()
}

/// The key of an authorization names order and attempt: one attempt has one payment.
fn once_for_each_attempt(desk: &Desk<'_>, findings: &mut Findings) {
    let mut payments: BTreeMap<(Uuid, &str), BTreeSet<Uuid>> = BTreeMap::new();
    for operation in &desk.books.operations {
        let payment = desk.payments.get(&operation.payment);
        let (OperationKind::Authorize, Some(key), Some(payment)) = (operation.kind, &operation.key, payment) else {
            continue;
        };
        let Some(order) = payment.order_id else {
            continue;
        };
        payments.entry((order, key)).or_default().insert(payment.id);
    }
    for ((order, key), payments) in payments {
        if payments.len() > 1 {
            findings.order(
                Kind::AttemptPaidTwice,
                order,
                format!("`{key}` has the payments {payments:?}"),
            );
        }
    }
}
