//! paymentsvc with the real sandbox behind it.

use std::sync::Arc;

use api::payment::v1::{
    CaptureMethod, CreatePaymentRequest, ListProviderChargesRequest, Payment, PaymentStatus, PendingOperation,
    ProviderCharge,
};
use paymentsvc::sandbox::SandboxProvider;
use sandbox_psp::{Control, Options, Sandbox};
use tempfile::TempDir;
use testkit::wait_for_async;
use tokio::task::JoinSet;
use tonic::Code;

use crate::world::{
    Client, PATIENCE, TestWorld, automatic, balance, capture, fact, found, fresh, ledger, made, manual, paying_with,
    refund, refusal, told, void, with_key,
};

struct WithSandbox {
    directory: TempDir,
    sandbox: Sandbox,
    world: TestWorld,
}

async fn with_sandbox() -> WithSandbox {
    let directory = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::start(Options::new(directory.path())).await.unwrap();
    let mut world = TestWorld::new().await;
    world.other_provider = Some(Arc::new(SandboxProvider::try_new(&sandbox.url()).unwrap()));
    WithSandbox {
        directory,
        sandbox,
        world,
    }
}

/// Everything on the books of the provider.
async fn charges(staff: &mut Client) -> Vec<ProviderCharge> {
    let request = ListProviderChargesRequest {
        page_size: 100,
        ..ListProviderChargesRequest::default()
    };
    staff.list_provider_charges(request).await.unwrap().into_inner().charges
}

/// Payment, ledger and provider tell the same, and the provider has one charge of it.
async fn assert_agreed(staff: &mut Client, id: &str) -> Payment {
    let payment = found(staff, id).await;
    let entries = ledger(staff, id).await;
    let all = charges(staff).await;
    let of_payment: Vec<_> = all.iter().filter(|charge| charge.payment_id == id).collect();
    assert_eq!(of_payment.len(), 1, "{of_payment:?}");
    let charge = of_payment[0];
    let told = (payment.captured_cents, payment.refunded_cents);
    assert_eq!((charge.captured_cents, charge.refunded_cents), told);
    assert_eq!((-balance(&entries, "sales"), balance(&entries, "refunds")), told);
    assert_eq!(charge.voided, payment.status() == PaymentStatus::Voided);
    payment
}

