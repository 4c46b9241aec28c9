//! Payments against the charges of the provider.

use super::of_payment;
use crate::reconcile::{
    books::{Books, Charge, Payment},
    disagreement::{Disagreement, Kind},
};

pub(super) fn compare(payment: &Payment, charges: &[Charge], found: &mut Vec<Disagreement>) {
    // A declined card leaves a charge of nothing.
    let real: Vec<&Charge> = charges.iter().filter(|charge| charge.authorized != 0).collect();
    if real.len() > 1 {
        let ids: Vec<&str> = real.iter().map(|charge| charge.id.as_str()).collect();
        found.push(of_payment(
            Kind::SeveralCharges,
            payment,
            "one charge",
            format!("{}: {}", real.len(), ids.join(", ")),
        ));
        return;
    }
    // The provider may be ahead of us; that it has not answered for long is told by itself.
    if payment.is_pending {
        return;
    }
    match real.first() {
        None if payment.authorized > 0 => found.push(of_payment(
            Kind::PaymentWithoutCharge,
            payment,
            format!("a charge of {} {}", payment.authorized, payment.currency),
            "none",
        )),
        None => {}
        Some(charge) => {
            let (expected, is) = (told_by_payment(payment), told_by_provider(charge));
            if expected != is {
                found.push(Disagreement {
                    charge_id: Some(charge.id.clone()),
                    ..of_payment(Kind::ProviderDiffers, payment, expected, is)
                });
            }
        }
    }
}

fn told_by_payment(payment: &Payment) -> String {
    let voided = payment.authorized > 0 && payment.captured == 0 && payment.held() == 0;
    told(
        payment.authorized,
        payment.captured,
        payment.refunded,
        voided,
        &payment.currency,
    )
}

fn told_by_provider(charge: &Charge) -> String {
    told(
        charge.authorized,
        charge.captured,
        charge.refunded,
        charge.voided,
        &charge.currency,
    )
}

fn told(authorized: i64, captured: i64, refunded: i64, voided: bool, currency: &str) -> String {
    let voided = if voided { ", voided" } else { "" };
    format!("authorized {authorized}, captured {captured}, refunded {refunded} {currency}{voided}")
}

pub(super) fn without_payment(books: &Books, found: &mut Vec<Disagreement>) {
    for (reference, charges) in &books.charges {
        if books.payments.contains_key(reference) {
            continue;
        }
        found.extend(charges.iter().map(|charge| Disagreement {
            kind: Kind::ChargeWithoutPayment,
            order_id: None,
            payment_id: Some(reference.clone()),
            charge_id: Some(charge.id.clone()),
            expected: "a payment".to_owned(),
            found: format!("none; {}", told_by_provider(charge)),
        }));
    }
}
