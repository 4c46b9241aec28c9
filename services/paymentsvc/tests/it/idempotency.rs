use api::payment::v1::{CaptureMethod, CreatePaymentRequest, PaymentStatus};
use payment_core::testing::Fault;
use tonic::{Code, Response, Status};

use crate::world::{
    TestWorld, automatic, capture, fact, found, made, manual, paying_with, refund, refusal, told, void, with_key,
};

fn is_replayed<T>(response: &Response<T>) -> bool {
    response.metadata().get("idempotency-replayed").is_some()
}

fn was_replayed(status: &Status) -> bool {
    status.metadata().get("idempotency-replayed").is_some()
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn a_key_is_needed_where_money_moves() {
    let world = TestWorld::new().await;
    let running = world.start_alone().await;
    let mut staff = world.clerk(&running);
    let payment = made(&mut staff, manual()).await;
    for status in [
        staff.create_payment(manual()).await.unwrap_err(),
        staff.capture_payment(capture(&payment.id, 0)).await.unwrap_err(),
        staff.refund_payment(refund(&payment.id, 0)).await.unwrap_err(),
    ] {
        assert_eq!(
            told(Err::<(), _>(status)),
            refusal(Code::InvalidArgument, "INVALID_INPUT")
        );
    }
    assert_eq!(world.provider.charges().len(), 1);
    staff.void_payment(void(&payment.id)).await.unwrap();
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn the_same_key_is_answered_the_same_whatever_became_of_the_payment() {
    let world = TestWorld::new().await;
    let running = world.start_alone().await;
    let mut staff = world.clerk(&running);
    let first = staff.create_payment(with_key(manual(), "create")).await.unwrap();
    assert!(!is_replayed(&first));
    let first = first.into_inner();
    let id = first.payment.as_ref().unwrap().id.clone();
    let captured = staff
        .capture_payment(with_key(capture(&id, 0), "capture"))
        .await
        .unwrap()
        .into_inner();
    let part = staff
        .refund_payment(with_key(refund(&id, 300), "refund"))
        .await
        .unwrap()
        .into_inner();
    staff.refund_payment(with_key(refund(&id, 0), "rest")).await.unwrap();
    // Another replica, so that nothing is remembered but in the database.
    let other = world.start_alone().await;
    let mut staff = world.clerk(&other);
    let again = staff.create_payment(with_key(manual(), "create")).await.unwrap();
    assert!(is_replayed(&again));
    assert_eq!(again.into_inner(), first);
    let again = staff
        .capture_payment(with_key(capture(&id, 0), "capture"))
        .await
        .unwrap();
    assert!(is_replayed(&again));
    assert_eq!(again.into_inner(), captured);
    let again = staff
        .refund_payment(with_key(refund(&id, 300), "refund"))
        .await
        .unwrap();
    assert!(is_replayed(&again));
    assert_eq!(again.into_inner(), part);
    let charges = world.provider.charges();
    assert_eq!((charges.len(), charges[0].refunded.minor()), (1, 1_000));
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn a_key_with_another_request_is_refused() {
    let world = TestWorld::new().await;
    let running = world.start_alone().await;
    let mut staff = world.clerk(&running);
    staff.create_payment(with_key(manual(), "k")).await.unwrap();
    let other = CreatePaymentRequest {
        amount_cents: 1_001,
        ..manual()
    };
    let reused = staff.create_payment(with_key(other.clone(), "k")).await;
    assert_eq!(
        told(reused),
        refusal(Code::FailedPrecondition, "IDEMPOTENCY_KEY_REUSED")
    );
    world.provider.fail([Fault::Unasked]);
    staff.create_payment(with_key(manual(), "undecided")).await.unwrap_err();
    let reused = staff.create_payment(with_key(other.clone(), "undecided")).await;
    assert_eq!(
        told(reused),
        refusal(Code::FailedPrecondition, "IDEMPOTENCY_KEY_REUSED")
    );
    // Keys of other callers and other methods are other keys.
    let mut checkout = world.checkout(&running);
    let payment = checkout
        .create_payment(with_key(other, "k"))
        .await
        .unwrap()
        .into_inner()
        .payment;
    staff
        .capture_payment(with_key(capture(&payment.unwrap().id, 0), "k"))
        .await
        .unwrap();
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn refusals_are_told_again_and_what_may_pass_is_not_kept() {
    let world = TestWorld::new().await;
    let running = world.start_alone().await;
    let mut staff = world.clerk(&running);
    let declined = || with_key(paying_with("pm_card_declined", CaptureMethod::Automatic), "declined");
    let first = staff.create_payment(declined()).await.unwrap_err();
    let again = staff.create_payment(declined()).await.unwrap_err();
    assert!(was_replayed(&again) && !was_replayed(&first));
    assert_eq!((first.code(), first.message()), (again.code(), again.message()));
    assert_eq!(fact(&first, "payment_id"), fact(&again, "payment_id"));
    assert_eq!(world.provider.charges().len(), 1);

    let payment = made(&mut staff, manual()).await;
    let early = staff.refund_payment(with_key(refund(&payment.id, 1), "early")).await;
    assert_eq!(told(early), refusal(Code::FailedPrecondition, "PAYMENT_NOT_CAPTURED"));
    world.provider.fail([Fault::Unasked]);
    staff
        .capture_payment(with_key(capture(&payment.id, 0), "capture"))
        .await
        .unwrap_err();
    let pending = staff.refund_payment(with_key(refund(&payment.id, 1), "pending")).await;
    assert_eq!(told(pending), refusal(Code::Aborted, "PAYMENT_OPERATION_PENDING"));
    staff
        .capture_payment(with_key(capture(&payment.id, 0), "capture"))
        .await
        .unwrap();
    staff
        .refund_payment(with_key(refund(&payment.id, 1), "pending"))
        .await
        .unwrap();
    let early = staff
        .refund_payment(with_key(refund(&payment.id, 1), "early"))
        .await
        .unwrap_err();
    assert!(was_replayed(&early));
    assert_eq!(found(&mut staff, &payment.id).await.refunded_cents, 1);
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn a_key_charges_once_even_when_its_answer_is_forgotten() {
    let world = TestWorld::new().await;
    let running = world.start_alone().await;
    let mut staff = world.clerk(&running);
    let declined = || with_key(paying_with("pm_card_declined", CaptureMethod::Automatic), "declined");
    let first = staff
        .create_payment(with_key(automatic(), "k"))
        .await
        .unwrap()
        .into_inner();
    let refused = staff.create_payment(declined()).await.unwrap_err();
    sqlx::query("DELETE FROM idempotency_keys")
        .execute(&world.pool().await)
        .await
        .unwrap();
    let again = staff.create_payment(with_key(automatic(), "k")).await.unwrap();
    assert!(is_replayed(&again));
    assert_eq!(again.into_inner(), first);
    let still = staff.create_payment(declined()).await.unwrap_err();
    assert!(was_replayed(&still));
    assert_eq!(fact(&still, "payment_id"), fact(&refused, "payment_id"));
    let other = staff.create_payment(with_key(manual(), "k")).await;
    assert_eq!(told(other), refusal(Code::FailedPrecondition, "IDEMPOTENCY_KEY_REUSED"));
    assert_eq!(world.provider.charges().len(), 2);
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn a_key_takes_and_gives_back_once_even_when_its_answer_is_forgotten() {
    let world = TestWorld::new().await;
    let running = world.start_alone().await;
    let mut staff = world.clerk(&running);
    let payment = made(&mut staff, manual()).await;
    let captured = staff
        .capture_payment(with_key(capture(&payment.id, 0), "c"))
        .await
        .unwrap();
    let total = captured.get_ref().payment.as_ref().unwrap().captured_cents;
    let refunded = staff
        .refund_payment(with_key(refund(&payment.id, total), "r"))
        .await
        .unwrap();
    sqlx::query("DELETE FROM idempotency_keys")
        .execute(&world.pool().await)
        .await
        .unwrap();
    // Nothing is left to take or to give back, which is no answer to these two.
    let again = staff
        .refund_payment(with_key(refund(&payment.id, total), "r"))
        .await
        .unwrap();
    assert!(is_replayed(&again));
    assert_eq!(again.get_ref().refund, refunded.get_ref().refund);
    let again = staff
        .capture_payment(with_key(capture(&payment.id, 0), "c"))
        .await
        .unwrap();
    assert!(is_replayed(&again));
    let other = staff.refund_payment(with_key(refund(&payment.id, 1), "r")).await;
    assert_eq!(told(other), refusal(Code::FailedPrecondition, "IDEMPOTENCY_KEY_REUSED"));
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn voiding_keeps_its_key_too() {
    let world = TestWorld::new().await;
    let running = world.start_alone().await;
    let mut staff = world.clerk(&running);
    let payment = made(&mut staff, manual()).await;
    staff.void_payment(void(&payment.id)).await.unwrap();
    let first = staff.void_payment(with_key(void(&payment.id), "v")).await.unwrap();
    let again = staff.void_payment(with_key(void(&payment.id), "v")).await.unwrap();
    assert!(is_replayed(&again) && !is_replayed(&first));
    assert_eq!(again.into_inner().payment.unwrap().status(), PaymentStatus::Voided);
}
