use api::payment::v1::{CaptureMethod, CreatePaymentRequest, Payment, PaymentStatus, PendingOperation, RefundStatus};
use tonic::Code;

use crate::world::{
    ALICE, BOB, TestWorld, automatic, balance, capture, card, fact, found, fresh, ledger, made, manual, paying_with,
    refund, refusal, told, void,
};

fn amounts(payment: &Payment) -> (PaymentStatus, i64, i64, i64) {
    let (authorized, captured) = (payment.authorized_cents, payment.captured_cents);
    (payment.status(), authorized, captured, payment.refunded_cents)
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn a_payment_is_authorized_captured_and_refunded_and_its_ledger_adds_up() {
    let world = TestWorld::new().await;
    let running = world.start_alone().await;
    let (mut staff, mut checkout) = (world.clerk(&running), world.checkout(&running));
    let order_id = uuid::Uuid::from_u128(7).to_string();
    let request = CreatePaymentRequest {
        order_id: order_id.clone(),
        description: "two teas".to_owned(),
        ..manual()
    };
    let payment = made(&mut checkout, request).await;
    assert_eq!(amounts(&payment), (PaymentStatus::RequiresCapture, 1_000, 0, 0));
    assert_eq!(
        (payment.order_id.clone(), payment.description.as_str()),
        (order_id, "two teas")
    );
    assert_eq!(
        (payment.currency_code.as_str(), payment.capture_method()),
        ("USD", CaptureMethod::Manual)
    );
    assert_eq!(payment.card.as_ref().unwrap().last4, "4242");
    assert_eq!(payment.pending_operation(), PendingOperation::None);
    assert_eq!(found(&mut staff, &payment.id).await, payment);

    let captured = checkout
        .capture_payment(fresh(capture(&payment.id, 700)))
        .await
        .unwrap();
    let captured = captured.into_inner().payment.unwrap();
    assert_eq!(amounts(&captured), (PaymentStatus::Captured, 1_000, 700, 0));
    assert_ne!(captured.etag, payment.etag);

    let refunded = staff
        .refund_payment(fresh(refund(&payment.id, 200)))
        .await
        .unwrap()
        .into_inner();
    let made = refunded.refund.unwrap();
    assert_eq!(
        (made.amount_cents, made.status(), made.reason.as_str()),
        (200, RefundStatus::Succeeded, "broken")
    );
    assert_eq!(refunded.payment.unwrap().refunds, [made]);
    let refunded = staff
        .refund_payment(fresh(refund(&payment.id, 0)))
        .await
        .unwrap()
        .into_inner();
    let payment = refunded.payment.unwrap();
    assert_eq!(amounts(&payment), (PaymentStatus::Refunded, 1_000, 700, 700));
    assert_eq!(found(&mut staff, &payment.id).await, payment);

    let entries = ledger(&mut staff, &payment.id).await;
    assert_eq!(entries.len(), 10);
    for pair in entries.chunks(2) {
        assert_eq!(pair[0].transfer_id, pair[1].transfer_id);
        assert_eq!(pair[0].amount_cents + pair[1].amount_cents, 0);
        assert_eq!(
            (pair[0].payment_id.as_str(), pair[0].currency_code.as_str()),
            (payment.id.as_str(), "USD")
        );
    }
    let accounts = [
        "authorizations",
        "authorization_holds",
        "provider_clearing",
        "sales",
        "refunds",
    ];
    let balances = accounts.map(|account| balance(&entries, account));
    assert_eq!(balances, [0, 0, 0, -700, 700]);
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn an_automatic_payment_is_captured_at_once_and_a_manual_one_can_be_voided() {
    let world = TestWorld::new().await;
    let running = world.start_alone().await;
    let mut staff = world.clerk(&running);
    let unsaid = paying_with("pm_card_visa", CaptureMethod::Unspecified);
    for request in [automatic(), unsaid] {
        let payment = made(&mut staff, request).await;
        assert_eq!(amounts(&payment), (PaymentStatus::Captured, 1_000, 1_000, 0));
    }
    let payment = made(&mut staff, manual()).await;
    for _ in 0..2 {
        let voided = staff.void_payment(void(&payment.id)).await.unwrap().into_inner();
        assert_eq!(voided.payment.unwrap().status(), PaymentStatus::Voided);
    }
    let entries = ledger(&mut staff, &payment.id).await;
    assert_eq!((entries.len(), balance(&entries, "authorizations")), (4, 0));
    let charges = world.provider.charges();
    assert_eq!((charges.len(), charges[2].voided), (3, true));
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn a_refused_card_tells_why_and_leaves_a_payment() {
    let world = TestWorld::new().await;
    let running = world.start_alone().await;
    let mut staff = world.clerk(&running);
    let cards = [
        ("pm_card_declined", "CARD_DECLINED"),
        ("pm_card_insufficient_funds", "INSUFFICIENT_FUNDS"),
        ("pm_card_expired", "EXPIRED_CARD"),
        ("pm_card_incorrect_cvc", "INCORRECT_CVC"),
        ("pm_card_processing_error", "PROCESSING_ERROR"),
    ];
    for (card, reason) in cards {
        let request = fresh(paying_with(card, CaptureMethod::Automatic));
        let status = staff.create_payment(request).await.unwrap_err();
        let id = fact(&status, "payment_id");
        assert_eq!(told(Err::<(), _>(status)), refusal(Code::FailedPrecondition, reason));
        let payment = found(&mut staff, &id).await;
        assert_eq!(amounts(&payment), (PaymentStatus::Declined, 0, 0, 0));
        assert_eq!(payment.failure_reason, reason);
        assert!(ledger(&mut staff, &id).await.is_empty());
    }
    let refusing = made(
        &mut staff,
        paying_with("pm_card_capture_refused", CaptureMethod::Manual),
    )
    .await;
    let captured = staff.capture_payment(fresh(capture(&refusing.id, 0))).await;
    assert_eq!(told(captured), refusal(Code::FailedPrecondition, "CAPTURE_REFUSED"));
    let payment = found(&mut staff, &refusing.id).await;
    assert_eq!(
        (payment.status(), payment.failure_reason.as_str()),
        (PaymentStatus::RequiresCapture, "CAPTURE_REFUSED")
    );
    staff.void_payment(void(&refusing.id)).await.unwrap();
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn a_refused_refund_is_kept_as_failed_and_can_be_made_anew() {
    let world = TestWorld::new().await;
    let running = world.start_alone().await;
    let mut staff = world.clerk(&running);
    let payment = made(
        &mut staff,
        paying_with("pm_card_refund_refused", CaptureMethod::Automatic),
    )
    .await;
    for count in 1..=2 {
        let status = staff.refund_payment(fresh(refund(&payment.id, 0))).await.unwrap_err();
        let refund_id = fact(&status, "refund_id");
        assert_eq!(
            told(Err::<(), _>(status)),
            refusal(Code::FailedPrecondition, "REFUND_REFUSED")
        );
        let payment = found(&mut staff, &payment.id).await;
        assert_eq!(amounts(&payment), (PaymentStatus::Captured, 1_000, 1_000, 0));
        let failed = payment.refunds.last().unwrap();
        assert_eq!((payment.refunds.len(), &failed.id), (count, &refund_id));
        assert_eq!(
            (failed.status(), failed.failure_reason.as_str()),
            (RefundStatus::Failed, "REFUND_REFUSED")
        );
    }
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn a_card_pays_only_for_its_maker() {
    let world = TestWorld::new().await;
    let running = world.start_alone().await;
    let mut staff = world.clerk(&running);
    let method = world
        .alice(&running)
        .tokenize_card(card("4000 0566-5566 5556", "123"))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(method.card.unwrap().last4, "5556");
    let by = |customer: kernel::UserId, token: &str| CreatePaymentRequest {
        customer_id: customer.to_string(),
        ..paying_with(token, CaptureMethod::Automatic)
    };
    let paid = made(&mut staff, by(ALICE, &method.payment_method)).await;
    assert_eq!(paid.card.unwrap().last4, "5556");
    for (customer, token) in [(BOB, method.payment_method.as_str()), (ALICE, "pm_0190")] {
        let stolen = staff.create_payment(fresh(by(customer, token))).await;
        assert_eq!(told(stolen), refusal(Code::NotFound, "PAYMENT_METHOD_NOT_FOUND"));
    }
    let kept: Vec<(String, String)> = sqlx::query_as("SELECT last4, fingerprint FROM payment_methods")
        .fetch_all(&world.pool().await)
        .await
        .unwrap();
    assert_eq!((kept.len(), kept[0].0.as_str()), (1, "5556"));
    assert!(kept[0].1.len() > 40);
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn amounts_of_every_size_and_currency_go_through_unchanged() {
    let world = TestWorld::new().await;
    let running = world.start_alone().await;
    let mut staff = world.clerk(&running);
    for (amount, code) in [(1, "KWD"), (5_000, "JPY"), (i64::MAX, "USD"), (i64::MAX - 1, "JPY")] {
        let request = CreatePaymentRequest {
            amount_cents: amount,
            currency_code: code.to_owned(),
            ..automatic()
        };
        let payment = made(&mut staff, request).await;
        assert_eq!((payment.captured_cents, payment.currency_code.as_str()), (amount, code));
        let more = staff
            .refund_payment(fresh(refund(&payment.id, amount.saturating_add(1))))
            .await;
        if amount == i64::MAX {
            assert_eq!(
                more.unwrap().into_inner().payment.unwrap().status(),
                PaymentStatus::Refunded
            );
            let again = staff.refund_payment(fresh(refund(&payment.id, i64::MAX))).await;
            assert_eq!(told(again), refusal(Code::FailedPrecondition, "REFUND_TOO_LARGE"));
        } else {
            assert_eq!(told(more), refusal(Code::FailedPrecondition, "REFUND_TOO_LARGE"));
            let all = staff.refund_payment(fresh(refund(&payment.id, 0))).await.unwrap();
            assert_eq!(all.into_inner().payment.unwrap().refunded_cents, amount);
        }
    }
}
