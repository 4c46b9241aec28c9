//! The adapter that asks paymentsvc.

use std::time::Duration;

use api::payment::v1::{METHODS, payment_service_server::PaymentServiceServer};
use kernel::{Classify, Currency, ErrorKind, Money};
use order_core::{
    Ask, OrderId, PaymentId, PaymentStatus, StepKey,
    ports::{Authorization, PaymentError, Payments},
};
use ordersvc::clients::GrpcPayments;
use tonic::{Code, Status, service::Routes};
use tonic_types::{ErrorDetails, StatusExt};
use uuid::Uuid;

pub(crate) use self::fake::Paymentsvc;
use crate::{peer::client_of, world::ALICE};

mod fake;

const ORDER: OrderId = OrderId::new(Uuid::from_u128(7));
const PAYMENT: PaymentId = PaymentId::new(Uuid::from_u128(8));

fn key(ask: Ask) -> StepKey {
    StepKey::new(ORDER, 3, ask)
}

fn authorization(payment_method: &str) -> Authorization {
    Authorization {
        order_id: ORDER,
        customer_id: ALICE,
        amount: Money::new(900, Currency::USD),
        payment_method: payment_method.to_owned(),
    }
}

/// The adapter over a fake.
async fn adapter(fake: &Paymentsvc, permissions: &[&str]) -> GrpcPayments {
    let fake = Routes::new(PaymentServiceServer::new(fake.clone()));
    GrpcPayments::new(client_of(fake, METHODS, permissions).await)
}

fn refusal(reason: &str, retry_after: Option<Duration>) -> Status {
    let mut details = ErrorDetails::new();
    details.set_error_info(
        reason,
        wire::ERROR_DOMAIN,
        [("payment_id".to_owned(), PAYMENT.to_string())],
    );
    if retry_after.is_some() {
        details.set_retry_info(retry_after);
    }
    Status::with_error_details(Code::FailedPrecondition, "refused", details)
}

/// What an answer to each request comes to: `Ok` of a success, the reason of a refusal, or that nobody knows.
async fn comes_to(ask: Ask, answer: Status) -> String {
    let fake = Paymentsvc::default();
    let payments = adapter(&fake, &["payments:write"]).await;
    fake.answer_next(answer);
    let outcome = match ask {
        Ask::Authorize => payments
            .authorize(&key(ask), authorization("pm_card_visa"))
            .await
            .map(drop),
        Ask::Capture => payments.capture(&key(ask), PAYMENT).await,
        Ask::Void => payments.void(&key(ask), PAYMENT).await,
        Ask::Refund => payments.refund(&key(ask), PAYMENT).await,
    };
    assert_eq!(fake.heard().len(), 1, "a step is asked for once");
    match outcome {
        Ok(()) => "ok".to_owned(),
        Err(PaymentError::Refused { reason, payment_id }) => {
            let is_named = payment_id.is_none_or(|id| id == PAYMENT);
            assert!(is_named, "{payment_id:?}");
            reason
        }
        Err(PaymentError::Unknown(_)) => "unknown".to_owned(),
    }
}

const ASKS: [Ask; 4] = [Ask::Authorize, Ask::Capture, Ask::Void, Ask::Refund];

#[tokio::test]
async fn every_request_says_what_it_must_under_the_key_of_its_step() {
    let fake = Paymentsvc::default();
    let payments = adapter(&fake, &["payments:write"]).await;
    let id = payments
        .authorize(&key(Ask::Authorize), authorization("pm_card_visa"))
        .await
        .unwrap();
    payments.capture(&key(Ask::Capture), id).await.unwrap();
    payments.refund(&key(Ask::Refund), id).await.unwrap();
    let heard = fake.heard();
    let keys: Vec<&str> = heard.iter().map(|heard| heard.key.as_str()).collect();
    let expected = [Ask::Authorize, Ask::Capture, Ask::Refund].map(|ask| key(ask).to_string());
    assert_eq!(keys, expected);
    assert!(heard.iter().all(|heard| heard.has_deadline));
    let sent = &heard[0].message;
    for expected in [
        "amount_cents: 900",
        "currency_code: \"USD\"",
        &format!("order_id: \"{ORDER}\""),
        &format!("customer_id: \"{ALICE}\""),
        "payment_method: \"pm_card_visa\"",
        "capture_method: Manual",
    ] {
        assert!(sent.contains(expected), "{expected} in {sent}");
    }
    for heard in &heard[1..] {
        assert!(heard.message.contains("amount_cents: 0"), "{heard:?}");
    }

    let found = payments.find(id).await.unwrap().unwrap();
    assert_eq!((found.order_id, found.status), (Some(ORDER), PaymentStatus::Refunded));
    assert_eq!((found.captured.minor(), found.refunded.minor()), (900, 900));
    assert_eq!(payments.find(PAYMENT).await.unwrap(), None);
    assert!(fake.payments.void(&key(Ask::Void), id).await.is_err());
}

