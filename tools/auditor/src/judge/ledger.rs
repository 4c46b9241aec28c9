//! The ledger: possible movements, each once, adding up for each payment and over all.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use uuid::Uuid;

use super::{Desk, Findings};
use crate::{
    Kind,
    books::{Payment, Transfer},
    words::{ChargeStatus, PaymentStatus},
};

const AUTHORIZATIONS: &str = "authorizations";
const HOLDS: &str = "authorization_holds";
const CLEARING: &str = "provider_clearing";
const SALES: &str = "sales";
const REFUNDS: &str = "refunds";

/// Debit and credit of every movement there is.
const MOVEMENTS: [(&str, &str); 4] = [
    (AUTHORIZATIONS, HOLDS),
    (HOLDS, AUTHORIZATIONS),
    (CLEARING, SALES),
    (REFUNDS, CLEARING),
];

/// What is on each account: debits less credits.
type Balances<'a> = BTreeMap<&'a str, i64>;
/// The same for each currency.
type Accounts<'a> = BTreeMap<(&'a str, &'a str), i64>;

pub(super) fn check(desk: &Desk<'_>, findings: &mut Findings) {
    movements(desk, findings);
    let mut expected = Accounts::new();
    for payment in &desk.books.payments {
        let told = balances_of(payment);
        let booked = balances(desk.transfers(payment.id).iter().copied());
        if told != booked {
            let text = format!("its amounts make {told:?}, the ledger has {booked:?}");
            findings.payment(Kind::LedgerDisagreesWithPayment, payment.id, text);
        }
        for (account, amount) in told {
            *expected.entry((&payment.currency_code, account)).or_default() += amount;
        }
    }
    accounts(desk, findings, expected);
}

fn movements(desk: &Desk<'_>, findings: &mut Findings) {
    let operations: HashMap<Uuid, Uuid> = desk
        .books
        .operations
        .iter()
        .map(|operation| (operation.id, operation.payment))
        .collect();
    let mut seen = BTreeSet::new();
    for transfer in &desk.books.transfers {
        let subject = format!("transfer {}", transfer.id);
        let movement = (transfer.debit.as_str(), transfer.credit.as_str());
        let payment = desk.payments.get(&transfer.payment);
        let possible = MOVEMENTS.contains(&movement)
            && transfer.amount > 0
            && payment.is_some_and(|payment| payment.currency_code == transfer.currency_code)
            && operations.get(&transfer.operation) == Some(&transfer.payment);
        if !possible {
            findings.add(Kind::LedgerMovementImpossible, &subject, format!("{transfer:?}"));
        }
        if !seen.insert((transfer.operation, movement)) {
            let text = format!("operation {} moved {movement:?} before", transfer.operation);
            findings.add(Kind::LedgerMovementTwice, &subject, text);
        }
    }
}

/// Over all payments, and against the provider, whose money it is.
fn accounts<'a>(desk: &Desk<'a>, findings: &mut Findings, mut expected: Accounts<'a>) {
    let mut booked = Accounts::new();
    for transfer in &desk.books.transfers {
        *booked.entry((&transfer.currency_code, &transfer.debit)).or_default() += transfer.amount;
        *booked.entry((&transfer.currency_code, &transfer.credit)).or_default() -= transfer.amount;
    }
    let mut taken = Accounts::new();
    for charge in &desk.books.charges {
        if charge.status == ChargeStatus::Captured {
            *taken.entry((&charge.currency_code, CLEARING)).or_default() += charge.captured - charge.refunded;
        }
    }
    for balances in [&mut expected, &mut booked, &mut taken] {
        balances.retain(|_, amount| *amount != 0);
    }
    let clearing: Accounts<'_> = booked
        .iter()
        .filter(|((_, account), _)| *account == CLEARING)
        .map(|(account, amount)| (*account, *amount))
        .collect();
    for (who, told, booked) in [
        ("payments", expected, booked.clone()),
        ("the provider", taken, clearing),
    ] {
        let names: BTreeSet<_> = told.keys().chain(booked.keys()).copied().collect();
        for name in names {
            let (told, booked) = (told.get(&name).unwrap_or(&0), booked.get(&name).unwrap_or(&0));
            if told != booked {
                let subject = format!("account {} in {}", name.1, name.0);
                let text = format!("it has {booked}, {who} made {told}");
                findings.add(Kind::LedgerAccountWrong, subject, text);
            }
        }
    }
}

fn balances<'a>(transfers: impl Iterator<Item = &'a Transfer>) -> Balances<'a> {
    let mut balances = Balances::new();
    for transfer in transfers {
        *balances.entry(&transfer.debit).or_default() += transfer.amount;
        *balances.entry(&transfer.credit).or_default() -= transfer.amount;
    }
    balances.retain(|_, amount| *amount != 0);
    balances
}

/// What a payment must have left on the accounts.
fn balances_of(payment: &Payment) -> Balances<'static> {
    let held = match payment.status {
        PaymentStatus::RequiresCapture => payment.authorized,
        _ => 0,
    };
    let mut balances = Balances::from([
        (AUTHORIZATIONS, held),
        (HOLDS, -held),
        (CLEARING, payment.kept()),
        (SALES, -payment.captured),
        (REFUNDS, payment.refunded),
    ]);
    balances.retain(|_, amount| *amount != 0);
    balances
}
