//! Checkouts that nobody drives any more: after a lost answer, after a crash, after a day.

use std::time::Duration;

use kernel::Classify;
use order_core::{
    CheckoutState, OrderId, Step,
    ports::{Checkouts, Unfinished},
    testing::{Fault, World},
};

use crate::shop::{cancel, cancel_as, clerk, delete, money, order, pay, placed, some_key, state, told, update};

const DAY: Duration = Duration::from_hours(24);
const FAULTS: [Fault; 4] = [Fault::LostRequest, Fault::LostReply, Fault::Undecided, Fault::Late];

/// Starts a checkout and leaves it alone once it was put off, or is over.
async fn start(world: &World, id: OrderId, method: &str) {
    let before = world.payments.asked();
    let call = pay(world, id, method, some_key(method));
    abandon(call, || world.payments.asked() > before).await;
    world.tasks.settled().await;
}

/// Goes on with a call until something is so, and drops it.
async fn abandon<T>(call: impl Future<Output = T>, until: impl Fn() -> bool) {
    let mut call = std::pin::pin!(call);
    while !until() {
        if futures::poll!(&mut call).is_ready() {
            return;
        }
        tokio::task::yield_now().await;
    }
}

/// Faults at the n-th request, in a row.
fn faults_at(n: usize, fault: Fault, times: usize) -> Vec<Option<Fault>> {
    let mut faults = vec![None; n];
    faults.extend(vec![Some(fault); times]);
    faults
}

#[tokio::test]
async fn whatever_is_lost_at_whatever_step_is_found_again_and_charged_once() {
    for fault in FAULTS {
        for step in 0..2 {
            for times in [1, 3] {
                for (method, expected, captured, refunded) in [
                    ("pm_card_visa", "CONFIRMED PAID", 900, 0),
                    ("pm_card_declined", "PENDING FAILED", 0, 0),
                    ("pm_card_capture_refused", "CANCELLED FAILED", 0, 0),
                ] {
                    let world = World::new();
                    let id = placed(&world).await;
                    world.payments.inject(faults_at(step, fault, times));
                    start(&world, id, method).await;
                    world.drain().await;
                    while world.payments.deliver_late() {}
                    let case = format!("{fault:?} {times} times at step {step} with {method}");
                    assert_eq!(state(&world, id).await, expected, "{case}");
                    assert_eq!(money(&world), (captured, refunded), "{case}");
                    assert_eq!(world.payments.charges().len(), 1, "{case}");
                }
            }
        }
    }
}

#[tokio::test]
async fn whatever_is_lost_on_the_way_back_is_found_again_and_given_back_once() {
    for fault in FAULTS {
        for step in 0..2 {
            for (method, expected, refunded) in [
                ("pm_card_visa", "CANCELLED REFUNDED", 900),
                ("pm_card_refund_refused", "CANCELLED REFUNDING", 0),
            ] {
                let world = World::new();
                let id = placed(&world).await;
                pay(&world, id, method, None).await.unwrap();
                world.payments.inject(faults_at(step, fault, 2));
                cancel(&world, id).await.unwrap();
                world.drain().await;
                while world.payments.deliver_late() {}
                let case = format!("{fault:?} at step {step} with {method}");
                assert_eq!(state(&world, id).await, expected, "{case}");
                assert_eq!(money(&world), (900, refunded), "{case}");
                assert_eq!(order(&world, id).await.work(), None, "{case}");
            }
        }
    }
}

#[tokio::test]
async fn whoever_started_a_checkout_is_left_alone_with_it_for_a_lease() {
    let world = World::new();
    let id = placed(&world).await;
    abandon(pay(&world, id, "pm_card_visa", None), || {
        world.orders.all()[0].work().is_some()
    })
    .await;
    world.clock.advance(Duration::from_millis(3_900));
    assert_eq!(world.ordering.take_due(10).await.unwrap(), []);
    world.clock.advance(Duration::from_millis(200));
    let due = world.ordering.take_due(10).await.unwrap();
    assert_eq!(due[0].step, Step::Authorize);
    assert!(world.ordering.resume(due[0]).await.unwrap().is_none());
    assert_eq!(state(&world, id).await, "CONFIRMED PAID");
    assert_eq!(world.payments.charges().len(), 1);
}

#[tokio::test]
async fn what_is_put_off_says_why_and_until_when() {
    let world = World::new();
    let id = placed(&world).await;
    world
        .payments
        .inject([Some(Fault::LostRequest), Some(Fault::LostRequest)]);
    start(&world, id, "pm_card_visa").await;
    world.clock.advance(Duration::from_secs(1));
    let due = world.ordering.take_due(10).await.unwrap().remove(0);
    assert_eq!(due.tries, 1);
    let put_off = world.ordering.resume(due).await.unwrap().unwrap();
    assert_eq!(put_off.error.reason(), "UNAVAILABLE");
    assert_eq!(order(&world, id).await.work().unwrap().due_at, put_off.until);
    assert!(world.ordering.take_due(10).await.unwrap().is_empty());
}

#[tokio::test]
async fn work_that_somebody_else_went_on_with_is_left_to_them() {
    let world = World::new();
    let id = placed(&world).await;
    world.payments.inject([Some(Fault::LostRequest)]);
    start(&world, id, "pm_card_visa").await;
    world.clock.advance(Duration::from_secs(1));
    let due = world.ordering.take_due(10).await.unwrap().remove(0);
    world.payments.inject([Some(Fault::LostRequest)]);
    cancel(&world, id).await.unwrap();
    world.tasks.settled().await;
    assert_eq!(order(&world, id).await.work().unwrap().step, Step::Release);
    let requests = world.payments.asked();
    assert!(world.ordering.resume(due).await.unwrap().is_none());
    assert_eq!(world.payments.asked(), requests);
}

