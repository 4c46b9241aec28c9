//! The books of the provider, who is right about what was charged.

use super::{Desk, Findings};
use crate::{
    Kind,
    books::{Charge, Payment},
    words::{ChargeStatus, PaymentStatus},
};

pub(super) fn check(desk: &Desk<'_>, findings: &mut Findings) {
    for charge in &desk.books.charges {
        possible(findings, charge);
        let known = charge
            .reference
            .parse()
            .is_ok_and(|payment| desk.payments.contains_key(&payment));
        if !known {
            let text = format!(
                "it refers to `{}`, {} {}",
                charge.reference, charge.status, charge.amount
            );
            findings.add(Kind::ChargeWithoutPayment, format_args!("charge {}", charge.id), text);
        }
    }
    for payment in &desk.books.payments {
        let charges = desk.charges(payment.id);
        let real: Vec<&Charge> = charges
            .iter()
            .copied()
            .filter(|charge| charge.status != ChargeStatus::Declined)
            .collect();
        if real.len() > 1 {
            let ids: Vec<&str> = real.iter().map(|charge| charge.id.as_str()).collect();
            findings.payment(Kind::PaymentChargedTwice, payment.id, format!("charges {ids:?}"));
        }
        agrees(findings, payment, &real);
    }
}

fn possible(findings: &mut Findings, charge: &Charge) {
    let moved = charge.captured != 0 || charge.refunded != 0;
    let impossible = match charge.status {
        ChargeStatus::Authorized | ChargeStatus::Voided | ChargeStatus::Declined => moved,
        ChargeStatus::Captured => {
            charge.captured <= 0
                || charge.captured > charge.amount
                || charge.refunded < 0
                || charge.refunded > charge.captured
        }
    };
    if impossible {
        let text = format!(
            "{} with amount {}, captured {}, refunded {}",
            charge.status, charge.amount, charge.captured, charge.refunded
        );
        findings.add(
            Kind::ProviderBooksImpossible,
            format_args!("charge {}", charge.id),
            text,
        );
    }
}

fn agrees(findings: &mut Findings, payment: &Payment, charges: &[&Charge]) {
    let expected = match payment.status {
        // Told as stuck.
        PaymentStatus::Processing => return,
        PaymentStatus::Declined => None,
        PaymentStatus::RequiresCapture => Some(ChargeStatus::Authorized),
        PaymentStatus::Voided => Some(ChargeStatus::Voided),
        PaymentStatus::Captured | PaymentStatus::PartiallyRefunded | PaymentStatus::Refunded => {
            Some(ChargeStatus::Captured)
        }
    };
    let Some(expected) = expected else {
        for charge in charges {
            let text = format!("declined, and charge {} is {}", charge.id, charge.status);
            findings.payment(Kind::ProviderDisagreesWithPayment, payment.id, text);
        }
        return;
    };
    let Some(charge) = charges.first() else {
        let text = format!("it is {} with charge {:?}", payment.status, payment.charge_id);
        findings.payment(Kind::PaymentWithoutCharge, payment.id, text);
        return;
    };
    let told = (
        payment.charge_id.as_deref().unwrap_or_default(),
        expected,
        payment.authorized,
        payment.currency_code.as_str(),
        payment.captured,
        payment.refunded,
    );
    let found = (
        charge.id.as_str(),
        charge.status,
        charge.amount,
        charge.currency_code.as_str(),
        charge.captured,
        charge.refunded,
    );
    if told != found {
        let text = format!("the payment has {told:?}, the provider {found:?}");
        findings.payment(Kind::ProviderDisagreesWithPayment, payment.id, text);
    }
}