/// Waits until nothing of the payment is undecided.
async fn decided(staff: &Client, id: &str) {
    let is_decided = || async {
        let payment = found(&mut staff.clone(), id).await;
        let refunds = payment.refunds.iter();
        let pending = refunds.filter(|refund| refund.status() == api::payment::v1::RefundStatus::Pending);
        payment.pending_operation() == PendingOperation::None && pending.count() == 0
    };
    wait_for_async(is_decided, PATIENCE).await;
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn every_card_of_the_sandbox_does_what_its_name_says() {
    let own = with_sandbox().await;
    let running = own.world.start().await;
    let mut staff = own.world.clerk(&running);
    for card in ["pm_card_visa", "pm_card_slow"] {
        let payment = made(&mut staff, paying_with(card, CaptureMethod::Automatic)).await;
        assert_eq!(
            assert_agreed(&mut staff, &payment.id).await.status(),
            PaymentStatus::Captured
        );
    }
    let refusing = [
        ("pm_card_declined", "CARD_DECLINED"),
        ("pm_card_insufficient_funds", "INSUFFICIENT_FUNDS"),
        ("pm_card_expired", "EXPIRED_CARD"),
        ("pm_card_incorrect_cvc", "INCORRECT_CVC"),
        ("pm_card_processing_error", "PROCESSING_ERROR"),
    ];
    for (card, reason) in refusing {
        let request = paying_with(card, CaptureMethod::Automatic);
        let status = staff.create_payment(fresh(request)).await.unwrap_err();
        let id = fact(&status, "payment_id");
        assert_eq!(told(Err::<(), _>(status)), refusal(Code::FailedPrecondition, reason));
        assert_eq!(assert_agreed(&mut staff, &id).await.status(), PaymentStatus::Declined);
    }
    let large = CreatePaymentRequest {
        amount_cents: 100_000_000,
        ..automatic()
    };
    let status = staff.create_payment(fresh(large)).await;
    assert_eq!(told(status), refusal(Code::FailedPrecondition, "AMOUNT_TOO_LARGE"));

    let payment = made(
        &mut staff,
        paying_with("pm_card_capture_refused", CaptureMethod::Manual),
    )
    .await;
    let captured = staff.capture_payment(fresh(capture(&payment.id, 0))).await;
    assert_eq!(told(captured), refusal(Code::FailedPrecondition, "CAPTURE_REFUSED"));
    staff.void_payment(void(&payment.id)).await.unwrap();
    assert_eq!(
        assert_agreed(&mut staff, &payment.id).await.status(),
        PaymentStatus::Voided
    );
    let payment = made(
        &mut staff,
        paying_with("pm_card_refund_refused", CaptureMethod::Automatic),
    )
    .await;
    let refunded = staff.refund_payment(fresh(refund(&payment.id, 0))).await;
    assert_eq!(told(refunded), refusal(Code::FailedPrecondition, "REFUND_REFUSED"));
    assert_eq!(
        assert_agreed(&mut staff, &payment.id).await.status(),
        PaymentStatus::Captured
    );
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn a_card_that_loses_every_first_answer_is_charged_and_refunded_once() {
    let own = with_sandbox().await;
    let running = own.world.start().await;
    let mut staff = own.world.clerk(&running);
    let request = || paying_with("pm_card_lost_reply", CaptureMethod::Automatic);
    let id = match staff.create_payment(with_key(request(), "k")).await {
        Ok(made) => made.into_inner().payment.unwrap().id,
        Err(status) => fact(&status, "payment_id"),
    };
    decided(&staff, &id).await;
    assert_eq!(assert_agreed(&mut staff, &id).await.status(), PaymentStatus::Captured);
    let again = staff
        .create_payment(with_key(request(), "k"))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(again.payment.unwrap().id, id);
    drop(staff.refund_payment(with_key(refund(&id, 400), "r")).await);
    decided(&staff, &id).await;
    staff.refund_payment(with_key(refund(&id, 400), "r")).await.unwrap();
    assert_eq!(assert_agreed(&mut staff, &id).await.refunded_cents, 400);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Postgres: make test"]
async fn a_provider_that_drops_answers_fails_and_restarts_charges_every_payment_once() {
    let own = with_sandbox().await;
    let running = own.world.start().await;
    let mut staff = own.world.clerk(&running);
    let address = own.sandbox.address();
    let control = Control {
        drop_next: 6,
        fail_next: 6,
        ..Control::default()
    };
    own.sandbox.control(control);
    let mut calls = JoinSet::new();
    for number in 0..20 {
        let mut client = staff.clone();
        calls.spawn(async move {
            let request = if number % 2 == 0 { automatic() } else { manual() };
            match client.create_payment(with_key(request, &format!("k{number}"))).await {
                Ok(made) => made.into_inner().payment.unwrap().id,
                Err(status) => fact(&status, "payment_id"),
            }
        });
    }
    own.sandbox.stop().await;
    let ids = calls.join_all().await;
    let mut options = Options::new(own.directory.path());
    options.listen = address;
    let again = Sandbox::start(options).await.unwrap();
    for id in &ids {
        decided(&staff, id).await;
        let payment = assert_agreed(&mut staff, id).await;
        let status = match payment.capture_method() {
            CaptureMethod::Manual => PaymentStatus::RequiresCapture,
            _ => PaymentStatus::Captured,
        };
        assert_eq!(payment.status(), status);
    }
    assert_eq!(charges(&mut staff).await.len(), 20);
    again.stop().await;
}
