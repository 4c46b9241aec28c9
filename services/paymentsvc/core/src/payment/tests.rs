use std::collections::{BTreeMap, BTreeSet, VecDeque};

use kernel::{Caller, Classify, ErrorKind, Refusal};
use uuid::Uuid;

use super::*;
use crate::{
    Account, Transfer,
    ports::Outcome,
    testing::{checkout, fields, staff},
};

const AMOUNT: i64 = 3;

/// A payment with everything that happened to it.
#[derive(Clone)]
struct Life {
    payment: Payment,
    undecided: Vec<Operation>,
    ledger: Vec<Transfer>,
    steps: u128,
}

/// What a state is told by, so that lives that came to the same meet.
type Known = (
    Status,
    Option<OperationKind>,
    CaptureMethod,
    i64,
    i64,
    Vec<i64>,
    Option<RefusalReason>,
    bool,
);

fn at(step: u128) -> OffsetDateTime {
    OffsetDateTime::UNIX_EPOCH + time::Duration::seconds(i64::try_from(step).unwrap())
}

fn ask_at(step: u128, caller: Caller) -> Ask {
    Ask::new(OperationId::new(Uuid::from_u128(step * 10)), caller, None, at(step))
}

impl Life {
    fn begin(capture_method: CaptureMethod, of_order: bool) -> Self {
        let draft = PaymentDraft::try_new(PaymentFields {
            order_id: of_order.then(|| OrderId::new(Uuid::from_u128(7))),
            ..fields(AMOUNT, capture_method)
        })
        .unwrap();
        let card = Card {
            brand: "visa".to_owned(),
            last4: "4242".to_owned(),
        };
        let (payment, operation) = Payment::begin(PaymentId::new(Uuid::nil()), draft, card, ask_at(1, staff(1)));
        Self {
            payment,
            undecided: vec![operation],
            ledger: Vec::new(),
            steps: 1,
        }
    }

    fn known(&self) -> Known {
        let state = self.payment.snapshot();
        let mut refunds: Vec<i64> = self
            .undecided
            .iter()
            .filter(|operation| operation.kind == OperationKind::Refund)
            .map(|operation| operation.amount.minor())
            .collect();
        refunds.sort_unstable();
        (
            state.status,
            state.pending,
            state.capture_method,
            state.captured_minor,
            state.refunded_minor,
            refunds,
            state.failure,
            state.order_id.is_some(),
        )
    }

    fn noted(&self, operation: Operation) -> Self {
        assert!(self.payment.admits(&operation), "what is decided is admitted");
        let mut next = self.clone();
        next.payment.note(&operation);
        next.undecided.push(operation);
        next.steps += 1;
        next
    }

    fn settled(&self, index: usize, outcome: Outcome) -> Self {
        let mut next = self.clone();
        next.steps += 1;
        let id = |n: u128| Uuid::from_u128(next.steps * 10 + n);
        let mut operation = next.undecided.remove(index);
        let settling = Settling {
            operation_id: operation.id,
            outcome,
            now: at(next.steps),
            ids: SettleIds {
                event: id(1),
                transfers: [id(2), id(3)],
                next: OperationId::new(id(4)),
            },
        };
        let settlement = next.payment.settle(&mut operation, &settling).unwrap();
        assert_eq!(
            settlement.event.as_ref().map(|event| &event.payment),
            settlement.event.as_ref().map(|_| next.payment.snapshot())
        );
        let before = next.payment.clone();
        assert_eq!(next.payment.settle(&mut operation, &settling), None, "settled once");
        assert_eq!(next.payment, before);
        next.ledger.extend(settlement.transfers);
        next.undecided.extend(settlement.next);
        next
    }

    /// Every life that can come next.
    fn next(&self) -> Vec<Self> {
        let mut lives = Vec::new();
        for index in 0..self.undecided.len() {
            let refusal = match self.undecided[index].kind {
                OperationKind::Authorize => RefusalReason::CardDeclined,
                OperationKind::Capture => RefusalReason::CaptureRefused,
                OperationKind::Void => RefusalReason::VoidRefused,
                OperationKind::Refund => RefusalReason::RefundRefused,
            };
            lives.push(self.settled(index, Outcome::Done(ChargeId::new("ch_1"))));
            lives.push(self.settled(index, Outcome::Refused(refusal)));
        }
        for caller in [staff(1), checkout()] {
            for amount in 0..=AMOUNT {
                let ask = || ask_at(self.steps + 1, caller.clone());
                let capture = self.payment.capture(amount, ask()).map(Some);
                let refund = self.payment.refund(amount, String::new(), ask());
                let void = self.payment.void(ask());
                let asked = [capture, refund, void];
                lives.extend(
                    asked
                        .into_iter()
                        .flatten()
                        .flatten()
                        .map(|operation| self.noted(operation)),
                );
            }
        }
        lives
    }

