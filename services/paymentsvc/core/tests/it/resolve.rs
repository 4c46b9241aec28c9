use kernel::Classify;
use payment_core::{
    CaptureMethod, PaymentId, PaymentSnapshot, RefundPayment, Status,
    testing::{Fault, World, checkout, customer, fields, staff},
};

async fn pending(world: &World, faults: impl IntoIterator<Item = Fault>) -> PaymentId {
    world.provider.fail(faults);
    let error = world
        .paying
        .create(&checkout(), fields(1_000, CaptureMethod::Automatic), None)
        .await
        .unwrap_err();
    assert_eq!(error.reason(), "PAYMENT_PENDING");
    error.metadata()[0].1.parse().unwrap()
}

async fn resolved(world: &World, id: PaymentId) -> PaymentSnapshot {
    world.paying.resolve(&staff(9), id).await.unwrap()
}

#[tokio::test]
async fn what_the_provider_did_is_found_out_and_what_it_was_not_asked_for_is_done() {
    for fault in [Fault::Unasked, Fault::Unanswered] {
        let world = World::new();
        let id = pending(&world, [fault]).await;
        assert_eq!(resolved(&world, id).await.status, Status::Captured);
        assert_eq!(resolved(&world, id).await.status, Status::Captured);
        assert_eq!(world.provider.charges().len(), 1);
        assert_eq!(world.payments.transfers().len(), 3);
    }
}

#[tokio::test]
async fn resolving_does_not_wait_for_who_holds_the_operation() {
    let world = World::new();
    let id = pending(&world, [Fault::Unanswered]).await;
    assert_eq!(world.paying.resume_due().await.unwrap().taken, 0, "not due yet");
    assert_eq!(resolved(&world, id).await.status, Status::Captured);
}

#[tokio::test]
async fn undecided_refunds_are_resolved_too() {
    let world = World::new();
    let made = world
        .paying
        .create(&checkout(), fields(1_000, CaptureMethod::Automatic), None)
        .await
        .unwrap();
    let id = made.into_inner().payment.id;
    world.provider.fail([Fault::Unanswered, Fault::Unasked]);
    for _ in 0..2 {
        let refund = RefundPayment {
            id,
            amount_minor: 400,
            reason: String::new(),
        };
        world.paying.refund(&staff(9), refund, None).await.unwrap_err();
    }
    let payment = resolved(&world, id).await;
    assert_eq!(
        (payment.status, payment.refunded_minor),
        (Status::PartiallyRefunded, 800)
    );
    assert_eq!(world.provider.charges()[0].refunded.minor(), 800);
}

#[tokio::test]
async fn a_provider_that_is_away_is_told() {
    let world = World::new();
    let id = pending(&world, [Fault::Unasked]).await;
    world.provider.set_away(true);
    let error = world.paying.resolve(&staff(9), id).await.unwrap_err();
    assert_eq!(error.reason(), "PAYMENT_PENDING");
    assert!(error.retry_after().is_some());
    let unknown = PaymentId::new(uuid::Uuid::from_u128(5));
    let error = world.paying.resolve(&staff(9), unknown).await.unwrap_err();
    assert_eq!(error.reason(), "PAYMENT_NOT_FOUND");
    let error = world.paying.resolve(&customer(2), id).await.unwrap_err();
    assert_eq!(error.reason(), "PAYMENT_NOT_FOUND");
}
