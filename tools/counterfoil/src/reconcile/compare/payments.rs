//! A payment by itself, and the order it names.

use api::payment::v1::PaymentStatus;

use super::{Patience, of_payment};
use crate::reconcile::{
    books::{Books, Payment},
    disagreement::{Disagreement, Kind},
};

pub(super) fn compare(payment: &Payment, books: &Books, patience: Patience, found: &mut Vec<Disagreement>) {
    if payment.is_pending && patience.is_over(payment.updated_at) {
        found.push(of_payment(
            Kind::OperationPending,
            payment,
            "an answer of the provider",
            format!("none since {}", payment.updated_at),
        ));
    }
    if let Some(expected) = broken_rule(payment) {
        let amounts = format!(
            "{}: authorized {}, captured {}, refunded {}, refunds {}",
            payment.status.as_str_name(),
            payment.authorized,
            payment.captured,
            payment.refunded,
            payment.refunds
        );
        found.push(of_payment(Kind::PaymentInconsistent, payment, expected, amounts));
    }
    if let Some(order) = &payment.order_id {
        match books.orders.get(order) {
            None => found.push(of_payment(Kind::PaymentWithoutOrder, payment, "its order", "none")),
            Some(order) if order.customer_id != payment.customer_id => found.push(of_payment(
                Kind::CustomerDiffers,
                payment,
                format!("customer {}", order.customer_id),
                format!("customer {}", payment.customer_id),
            )),
            Some(_) => {}
        }
    }
}

/// What is true of every payment, and not of this one.
fn broken_rule(payment: &Payment) -> Option<&'static str> {
    let Payment {
        amount,
        authorized,
        captured,
        refunded,
        refunds,
        ..
    } = *payment;
    let rules = [
        (authorized >= 0 && captured >= 0 && refunded >= 0, "nothing below 0"),
        (captured <= authorized, "at most what was authorized is captured"),
        (authorized <= amount, "at most what was asked for is authorized"),
        (refunded <= captured, "at most what was captured is refunded"),
        (refunds == refunded, "refunds that sum to what was refunded"),
        (fits_status(payment), "amounts that fit the status"),
    ];
    rules.into_iter().find(|(holds, _)| !holds).map(|(_, rule)| rule)
}

fn fits_status(payment: &Payment) -> bool {
    let Payment {
        authorized,
        captured,
        refunded,
        ..
    } = *payment;
    match payment.status {
        PaymentStatus::Unspecified => false,
        PaymentStatus::Processing | PaymentStatus::Declined => authorized == 0 && captured == 0 && refunded == 0,
        PaymentStatus::RequiresCapture => authorized > 0 && captured == 0 && refunded == 0,
        PaymentStatus::Voided => captured == 0 && refunded == 0,
        PaymentStatus::Captured => captured > 0 && refunded == 0,
        PaymentStatus::PartiallyRefunded => refunded > 0 && refunded < captured,
        PaymentStatus::Refunded => captured > 0 && refunded == captured,
    }
}