    fn balance(&self, account: Account) -> i64 {
        let entries = self.ledger.iter().flat_map(Transfer::entries);
        entries.filter(|entry| entry.0 == account).map(|entry| entry.1).sum()
    }

    fn check(&self) {
        let state = self.payment.snapshot();
        let reserved = state.reserved_minor();
        let amounts = [
            0,
            state.refunded_minor,
            reserved,
            state.captured_minor,
            state.authorized_minor,
            AMOUNT,
        ];
        assert!(amounts.is_sorted(), "{state:?}");
        let kinds = self.undecided.iter().map(|operation| operation.kind);
        let exclusive: Vec<_> = kinds.filter(|kind| *kind != OperationKind::Refund).collect();
        assert_eq!(exclusive, Vec::from_iter(state.pending), "{state:?}");
        let status = match (state.authorized_minor, state.captured_minor, state.refunded_minor) {
            (0, 0, 0) if state.pending.is_some() => [Status::Processing].as_slice(),
            (0, 0, 0) => &[Status::Declined],
            (_, 0, 0) => &[Status::RequiresCapture, Status::Voided],
            (_, _, 0) => &[Status::Captured],
            (_, captured, refunded) if captured == refunded => &[Status::Refunded],
            _ => &[Status::PartiallyRefunded],
        };
        assert!(status.contains(&state.status), "{state:?}");
        let held = if state.status == Status::RequiresCapture {
            state.authorized_minor
        } else {
            0
        };
        assert_eq!(self.balance(Account::Authorizations), held, "{state:?}");
        assert_eq!(self.balance(Account::AuthorizationHolds), -held);
        assert_eq!(
            self.balance(Account::ProviderClearing),
            state.captured_minor - state.refunded_minor
        );
        assert_eq!(self.balance(Account::Sales), -state.captured_minor);
        assert_eq!(self.balance(Account::Refunds), state.refunded_minor);
    }
}

/// Every state a payment of three cents can be in, each by one life that leads there.
fn every_state() -> Vec<Life> {
    let mut known: BTreeMap<String, Life> = BTreeMap::new();
    let mut open = VecDeque::new();
    for method in CaptureMethod::ALL {
        for of_order in [false, true] {
            open.push_back(Life::begin(method, of_order));
        }
    }
    while let Some(life) = open.pop_front() {
        life.check();
        let name = format!("{:?}", life.known());
        if known.contains_key(&name) {
            continue;
        }
        for next in life.next() {
            let (from, to) = (life.payment.snapshot(), next.payment.snapshot());
            assert!(
                from.status == to.status || from.status.may_become(to.status),
                "{from:?} {to:?}"
            );
            assert_eq!(to.version, from.version + 1);
            assert_eq!(to.updated_at, at(next.steps));
            open.push_back(next);
        }
        known.insert(name, life);
    }
    known.into_values().collect()
}

/// What asking comes to, by reason; empty when it is admitted.
fn told(asked: Result<Option<Operation>, NotPossible>) -> String {
    match asked {
        Ok(Some(operation)) => format!("{} {}", operation.kind, operation.amount.minor()),
        Ok(None) => "NOTHING".to_owned(),
        Err(error) => error.reason().to_owned(),
    }
}

/// The rules of capturing, written down a second time.
fn expected_capture(state: &PaymentSnapshot, amount: i64, by_checkout: bool) -> String {
    let reason = match state.status {
        _ if state.order_id.is_some() && !by_checkout => "PAYMENT_BELONGS_TO_ORDER",
        _ if state.pending.is_some() => "PAYMENT_OPERATION_PENDING",
        Status::Captured | Status::PartiallyRefunded | Status::Refunded => "PAYMENT_CAPTURED",
        Status::Voided => "PAYMENT_VOIDED",
        Status::Declined => "PAYMENT_DECLINED",
        Status::Processing => "PAYMENT_OPERATION_PENDING",
        Status::RequiresCapture if amount > AMOUNT => "CAPTURE_TOO_LARGE",
        Status::RequiresCapture if amount == 0 => return format!("CAPTURE {AMOUNT}"),
        Status::RequiresCapture => return format!("CAPTURE {amount}"),
    };
    reason.to_owned()
}

