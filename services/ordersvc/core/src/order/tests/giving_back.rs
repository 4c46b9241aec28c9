//! What a checkout keeps while money is on its way back.

use kernel::{Currency, Money};

use super::{
    at,
    states::{ATTEMPT, State, payment},
};
use crate::{CheckoutState, OrderId, PaymentStatus, PaymentSummary, Status, Step};

#[test]
fn an_order_given_up_before_the_pivot_still_knows_what_it_asked_for() {
    let mut order = State::from((Status::Pending, CheckoutState::Running, Some(Step::Authorize))).order();
    order.cancel("", false, at(3)).unwrap();
    let work = order.work().unwrap();
    assert_eq!(
        (work.step, work.payment_method.as_str()),
        (Step::Release, "pm_card_visa")
    );
    assert_eq!(order.checkout().failure_reason, "ORDER_CANCELLED");
}

#[test]
fn a_capture_refused_for_good_cancels_the_order() {
    let mut order = State::from((Status::Confirmed, CheckoutState::Running, Some(Step::Capture))).order();
    order.capture_refused(ATTEMPT, at(1));
    assert_eq!(order.snapshot().cancel_reason, "CAPTURE_FAILED");
    assert_eq!(order.checkout().failure_reason, "CAPTURE_FAILED");
    assert_eq!(order.checkout().payment_id, Some(payment()));
    let events = order.take_events();
    assert_eq!(events[0].order().checkout.state, CheckoutState::Running);
    assert_eq!(events[1].order().checkout.state, CheckoutState::Failed);
}

#[test]
fn a_refund_that_was_refused_is_told_until_the_money_is_back() {
    let mut order = State::from((Status::Cancelled, CheckoutState::Refunding, Some(Step::Release))).order();
    order.refund_refused(ATTEMPT, at(1));
    assert_eq!(order.checkout().failure_reason, "REFUND_FAILED");
    let back = PaymentSummary {
        order_id: Some(order.id()),
        status: PaymentStatus::Refunded,
        captured: Money::new(900, Currency::USD),
        refunded: Money::new(900, Currency::USD),
    };
    let part = PaymentSummary {
        status: PaymentStatus::PartiallyRefunded,
        refunded: Money::new(899, Currency::USD),
        ..back
    };
    order.follow(&part, at(2));
    assert_eq!(order.checkout().state, CheckoutState::Refunding);
    order.follow(&back, at(3));
    assert_eq!(order.checkout().state, CheckoutState::Refunded);
    assert_eq!(order.checkout().failure_reason, "");
}

#[test]
fn an_order_follows_its_own_payment_only() {
    let elsewhere = PaymentSummary {
        order_id: Some(OrderId::new(uuid::Uuid::from_u128(99))),
        status: PaymentStatus::Refunded,
        captured: Money::new(900, Currency::USD),
        refunded: Money::new(900, Currency::USD),
    };
    let paid = State::from((Status::Confirmed, CheckoutState::Paid, None)).order();
    for order_id in [elsewhere.order_id, None] {
        let mut order = paid.clone();
        order.follow(&PaymentSummary { order_id, ..elsewhere }, at(1));
        assert_eq!(order, paid);
    }
}

#[test]
fn money_is_all_back_when_none_is_held_and_none_was_kept() {
    let summary = |status, captured, refunded| PaymentSummary {
        order_id: None,
        status,
        captured: Money::new(captured, Currency::USD),
        refunded: Money::new(refunded, Currency::USD),
    };
    for (status, captured, refunded, is_back) in [
        (PaymentStatus::Processing, 0, 0, false),
        (PaymentStatus::RequiresCapture, 0, 0, false),
        (PaymentStatus::Captured, 9, 0, false),
        (PaymentStatus::PartiallyRefunded, 9, 8, false),
        (PaymentStatus::PartiallyRefunded, 9, 9, true),
        (PaymentStatus::Refunded, 9, 9, true),
        (PaymentStatus::Voided, 0, 0, true),
        (PaymentStatus::Declined, 0, 0, true),
    ] {
        assert_eq!(summary(status, captured, refunded).is_all_back(), is_back, "{status:?}");
    }
}
