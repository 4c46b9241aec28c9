//! What a crash leaves behind is seen through by whoever comes next.

use std::time::Duration;

use kernel::Classify;
use payment_core::{
    CaptureMethod, CapturePayment, OperationKind, OperationStatus, PaymentSnapshot, RefundPayment, Status,
    testing::{Fault, World, checkout, fields, key},
};

const MANY: usize = 20;

async fn pending(world: &World) {
    let caller = checkout();
    let own = Some(key(&caller, "a", 1));
    let outcome = world
        .paying
        .create(&caller, fields(1_000, CaptureMethod::Automatic), own)
        .await;
    assert_eq!(outcome.unwrap_err().reason(), "PAYMENT_PENDING");
}

/// Lets the worker work until nothing is undecided.
async fn worked(world: &World) -> usize {
    for round in 0..MANY {
        if world
            .payments
            .operations()
            .iter()
            .all(|operation| operation.status != OperationStatus::Pending)
        {
            return round;
        }
        world.clock.advance(Duration::from_secs(5));
        world.paying.resume_due().await.unwrap();
    }
    panic!("still undecided");
}

async fn only(world: &World) -> PaymentSnapshot {
    let id = world.payments.operations()[0].payment_id;
    world.paying.get(&checkout(), id).await.unwrap()
}

#[tokio::test]
async fn the_worker_sees_through_what_the_provider_did_not_answer() {
    for faults in [
        vec![Fault::Unasked],
        vec![Fault::Unanswered],
        vec![Fault::Unanswered, Fault::Unasked, Fault::Unanswered, Fault::Unasked],
    ] {
        let world = World::new();
        world.provider.fail(faults);
        pending(&world).await;
        worked(&world).await;
        let payment = only(&world).await;
        assert_eq!((payment.status, payment.captured_minor), (Status::Captured, 1_000));
        assert_eq!(world.provider.charges().len(), 1);
        let caller = checkout();
        let own = Some(key(&caller, "a", 1));
        let again = world
            .paying
            .create(&caller, fields(1_000, CaptureMethod::Automatic), own)
            .await;
        assert!(again.unwrap().is_replayed());
    }
}

#[tokio::test]
async fn what_was_done_and_not_settled_is_settled_later_and_done_once() {
    let world = World::new();
    // Once after the authorization, once after the capture.
    world.payments.fail_settlements(1);
    pending(&world).await;
    world.clock.advance(Duration::from_secs(5));
    world.payments.fail_settlements(1);
    world.paying.resume_due().await.unwrap();
    assert_eq!(only(&world).await.status, Status::Processing);
    worked(&world).await;
    let payment = only(&world).await;
    assert_eq!((payment.status, payment.captured_minor), (Status::Captured, 1_000));
    assert_eq!(world.provider.charges()[0].captured.minor(), 1_000);
    assert_eq!(world.provider.charges().len(), 1);
}

#[tokio::test]
async fn a_capture_a_void_and_a_refund_are_seen_through_too() {
    for kind in [OperationKind::Capture, OperationKind::Void, OperationKind::Refund] {
        let world = World::new();
        let caller = checkout();
        let made = world
            .paying
            .create(&caller, fields(1_000, CaptureMethod::Manual), None)
            .await
            .unwrap();
        let id = made.into_inner().payment.id;
        let capture = CapturePayment { id, amount_minor: 0 };
        let refund = RefundPayment {
            id,
            amount_minor: 400,
            reason: String::new(),
        };
        if kind == OperationKind::Refund {
            world.paying.capture(&caller, capture, None).await.unwrap();
        }
        world.provider.set_away(true);
        let asked = match kind {
            OperationKind::Capture => world.paying.capture(&caller, capture, None).await,
            OperationKind::Void => world.paying.void(&caller, id, None).await,
            _ => world.paying.refund(&caller, refund, None).await,
        };
        let error = asked.unwrap_err();
        assert_eq!(
            (error.reason(), error.metadata()[0].1.clone()),
            ("PAYMENT_PENDING", id.to_string())
        );
        world.provider.set_away(false);
        worked(&world).await;
        let payment = only(&world).await;
        let (status, booked) = match kind {
            OperationKind::Capture => (Status::Captured, (1_000, 0, false)),
            OperationKind::Void => (Status::Voided, (0, 0, true)),
            _ => (Status::PartiallyRefunded, (1_000, 400, false)),
        };
        assert_eq!(payment.status, status);
        let charge = &world.provider.charges()[0];
        assert_eq!(
            (charge.captured.minor(), charge.refunded.minor(), charge.voided),
            booked
        );
    }
}

#[tokio::test]
async fn a_provider_that_is_away_is_asked_ever_more_rarely() {
    let world = World::new();
    world.provider.set_away(true);
    pending(&world).await;
    let asked = |world: &World| world.provider.asked().len();
    for _ in 0..600 {
        world.clock.advance(Duration::from_secs(1));
        world.paying.resume_due().await.unwrap();
    }
    let at_first = asked(&world);
    assert!((100..300).contains(&at_first), "{at_first} times in ten minutes");
    for _ in 0..100 {
        world.clock.advance(Duration::from_secs(30));
        world.paying.resume_due().await.unwrap();
    }
    let later = asked(&world) - at_first;
    assert!((30..=60).contains(&later), "{later} times in fifty minutes");
    world.clock.advance(Duration::from_secs(24 * 3600));
    world.paying.resume_due().await.unwrap();
    let a_day_later = asked(&world);
    for _ in 0..100 {
        world.clock.advance(Duration::from_secs(60));
        world.paying.resume_due().await.unwrap();
    }
    let rarely = asked(&world) - a_day_later;
    assert!((8..=10).contains(&rarely), "{rarely} times in a hundred minutes");
    world.provider.set_away(false);
    world.clock.advance(Duration::from_secs(600));
    worked(&world).await;
    assert_eq!(only(&world).await.status, Status::Captured);
}

#[tokio::test]
async fn what_somebody_is_at_is_left_alone_until_the_lease_ends() {
    let world = World::new();
    world.provider.set_open(false);
    let paying = world.paying.clone();
    let caller = checkout();
    let call = tokio::spawn(async move { paying.create(&caller, fields(1_000, CaptureMethod::Manual), None).await });
    while world.provider.asked().is_empty() {
        tokio::task::yield_now().await;
    }
    world.clock.advance(Duration::from_millis(3_999));
    assert_eq!(world.paying.resume_due().await.unwrap().taken, 0);
    // The process is gone.
    call.abort();
    world.provider.set_open(true);
    world.clock.advance(Duration::from_millis(1));
    assert_eq!(world.paying.resume_due().await.unwrap().taken, 1);
    assert_eq!(only(&world).await.status, Status::RequiresCapture);
    assert_eq!(world.paying.resume_due().await.unwrap().taken, 0);
}

#[tokio::test]
async fn a_store_that_is_away_is_told_and_nothing_is_asked() {
    let world = World::new();
    world.payments.set_away(true);
    let caller = checkout();
    let made = world
        .paying
        .create(
            &caller,
            fields(1_000, CaptureMethod::Manual),
            Some(key(&caller, "a", 1)),
        )
        .await;
    assert_eq!(made.unwrap_err().kind(), kernel::ErrorKind::Unavailable);
    assert!(world.paying.resume_due().await.is_err());
    assert!(world.provider.asked().is_empty());
}