fn expected_void(state: &PaymentSnapshot, by_checkout: bool) -> String {
    let reason = match state.status {
        _ if state.order_id.is_some() && !by_checkout => "PAYMENT_BELONGS_TO_ORDER",
        _ if state.pending.is_some() => "PAYMENT_OPERATION_PENDING",
        Status::Captured | Status::PartiallyRefunded | Status::Refunded => "PAYMENT_CAPTURED",
        Status::Voided | Status::Declined => "NOTHING",
        Status::Processing => "PAYMENT_OPERATION_PENDING",
        Status::RequiresCapture => return format!("VOID {AMOUNT}"),
    };
    reason.to_owned()
}

fn expected_refund(state: &PaymentSnapshot, amount: i64, by_checkout: bool) -> String {
    let reserved = state.reserved_minor();
    let left = state.captured_minor - reserved;
    let reason = match state.status {
        _ if state.pending.is_some() => "PAYMENT_OPERATION_PENDING",
        Status::Processing => "PAYMENT_OPERATION_PENDING",
        Status::RequiresCapture => "PAYMENT_NOT_CAPTURED",
        Status::Voided => "PAYMENT_VOIDED",
        Status::Declined => "PAYMENT_DECLINED",
        _ if amount > left => "REFUND_TOO_LARGE",
        _ if amount > 0 => return format!("REFUND {amount}"),
        _ if left > 0 => return format!("REFUND {left}"),
        _ if reserved > state.refunded_minor => "PAYMENT_OPERATION_PENDING",
        _ if by_checkout => "NOTHING",
        _ => "NOTHING_TO_REFUND",
    };
    reason.to_owned()
}

#[test]
fn every_state_of_a_payment_is_legal_and_its_ledger_adds_up() {
    let states = every_state();
    let statuses: BTreeSet<_> = states.iter().map(|life| life.payment.snapshot().status).collect();
    assert_eq!(statuses.len(), Status::ALL.len(), "every status is reached");
    assert!(states.len() > 60, "{}", states.len());
}

#[test]
fn in_every_state_every_ask_is_answered_as_the_rules_say() {
    for life in every_state() {
        let (payment, state) = (&life.payment, life.payment.snapshot());
        for (caller, by_checkout) in [(staff(1), false), (checkout(), true)] {
            let ask = || ask_at(life.steps + 1, caller.clone());
            assert_eq!(
                told(payment.void(ask())),
                expected_void(state, by_checkout),
                "{state:?}"
            );
            for amount in (0..=AMOUNT + 1).chain([i64::MAX]) {
                let capture = told(payment.capture(amount, ask()).map(Some));
                assert_eq!(
                    capture,
                    expected_capture(state, amount, by_checkout),
                    "{amount} of {state:?}"
                );
                let refund = told(payment.refund(amount, String::new(), ask()));
                assert_eq!(
                    refund,
                    expected_refund(state, amount, by_checkout),
                    "{amount} of {state:?}"
                );
            }
        }
    }
}

#[test]
fn what_may_pass_is_retried_and_never_kept() {
    assert_eq!(NotPossible::Undecided.kind(), ErrorKind::Conflict);
    assert!(NotPossible::Undecided.retry_after().is_some());
    assert_eq!(Refusal::of(&NotPossible::Undecided), None);
    for refusal in [NotPossible::Captured, NotPossible::RefundTooLarge { left_minor: 1 }] {
        assert_eq!(refusal.kind(), ErrorKind::WrongState);
        assert!(refusal.retry_after().is_none());
        assert!(Refusal::of(&refusal).is_some());
    }
}

#[test]
fn the_life_of_a_payment_knows_only_its_transitions() {
    let legal: Vec<_> = Status::ALL
        .into_iter()
        .flat_map(|from| Status::ALL.map(|to| (from, to)))
        .filter(|(from, to)| from.may_become(*to))
        .map(|(from, to)| format!("{from} {to}"))
        .collect();
    let expected = [
        "PROCESSING REQUIRES_CAPTURE",
        "PROCESSING DECLINED",
        "REQUIRES_CAPTURE CAPTURED",
        "REQUIRES_CAPTURE VOIDED",
        "CAPTURED PARTIALLY_REFUNDED",
        "CAPTURED REFUNDED",
        "PARTIALLY_REFUNDED PARTIALLY_REFUNDED",
        "PARTIALLY_REFUNDED REFUNDED",
    ];
    assert_eq!(legal, expected);
}

#[test]
fn everything_wrong_with_a_payment_is_told_at_once() {
    let invalid = PaymentDraft::try_new(PaymentFields {
        amount_minor: 0,
        currency_code: "usd".to_owned(),
        payment_method: String::new(),
        description: "x".repeat(201),
        ..fields(1, CaptureMethod::Manual)
    })
    .unwrap_err();
    let told: Vec<_> = invalid.0.iter().map(|found| found.field.as_str()).collect();
    assert_eq!(told, ["amount_cents", "currency_code", "payment_method", "description"]);
}
