//! Orders and their payments say the same.

use super::{Desk, Findings};
use crate::{
    Kind,
    books::{Order, Payment},
    words::{CheckoutState, OperationKind, OperationStatus, Status},
};

/// Why a checkout is REFUNDING and nothing goes on.
pub(super) const REFUND_FAILED: &str = "REFUND_FAILED";

pub(super) fn check(desk: &Desk<'_>, findings: &mut Findings) {
    for order in &desk.books.orders {
        let payments = desk.payments_of(order.id);
        let current = current(desk, findings, order);
        for payment in payments {
            same_thing(findings, order, payment);
            let earlier = order.payment_id.is_some_and(|id| id != payment.id);
            if earlier && (payment.kept() != 0 || payment.holds()) {
                let text = format!("{}, it keeps {}", payment.status, payment.kept());
                findings.payment(Kind::EarlierAttemptKeptMoney, payment.id, text);
            }
        }
        match order.status {
            Status::Cancelled => cancelled(desk, findings, order, payments),
            Status::Pending => nothing_kept(findings, Kind::FailedWithMoneyKept, order, payments),
            Status::Confirmed | Status::Shipped | Status::Delivered => confirmed(findings, order, current),
        }
    }
    for (order, payments) in &desk.payments_of {
        if !desk.orders.contains_key(order) {
            for payment in payments {
                let text = format!("it pays for order {order}, which is not there");
                findings.payment(Kind::PaymentDisagreesWithOrder, payment.id, text);
            }
        }
    }
}

/// The payment that the checkout names.
fn current<'a>(desk: &Desk<'a>, findings: &mut Findings, order: &Order) -> Option<&'a Payment> {
    let id = order.payment_id?;
    let payment = desk.payments.get(&id).copied();
    if payment.is_none_or(|payment| payment.order_id != Some(order.id)) {
        let text = match payment {
            None => format!("payment {id} is not there"),
            Some(payment) => format!("payment {id} is for {:?}", payment.order_id),
        };
        findings.order(Kind::CheckoutPaymentMissing, order.id, text);
        return None;
    }
    payment
}

fn same_thing(findings: &mut Findings, order: &Order, payment: &Payment) {
    // Items may change between attempts; then only what took money was for this total.
    let counts = order.payment_id == Some(payment.id) && payment.captured > 0;
    let paid = (payment.customer_id, payment.currency_code.as_str());
    let ordered = (order.customer_id, order.currency_code.as_str());
    if paid != ordered || counts && payment.amount != order.total {
        let text = format!(
            "{paid:?} pays {}, {ordered:?} ordered for {}",
            payment.amount, order.total
        );
        findings.payment(Kind::PaymentDisagreesWithOrder, payment.id, text);
    }
}

fn confirmed(findings: &mut Findings, order: &Order, payment: Option<&Payment>) {
    let (captured, refunded) = payment.map_or((0, 0), |payment| (payment.captured, payment.refunded));
    let whole = captured == order.total;
    let text = format!(
        "{} {}, total {}: captured {captured}, refunded {refunded}",
        order.status, order.checkout, order.total
    );
    let kind = match order.checkout {
        CheckoutState::Paid => (!whole || refunded != 0).then_some(Kind::PaidWithoutCapture),
        CheckoutState::PartiallyRefunded => {
            (!whole || refunded <= 0 || refunded >= captured).then_some(Kind::PartialRefundDisagrees)
        }
        CheckoutState::Refunded => (!whole || refunded != captured).then_some(Kind::RefundedWithMoneyKept),
        // Told as stuck.
        CheckoutState::Running | CheckoutState::NeedsAttention => None,
        CheckoutState::None | CheckoutState::Failed | CheckoutState::Refunding => Some(Kind::ConfirmedWithoutPayment),
    };
    if let Some(kind) = kind {
        findings.order(kind, order.id, text);
    }
}

fn cancelled(desk: &Desk<'_>, findings: &mut Findings, order: &Order, payments: &[&Payment]) {
    match order.checkout {
        CheckoutState::Refunding if order.failure_reason == REFUND_FAILED => {
            let refused = payments.iter().any(|payment| {
                desk.operations(payment.id).iter().any(|operation| {
                    operation.kind == OperationKind::Refund && operation.status == OperationStatus::Refused
                })
            });
            if !refused {
                let text = "no refund of its payments was refused";
                findings.order(Kind::RefundFailedUnfounded, order.id, text);
            }
        }
        // Told as stuck.
        CheckoutState::Refunding | CheckoutState::Running | CheckoutState::NeedsAttention => {}
        CheckoutState::Refunded => nothing_kept(findings, Kind::RefundedWithMoneyKept, order, payments),
        CheckoutState::None | CheckoutState::Failed | CheckoutState::Paid | CheckoutState::PartiallyRefunded => {
            nothing_kept(findings, Kind::CancelledWithMoneyKept, order, payments);
        }
    }
}

fn nothing_kept(findings: &mut Findings, kind: Kind, order: &Order, payments: &[&Payment]) {
    // Told as stuck.
    if matches!(order.checkout, CheckoutState::Running | CheckoutState::NeedsAttention) {
        return;
    }
    for payment in payments.iter().filter(|payment| payment.kept() != 0 || payment.holds()) {
        let text = format!(
            "{} {}: payment {} is {} and keeps {}",
            order.status,
            order.checkout,
            payment.id,
            payment.status,
            payment.kept()
        );
        findings.order(kind, order.id, text);
    }
}
