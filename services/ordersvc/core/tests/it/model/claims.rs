//! What must hold of an order and its money: always, and when nothing is left to do.

use kernel::Classify;
use order_core::{CheckoutError, CheckoutState, Order, OrderEvent, PaymentStatus, Status, Step};

use super::machine::Shared;

/// What a caller was told, to be held to it.
#[derive(Debug)]
pub(super) enum Told {
    /// The checkout of this key (0 is none) ended so.
    Paid {
        key: usize,
        attempt: u32,
    },
    /// It will; the caller had no time to wait.
    Confirmed {
        attempt: u32,
    },
    Refused {
        key: usize,
        reason: String,
    },
    Cancelled,
    Deleted,
    Shipped,
    Delivered,
}

/// The answer of a checkout, unless it only says to come again.
pub(super) fn told(key: usize, answer: Result<Order, CheckoutError>) -> Option<Told> {
    match answer {
        Ok(order) => {
            let attempt = order.checkout().attempt;
            Some(match order.checkout().state {
                CheckoutState::Running | CheckoutState::NeedsAttention => Told::Confirmed { attempt },
                _ => Told::Paid { key, attempt },
            })
        }
        Err(refused) if kernel::Refusal::of(&refused).is_some() => Some(Told::Refused {
            key,
            reason: refused.reason().to_owned(),
        }),
        Err(_) => None,
    }
}

/// Holds after every single step.
pub(super) fn always(shared: &Shared, seen: &mut usize) {
    let order = shared.orders.all().remove(0);
    assert!(is_legal(&order), "{:?} with {:?}", order.snapshot(), order.work());
    let charges = shared.payments.charges();
    assert_eq!(shared.payments.misuse(), Vec::<String>::new());
    let taken = charges.iter().filter(|charge| charge.captured > 0).count();
    assert!(taken <= 1, "charged twice: {charges:?}");
    let live = charges.iter().filter(|charge| !charge.is_all_back()).count();
    assert!(live <= 1, "two payments hold money: {charges:?}");
    for charge in &charges {
        assert_eq!(charge.amount, order.total(), "{charge:?}");
        assert!((0..=charge.amount.minor()).contains(&charge.captured), "{charge:?}");
        assert!((0..=charge.captured).contains(&charge.refunded), "{charge:?}");
    }
    let is_kept = matches!(
        (order.status(), order.checkout().state),
        (Status::Shipped | Status::Delivered, _) | (_, CheckoutState::Paid)
    );
    let captured: i64 = charges.iter().map(|charge| charge.captured).sum();
    assert!(!is_kept || captured == order.total().minor(), "not paid for: {order:?}");
    let is_gone = order.checkout().state == CheckoutState::Refunded;
    assert!(!is_gone || live == 0, "not given back: {charges:?}");

    let log = shared.orders.log();
    for (place, recorded) in log.iter().enumerate().skip(*seen) {
        let now = recorded.event.order();
        assert_eq!(now.version, i64::try_from(place).unwrap() + 1);
        let Some(before) = place.checked_sub(1).map(|before| log[before].event.order()) else {
            continue;
        };
        let moves = before.status != now.status;
        assert!(!moves || before.status.may_become(now.status), "{before:?} {now:?}");
        let is_about_status = matches!(recorded.event, OrderEvent::StatusChanged(_) | OrderEvent::Cancelled(_));
        assert_eq!(moves, is_about_status, "{recorded:?}");
        assert!(
            now.checkout.attempt - before.checkout.attempt <= 1,
            "{before:?} {now:?}"
        );
    }
    *seen = log.len();
}

