//! What a checkout keeps beside its state: numbers, reasons, times, what to pay with and who is answered.

use kernel::{Classify, Money};
use time::Duration;

use super::{
    at, draft, item, placed,
    states::{ATTEMPT, State, expiry, payment, start_key},
};
use crate::{
    Ask, Checkout, CheckoutOutcome, CheckoutState, Order, OrderDraft, PaymentStatus, PaymentSummary, Status, Step,
    StepKey, Work,
};

fn running() -> Order {
    State::from((Status::Pending, CheckoutState::Running, Some(Step::Authorize))).order()
}

fn of(prices: &[i64], currency: &str) -> Order {
    let draft = OrderDraft {
        items: prices.iter().map(|price| item("tea", 1, *price)).collect(),
        currency_code: currency.to_owned(),
        ..draft()
    };
    Order::place(placed().id(), placed().customer_id(), draft, at(0)).unwrap()
}

#[test]
fn a_step_that_follows_another_one_is_told_and_so_is_kept() {
    let mut order = running();
    order.moves_on_to(Step::Capture, at(5));
    let work = order.work().unwrap();
    assert_eq!((work.step, work.since, work.tries), (Step::Capture, at(5), 0));
    assert_eq!(work.started_by, Some(start_key()), "its caller still waits");
    assert_eq!(order.version(), order.kept_version() + 1);
}

#[test]
fn a_first_attempt_is_number_one_and_is_to_be_authorized_now() {
    let mut order = placed();
    order
        .start_checkout(" pm_card_visa ", Some(start_key()), at(5))
        .unwrap();
    let expected = Checkout {
        state: CheckoutState::Running,
        attempt: 1,
        ..Checkout::default()
    };
    assert_eq!(order.checkout(), &expected);
    let work = Work {
        step: Step::Authorize,
        payment_method: "pm_card_visa".to_owned(),
        since: at(5),
        due_at: at(5),
        tries: 0,
        started_by: Some(start_key()),
    };
    assert_eq!(order.work(), Some(&work));
    assert!(order.has_new_checkout());
}

#[test]
fn another_attempt_forgets_what_the_one_before_came_to() {
    let mut order = running();
    order.authorization_refused(ATTEMPT, "CARD_DECLINED", Some(payment()), expiry(), at(1));
    let failed = Checkout {
        state: CheckoutState::Failed,
        attempt: ATTEMPT,
        payment_id: Some(payment()),
        failure_reason: "CARD_DECLINED".to_owned(),
        expires_at: Some(expiry()),
    };
    assert_eq!(order.checkout(), &failed);
    order.start_checkout("pm_card_visa", None, at(2)).unwrap();
    let expected = Checkout {
        state: CheckoutState::Running,
        attempt: ATTEMPT + 1,
        ..Checkout::default()
    };
    assert_eq!(order.checkout(), &expected);
    let work = order.work().unwrap();
    assert_eq!((work.due_at, work.tries), (at(2), 0));
}

#[test]
fn each_step_begins_anew_and_forgets_what_to_pay_with_after_the_pivot() {
    let mut order = running();
    order.authorized(ATTEMPT, payment(), at(9));
    assert_eq!(order.checkout().payment_id, Some(payment()));
    let work = Work {
        step: Step::Capture,
        payment_method: String::new(),
        since: at(9),
        due_at: at(9),
        tries: 0,
        started_by: Some(start_key()),
    };
    assert_eq!(order.work(), Some(&work));
}

#[test]
fn who_started_an_attempt_is_answered_when_it_ends_and_once() {
    let answered = |order: &mut Order| order.take_outcome().map(|CheckoutOutcome { refusal, .. }| refusal);
    let mut order = running();
    order.authorized(ATTEMPT, payment(), at(1));
    assert_eq!(answered(&mut order), None);
    order.captured(ATTEMPT, at(2));
    assert_eq!(answered(&mut order), Some(None));
    order.cancel("", false, at(3)).unwrap();
    assert_eq!(answered(&mut order), None);

    let mut order = running();
    order.authorization_refused(ATTEMPT, "CARD_DECLINED", Some(payment()), expiry(), at(1));
    let refusal = answered(&mut order).flatten().unwrap();
    assert_eq!(refusal.reason(), "CARD_DECLINED");
    assert_eq!(refusal.to_string(), "the order was not paid for: CARD_DECLINED");
    let facts = [
        ("order_id", order.id().to_string()),
        ("attempt", ATTEMPT.to_string()),
        ("payment_id", payment().to_string()),
    ];
    let facts = facts.map(|(name, value)| (name.to_owned(), value));
    assert_eq!(refusal.metadata(), facts);
}

#[test]
fn what_costs_nothing_is_paid_at_once_and_given_back_at_once() {
    for method in ["", "pm_card_visa", &"x".repeat(100)] {
        let mut order = of(&[0, 0], "USD");
        order.take_events();
        order.start_checkout(method, Some(start_key()), at(1)).unwrap();
        let events: Vec<_> = order.take_events();
        let told: Vec<_> = events
            .iter()
            .map(|event| (event.name(), event.order().status, event.order().checkout.state))
            .collect();
        assert_eq!(
            told,
            [
                ("order.checkout_changed", Status::Pending, CheckoutState::Running),
                ("order.confirmed", Status::Confirmed, CheckoutState::Running),
                ("order.checkout_changed", Status::Confirmed, CheckoutState::Paid),
            ]
        );
        assert_eq!(order.work(), None);
        assert_eq!(order.take_outcome().unwrap().refusal, None);
        let mut shipped = order.clone();
        shipped.ship(at(2)).unwrap();
        order.cancel("", false, at(2)).unwrap();
        assert_eq!(
            State::of(&order),
            (Status::Cancelled, CheckoutState::Refunded, None).into()
        );
    }
}