#[tokio::test]
async fn what_is_refused_for_good_is_told_from_what_nobody_knows() {
    for (ask, reason, expected) in [
        (Ask::Authorize, "CARD_DECLINED", "CARD_DECLINED"),
        (Ask::Authorize, "AMOUNT_TOO_LARGE", "AMOUNT_TOO_LARGE"),
        (Ask::Authorize, "IDEMPOTENCY_KEY_REUSED", "unknown"),
        (Ask::Capture, "CAPTURE_REFUSED", "CAPTURE_REFUSED"),
        (Ask::Capture, "PAYMENT_VOIDED", "PAYMENT_VOIDED"),
        (Ask::Capture, "PAYMENT_CAPTURED", "ok"),
        (Ask::Capture, "PAYMENT_BELONGS_TO_ORDER", "unknown"),
        (Ask::Capture, "IDEMPOTENCY_KEY_REUSED", "unknown"),
        (Ask::Void, "PAYMENT_CAPTURED", "PAYMENT_CAPTURED"),
        (Ask::Void, "PAYMENT_BELONGS_TO_ORDER", "unknown"),
        (Ask::Refund, "REFUND_REFUSED", "REFUND_REFUSED"),
        (Ask::Refund, "NOTHING_TO_REFUND", "ok"),
        (Ask::Refund, "REFUND_TOO_LARGE", "unknown"),
    ] {
        assert_eq!(comes_to(ask, refusal(reason, None)).await, expected, "{ask:?} {reason}");
        let passing = refusal(reason, Some(Duration::from_secs(1)));
        let is_done = expected == "ok";
        assert_eq!(
            comes_to(ask, passing).await,
            if is_done { "ok" } else { "unknown" },
            "{ask:?} {reason}, to be tried again"
        );
    }
}

#[tokio::test]
async fn no_other_code_is_taken_for_an_answer() {
    for ask in ASKS {
        for code in [
            Code::Cancelled,
            Code::Unknown,
            Code::DeadlineExceeded,
            Code::AlreadyExists,
            Code::PermissionDenied,
            Code::ResourceExhausted,
            Code::FailedPrecondition,
            Code::Aborted,
            Code::OutOfRange,
            Code::Unimplemented,
            Code::Internal,
            Code::Unavailable,
            Code::DataLoss,
            Code::Unauthenticated,
        ] {
            assert_eq!(
                comes_to(ask, Status::new(code, "no reason")).await,
                "unknown",
                "{ask:?} {code:?}"
            );
        }
        for code in [Code::InvalidArgument, Code::NotFound] {
            let expected = if ask == Ask::Authorize {
                "INVALID_PAYMENT_METHOD"
            } else {
                "unknown"
            };
            assert_eq!(
                comes_to(ask, Status::new(code, "wrong")).await,
                expected,
                "{ask:?} {code:?}"
            );
        }
    }
}

#[tokio::test]
async fn payments_that_are_wrongly_asked_or_not_allowed_are_a_fault_of_ours() {
    let payments = adapter(&Paymentsvc::default(), &[]).await;
    let refused = payments.void(&key(Ask::Void), PAYMENT).await.unwrap_err();
    let PaymentError::Unknown(error) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(error.kind(), ErrorKind::Internal);
    assert_eq!(payments.find(PAYMENT).await.unwrap_err().kind(), ErrorKind::Internal);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_does_not_come_is_given_up_within_the_lease() {
    let fake = Paymentsvc::default();
    let payments = adapter(&fake, &["payments:write"]).await;
    fake.payments.hold(Ask::Authorize);
    let began = tokio::time::Instant::now();
    let late = payments
        .authorize(&key(Ask::Authorize), authorization("pm_card_visa"))
        .await;
    assert!(matches!(late, Err(PaymentError::Unknown(_))), "{late:?}");
    let took = began.elapsed();
    assert!(took <= order_core::CheckoutPolicy::default().lease, "{took:?}");
}