#[tokio::test]
async fn a_store_that_is_away_puts_off_to_the_end_of_the_lease() {
    let world = World::new();
    let id = placed(&world).await;
    world.payments.inject([Some(Fault::LostRequest)]);
    start(&world, id, "pm_card_visa").await;
    world.clock.advance(Duration::from_secs(1));
    let due = world.ordering.take_due(10).await.unwrap().remove(0);
    world.orders.set_away(true);
    let failed = world.ordering.resume(due).await.err().unwrap();
    assert_eq!(failed.reason(), "UNAVAILABLE");
    world.orders.set_away(false);
    world.drain().await;
    assert_eq!(state(&world, id).await, "CONFIRMED PAID");
}

#[tokio::test]
async fn a_store_that_is_away_when_an_answer_comes_loses_no_charge() {
    for away_after in 1..40 {
        let world = World::new();
        let id = placed(&world).await;
        let polls = std::cell::Cell::new(0);
        let call = pay(&world, id, "pm_card_visa", some_key("k"));
        abandon(call, || polls.replace(polls.get() + 1) == away_after).await;
        world.orders.set_away(true);
        world.tasks.settled().await;
        world.orders.set_away(false);
        world.drain().await;
        let paid = pay(&world, id, "pm_card_visa", some_key("k"))
            .await
            .unwrap()
            .into_inner();
        assert_eq!(paid.checkout().state, CheckoutState::Paid, "{away_after}");
        assert_eq!(money(&world), (900, 0), "{away_after}");
        assert_eq!(world.payments.charges().len(), 1, "{away_after}");
    }
}

#[tokio::test]
async fn after_a_day_without_an_answer_a_person_should_look_and_it_is_still_asked() {
    for (answered, expected) in [(0, "PENDING NEEDS_ATTENTION"), (1, "CONFIRMED NEEDS_ATTENTION")] {
        let world = World::new();
        let id = placed(&world).await;
        world.payments.inject(faults_at(answered, Fault::LostRequest, 3));
        start(&world, id, "pm_card_visa").await;
        world.clock.advance(DAY - Duration::from_secs(1));
        world.work().await;
        assert!(state(&world, id).await.ends_with("RUNNING"));
        world.clock.advance(Duration::from_mins(2));
        world.work().await;
        assert_eq!(state(&world, id).await, expected);
        let stuck = order(&world, id).await;
        let pause = stuck.work().unwrap().due_at - stuck.snapshot().updated_at;
        assert!(
            pause >= Duration::from_mins(10) && pause <= Duration::from_mins(12),
            "{pause}"
        );
        let counted = world.orders.count_unfinished().await.unwrap();
        assert!(counted.contains(&(Unfinished::NeedsAttention, 1)));

        for refused in [
            pay(&world, id, "pm_card_visa", None)
                .await
                .unwrap_err()
                .reason()
                .to_owned(),
            cancel(&world, id).await.unwrap_err().reason().to_owned(),
            delete(&world, id).await.unwrap_err().reason().to_owned(),
            update(&world, id).await.unwrap_err().reason().to_owned(),
        ] {
            let expected = [
                "CHECKOUT_NEEDS_ATTENTION",
                "CHECKOUT_RUNNING",
                "ORDER_NOT_PENDING",
                "ORDER_NOT_DELETABLE",
            ];
            assert!(expected.contains(&refused.as_str()), "{refused}");
        }
        world.drain().await;
        assert_eq!(state(&world, id).await, "CONFIRMED PAID");
        assert_eq!(money(&world), (900, 0));
        let joined = pay(&world, id, "pm_card_visa", some_key("pm_card_visa")).await.unwrap();
        assert!(joined.is_replayed());
    }
}

#[tokio::test]
async fn staff_may_cancel_what_needs_attention_and_the_money_comes_back() {
    for fault in FAULTS {
        for answered in 0..2 {
            let world = World::new();
            let id = placed(&world).await;
            world.payments.inject(faults_at(answered, fault, 2));
            start(&world, id, "pm_card_visa").await;
            world.clock.advance(DAY);
            world.work().await;
            assert!(state(&world, id).await.ends_with("NEEDS_ATTENTION"));
            assert_eq!(
                cancel(&world, id).await.unwrap_err().reason(),
                "CHECKOUT_NEEDS_ATTENTION"
            );
            cancel_as(&world, &clerk(), id).await.unwrap();
            while world.payments.deliver_late() {}
            world.drain().await;
            let (captured, refunded) = money(&world);
            assert_eq!(captured, refunded, "{fault:?}");
            let back = if answered == 0 {
                "CANCELLED FAILED"
            } else {
                "CANCELLED REFUNDED"
            };
            assert_eq!(state(&world, id).await, back, "{fault:?}");
            assert!(
                world.payments.charges().iter().all(|charge| charge.is_all_back()),
                "{fault:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_refund_without_an_answer_for_a_day_needs_attention_too() {
    let world = World::new();
    let id = placed(&world).await;
    pay(&world, id, "pm_card_visa", None).await.unwrap();
    world
        .payments
        .inject([Some(Fault::LostRequest), Some(Fault::LostRequest)]);
    cancel(&world, id).await.unwrap();
    world.tasks.settled().await;
    world.clock.advance(DAY);
    world.work().await;
    assert_eq!(state(&world, id).await, "CANCELLED NEEDS_ATTENTION");
    world.drain().await;
    assert_eq!(state(&world, id).await, "CANCELLED REFUNDED");
    assert_eq!(
        told(&world)[3..],
        ["cancelled", "REFUNDING", "NEEDS_ATTENTION", "REFUNDED"]
    );
}
