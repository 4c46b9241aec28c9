use std::time::Duration;

use api::payment::v1::{CaptureMethod, Payment, PaymentStatus, PendingOperation, ResolvePaymentRequest};
use payment_core::testing::Fault;
use testkit::wait_for_async;
use tonic::Code;

use crate::world::{
    Client, PATIENCE, TestWorld, automatic, capture, fact, found, ledger, made, manual, paying_with, refund, refusal,
    told, void, with_key,
};

async fn wait_for_status(client: &Client, id: &str, status: PaymentStatus) -> Payment {
    let settled = || async {
        let payment = found(&mut client.clone(), id).await;
        payment.status() == status && payment.pending_operation() == PendingOperation::None
    };
    wait_for_async(settled, PATIENCE).await;
    found(&mut client.clone(), id).await
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn what_the_provider_did_not_answer_is_pending_and_the_same_key_tells_it() {
    let world = TestWorld::new().await;
    let running = world.start_alone().await;
    let mut staff = world.clerk(&running);
    for (number, fault) in [Fault::Unasked, Fault::Unanswered].into_iter().enumerate() {
        let key = number.to_string();
        world.provider.fail([fault]);
        let status = staff.create_payment(with_key(automatic(), &key)).await.unwrap_err();
        let id = fact(&status, "payment_id");
        assert!(wire::retry_after_of(&status).is_some());
        assert_eq!(
            told(Err::<(), _>(status)),
            refusal(Code::Unavailable, "PAYMENT_PENDING")
        );
        let pending = found(&mut staff, &id).await;
        assert_eq!(pending.status(), PaymentStatus::Processing);
        assert_eq!(pending.pending_operation(), PendingOperation::Authorize);
        let paid = staff
            .create_payment(with_key(automatic(), &key))
            .await
            .unwrap()
            .into_inner();
        let paid = paid.payment.unwrap();
        assert_eq!((paid.id.clone(), paid.captured_cents), (id.clone(), 1_000));
        assert_eq!(ledger(&mut staff, &id).await.len(), 6);
    }
    let charges = world.provider.charges();
    assert_eq!(
        charges.iter().map(|charge| charge.captured.minor()).collect::<Vec<_>>(),
        [1_000, 1_000]
    );
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn the_worker_sees_through_what_nobody_asks_for_again() {
    let world = TestWorld::new().await;
    let running = world.start().await;
    let mut staff = world.clerk(&running);
    let lost = with_key(paying_with("pm_card_lost_reply", CaptureMethod::Automatic), "lost");
    let status = staff.create_payment(lost).await.unwrap_err();
    let id = fact(&status, "payment_id");
    wait_for_status(&staff, &id, PaymentStatus::Captured).await;
    let again = with_key(paying_with("pm_card_lost_reply", CaptureMethod::Automatic), "lost");
    let again = staff.create_payment(again).await.unwrap();
    assert!(again.metadata().get("idempotency-replayed").is_some());
    assert_eq!(world.provider.charges().len(), 1);

    let payment = made(&mut staff, manual()).await;
    world.provider.fail([Fault::Unanswered]);
    staff
        .capture_payment(with_key(capture(&payment.id, 0), "c"))
        .await
        .unwrap_err();
    wait_for_status(&staff, &payment.id, PaymentStatus::Captured).await;
    world
        .provider
        .fail([Fault::Unanswered, Fault::Unasked, Fault::Unanswered]);
    staff
        .refund_payment(with_key(refund(&payment.id, 0), "r"))
        .await
        .unwrap_err();
    wait_for_status(&staff, &payment.id, PaymentStatus::Refunded).await;
    assert_eq!(world.provider.charges()[1].refunded.minor(), 1_000);

    let payment = made(&mut staff, manual()).await;
    world.provider.fail([Fault::Unasked]);
    staff.void_payment(void(&payment.id)).await.unwrap_err();
    wait_for_status(&staff, &payment.id, PaymentStatus::Voided).await;
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn a_process_that_ended_while_it_asked_is_followed_by_another() {
    let world = TestWorld::new().await;
    let first = world.start_alone().await;
    world.provider.set_open(false);
    let mut staff = world.clerk(&first);
    let call = tokio::spawn(async move { staff.create_payment(with_key(automatic(), "k")).await });
    testkit::wait_for(|| !world.provider.asked().is_empty(), PATIENCE).await;
    call.abort();
    drop(first);
    world.provider.set_open(true);
    let second = world.start().await;
    let mut staff = world.clerk(&second);
    let charged = || {
        world
            .provider
            .charges()
            .iter()
            .any(|charge| charge.captured.minor() == 1_000)
    };
    testkit::wait_for(charged, PATIENCE).await;
    let kept = || async {
        let again = staff.clone().create_payment(with_key(automatic(), "k")).await;
        again.is_ok_and(|response| response.metadata().get("idempotency-replayed").is_some())
    };
    wait_for_async(kept, PATIENCE).await;
    let paid = staff
        .create_payment(with_key(automatic(), "k"))
        .await
        .unwrap()
        .into_inner()
        .payment
        .unwrap();
    assert_eq!(paid.status(), PaymentStatus::Captured);
    assert_eq!(world.provider.charges().len(), 1);
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn while_somebody_asks_the_same_key_is_in_flight() {
    let world = TestWorld::new().await;
    let running = world.start_alone().await;
    world.provider.set_open(false);
    let mut staff = world.clerk(&running);
    let mut other = staff.clone();
    let call = tokio::spawn(async move { other.create_payment(with_key(automatic(), "k")).await });
    testkit::wait_for(|| !world.provider.asked().is_empty(), PATIENCE).await;
    let status = staff.create_payment(with_key(automatic(), "k")).await.unwrap_err();
    assert!(wire::retry_after_of(&status).is_some_and(|after| after > Duration::ZERO));
    assert_eq!(
        told(Err::<(), _>(status)),
        refusal(Code::Aborted, "IDEMPOTENCY_KEY_IN_FLIGHT")
    );
    world.provider.set_open(true);
    call.await.unwrap().unwrap();
    staff.create_payment(with_key(automatic(), "k")).await.unwrap();
    assert_eq!(world.provider.charges().len(), 1);
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn staff_resolve_what_is_undecided_at_once() {
    let world = TestWorld::new().await;
    let running = world.start_alone().await;
    let mut staff = world.clerk(&running);
    world.provider.fail([Fault::Unanswered]);
    let status = staff.create_payment(with_key(automatic(), "k")).await.unwrap_err();
    let id = fact(&status, "payment_id");
    let resolve = || ResolvePaymentRequest { id: id.clone() };
    world.provider.set_away(true);
    let away = staff.resolve_payment(resolve()).await;
    assert_eq!(told(away), refusal(Code::Unavailable, "PAYMENT_PENDING"));
    world.provider.set_away(false);
    for _ in 0..2 {
        let resolved = staff
            .resolve_payment(resolve())
            .await
            .unwrap()
            .into_inner()
            .payment
            .unwrap();
        assert_eq!(resolved.status(), PaymentStatus::Captured);
    }
    assert_eq!(ledger(&mut staff, &id).await.len(), 6);
    let unknown = ResolvePaymentRequest {
        id: uuid::Uuid::from_u128(7).to_string(),
    };
    let unknown = staff.resolve_payment(unknown).await;
    assert_eq!(told(unknown), refusal(Code::NotFound, "PAYMENT_NOT_FOUND"));
}