#[test]
fn what_costs_something_needs_something_to_pay_with() {
    for (method, expected) in [
        ("", "must be set"),
        (" \t", "must be set"),
        ("pm\u{0}", "must not contain control characters"),
        (&*"x".repeat(65), "must be at most 64 characters long"),
        ("4242 4242 4242 4242", "must be a token of a card: pm_…"),
    ] {
        let mut order = of(&[1], "JPY");
        let before = order.clone();
        let refused = order.start_checkout(method, None, at(1)).unwrap_err();
        let violation = &refused.violations()[0];
        assert_eq!(
            (violation.field.as_str(), violation.description.as_str()),
            ("payment_method", expected)
        );
        assert_eq!(order, before);
    }
    assert!(
        of(&[1], "JPY")
            .start_checkout(&format!("pm_{}", "x".repeat(61)), None, at(1))
            .is_ok()
    );
}

#[test]
fn any_currency_and_any_amount_takes_the_same_way() {
    for (prices, currency) in [
        (vec![1], "JPY"),
        (vec![1_234, 1], "KWD"),
        (vec![i64::MAX], "USD"),
        (vec![i64::MAX - 1, 1], "JPY"),
    ] {
        let total: i64 = prices.iter().sum();
        let mut order = of(&prices, currency);
        order.start_checkout("pm_card_visa", None, at(1)).unwrap();
        order.authorized(1, payment(), at(2));
        order.captured(1, at(3));
        assert_eq!(order.total(), Money::new(total, currency.parse().unwrap()));
        assert_eq!(State::of(&order), (Status::Confirmed, CheckoutState::Paid, None).into());
        let follows = |refunded: i64| PaymentSummary {
            order_id: Some(order.id()),
            status: PaymentStatus::PartiallyRefunded,
            captured: order.total(),
            refunded: Money::new(refunded, order.total().currency()),
        };
        let (most, all) = (follows(total - 1), follows(total));
        if total > 1 {
            order.follow(&most, at(4));
            assert_eq!(order.checkout().state, CheckoutState::PartiallyRefunded);
        }
        order.follow(&all, at(5));
        assert_eq!(order.checkout().state, CheckoutState::Refunded);
    }
}

#[test]
fn an_order_that_nobody_pays_expires_only_if_it_was_placed_so() {
    let mut stays = placed();
    stays.expire(at(i64::from(u32::MAX)));
    assert_eq!(stays.status(), Status::Pending);
    let id = stays.id();
    let mut order = Order::place_until(id, stays.customer_id(), draft(), Some(at(60)), at(0)).unwrap();
    assert_eq!(order.take_events()[0].order().checkout.expires_at, Some(at(60)));
    let work = order.work().unwrap();
    assert_eq!((work.step, work.due_at), (Step::Expire, at(60)));
    order.expire(at(60) - Duration::microseconds(1));
    assert_eq!(order.status(), Status::Pending);
    let mut paying = order.clone();
    paying.start_checkout("pm_card_visa", None, at(59)).unwrap();
    paying.expire(at(60));
    assert_eq!(paying.status(), Status::Pending);
    order.expire(at(60));
    assert_eq!(order.snapshot().cancel_reason, "PAYMENT_TIMEOUT");
    assert_eq!((order.work(), order.checkout().expires_at), (None, None));
}

#[test]
fn work_is_held_by_who_made_it_and_an_expiry_by_nobody() {
    let mut order = running();
    order.hold_work(at(50));
    assert_eq!(order.work().unwrap().due_at, at(0), "nothing new to hold");
    order.authorized(ATTEMPT, payment(), at(1));
    order.hold_work(at(50));
    assert_eq!(order.work().unwrap().due_at, at(50));
    let mut order = running();
    order.authorization_refused(ATTEMPT, "CARD_DECLINED", None, expiry(), at(1));
    order.hold_work(at(50));
    assert_eq!(order.work().unwrap().due_at, expiry());
}

#[test]
fn what_is_kept_is_the_work_and_what_is_answered_is_not() {
    let order = running();
    assert_eq!(order.clone().as_kept(), order);
    let mut changed = order.clone();
    changed.authorized(ATTEMPT, payment(), at(1));
    let kept = changed.as_kept();
    assert_eq!((kept.kept_version(), kept.has_new_checkout()), (kept.version(), false));
    assert_eq!(kept.work().unwrap().step, Step::Capture);
    assert_eq!(kept.clone().as_answered().work(), None);
    assert_eq!(kept.clone().as_answered().snapshot(), kept.snapshot());
}

#[test]
fn a_step_key_is_of_one_order_one_attempt_and_one_request() {
    let id = placed().id();
    let keys = [Ask::Authorize, Ask::Capture, Ask::Void, Ask::Refund].map(|ask| StepKey::new(id, 2, ask).to_string());
    assert_eq!(
        keys,
        ["authorize", "capture", "void", "refund"].map(|ask| format!("{id}:2:{ask}"))
    );
}