/// The only states that ever come to be.
fn is_legal(order: &Order) -> bool {
    use CheckoutState::{Failed, NeedsAttention, None, Paid, PartiallyRefunded, Refunded, Refunding, Running};
    let step = order.work().map(|work| work.step);
    match (order.status(), order.checkout().state) {
        (Status::Pending, None) => matches!(step, Option::None | Some(Step::Expire)),
        (Status::Pending, Running | NeedsAttention) => step == Some(Step::Authorize),
        (Status::Pending, Failed) => step == Some(Step::Expire) && order.checkout().expires_at.is_some(),
        (Status::Confirmed, Running | NeedsAttention) => step == Some(Step::Capture),
        (Status::Confirmed | Status::Shipped | Status::Delivered, Paid | PartiallyRefunded | Refunded) => {
            step.is_none()
        }
        (Status::Cancelled, None | Refunded) => step.is_none(),
        (Status::Cancelled, Failed) => matches!(step, Option::None | Some(Step::Release)),
        (Status::Cancelled, Refunding) => {
            step == Some(Step::Release) || (step.is_none() && order.checkout().failure_reason == "REFUND_FAILED")
        }
        (Status::Cancelled, NeedsAttention) => step == Some(Step::Release),
        _ => false,
    }
}

/// Holds when nothing is left to do: the checkout says where the money is, and everybody was told the truth.
pub(super) fn at_the_end(shared: &Shared, told: &[Told]) {
    let order = shared.orders.all().remove(0);
    let charges = shared.payments.charges();
    let captured: i64 = charges.iter().map(|charge| charge.captured).sum();
    let refunded: i64 = charges.iter().map(|charge| charge.refunded).sum();
    let total = order.total().minor();
    let total = if charges.is_empty() { 0 } else { total };
    let step = order.work().map(|work| work.step);
    assert!(matches!(step, None | Some(Step::Expire)), "stuck: {order:?}");
    let adds_up = match order.checkout().state {
        CheckoutState::Running | CheckoutState::NeedsAttention => false,
        CheckoutState::None | CheckoutState::Failed => (captured, refunded) == (0, 0),
        CheckoutState::Paid => (captured, refunded) == (total, 0),
        CheckoutState::PartiallyRefunded => captured == total && 0 < refunded && refunded < total,
        CheckoutState::Refunded => captured == refunded,
        CheckoutState::Refunding => captured == total && refunded < captured,
    };
    assert!(adds_up, "{captured} taken, {refunded} given back: {order:?}");
    for charge in &charges {
        let is_waiting = matches!(
            charge.status,
            PaymentStatus::Processing | PaymentStatus::RequiresCapture
        );
        assert!(!is_waiting, "{charge:?} of {order:?}");
    }
    let log = shared.orders.log();
    let has = |attempt: u32, is_so: &dyn Fn(&order_core::OrderSnapshot) -> bool| {
        log.iter()
            .map(|recorded| recorded.event.order())
            .any(|order| order.checkout.attempt == attempt && is_so(order))
    };
    for told in told {
        let is_true = match told {
            Told::Paid { attempt, .. } => has(*attempt, &|order| order.checkout.state == CheckoutState::Paid),
            Told::Confirmed { attempt } => has(*attempt, &|order| order.status == Status::Confirmed),
            Told::Refused { .. } => true,
            Told::Cancelled => order.status() == Status::Cancelled,
            Told::Deleted => order.is_archived(),
            Told::Shipped => matches!(order.status(), Status::Shipped | Status::Delivered),
            Told::Delivered => order.status() == Status::Delivered,
        };
        assert!(is_true, "{told:?}, but {order:?}");
    }
    for key in 1..=super::KEYS {
        one_answer_for(key, told);
    }
}

/// Whatever a key was told once, it was told always.
fn one_answer_for(key: usize, told: &[Told]) {
    let mut answers: Vec<String> = told
        .iter()
        .filter_map(|told| match told {
            Told::Paid { key: of, attempt } if *of == key => Some(format!("paid by attempt {attempt}")),
            Told::Refused { key: of, reason } if *of == key => Some(reason.clone()),
            _ => None,
        })
        .collect();
    answers.dedup();
    assert!(answers.len() <= 1, "key {key}: {answers:?}");
}
