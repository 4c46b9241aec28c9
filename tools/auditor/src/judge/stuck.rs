//! Everything is decided.

use super::{Desk, Findings, agreement::REFUND_FAILED};
use crate::{
    Kind,
    words::{CheckoutState, OperationStatus},
};

/// An order that expires may wait so long for the worker.
const EXPIRES_WITHIN_SECONDS: f64 = 30.0;

pub(super) fn check(desk: &Desk<'_>, findings: &mut Findings) {
    for order in &desk.books.orders {
        let undecided = match order.checkout {
            CheckoutState::Running | CheckoutState::NeedsAttention => true,
            CheckoutState::Refunding => order.failure_reason != REFUND_FAILED,
            CheckoutState::None
            | CheckoutState::Paid
            | CheckoutState::Failed
            | CheckoutState::Refunded
            | CheckoutState::PartiallyRefunded => false,
        };
        let overdue = order.work.as_ref().is_some_and(|work| {
            let patience = if work.step == "EXPIRE" {
                EXPIRES_WITHIN_SECONDS
            } else {
                f64::MIN
            };
            work.overdue_seconds > patience
        });
        if undecided || overdue {
            let work = order.work.as_ref().map_or("nothing".to_owned(), |work| {
                format!(
                    "{} since {:.1} s, {} tries",
                    work.step, work.overdue_seconds, work.tries
                )
            });
            let text = format!("{} {}, to do: {work}", order.status, order.checkout);
            findings.order(Kind::OrderStuck, order.id, text);
        }
    }
    for operation in &desk.books.operations {
        if operation.status == OperationStatus::Pending {
            let text = format!(
                "{} {} after {} tries",
                operation.kind, operation.amount, operation.tries
            );
            findings.payment(Kind::OperationStuck, operation.payment, text);
        }
    }
}
