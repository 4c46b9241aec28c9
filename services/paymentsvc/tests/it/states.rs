//! Every method against every state a payment can be in.

use api::payment::v1::{
    CaptureMethod, CreatePaymentRequest, Payment, PaymentStatus, PendingOperation, RefundStatus, ResolvePaymentRequest,
};
use payment_core::testing::Fault;
use tonic::{Code, Status};

use crate::world::{
    Client, TestWorld, automatic, capture, fact, found, fresh, ledger, made, manual, paying_with, refund, void,
};

/// Where a payment is, with what is undecided of it.
const STATES: [&str; 12] = [
    "PROCESSING",
    "REQUIRES_CAPTURE",
    "REQUIRES_CAPTURE, capture undecided",
    "REQUIRES_CAPTURE, void undecided",
    "REQUIRES_CAPTURE, capture refused",
    "CAPTURED",
    "CAPTURED, refund undecided",
    "PARTIALLY_REFUNDED",
    "PARTIALLY_REFUNDED, refund undecided",
    "REFUNDED",
    "VOIDED",
    "DECLINED",
];

/// A payment in that state.
async fn in_state(world: &TestWorld, staff: &mut Client, state: &str) -> Payment {
    let unanswered = || world.provider.fail([Fault::Unasked]);
    let request = match state {
        "PROCESSING" => {
            unanswered();
            manual()
        }
        "DECLINED" => paying_with("pm_card_declined", CaptureMethod::Manual),
        "REQUIRES_CAPTURE, capture refused" => paying_with("pm_card_capture_refused", CaptureMethod::Manual),
        _ if state.starts_with("REQUIRES_CAPTURE") || state == "VOIDED" => manual(),
        _ => automatic(),
    };
    let id = made_or_not(staff, request).await;
    match state {
        "REQUIRES_CAPTURE, capture undecided" => {
            unanswered();
            staff.capture_payment(fresh(capture(&id, 0))).await.unwrap_err();
        }
        "REQUIRES_CAPTURE, void undecided" => {
            unanswered();
            staff.void_payment(void(&id)).await.unwrap_err();
        }
        "REQUIRES_CAPTURE, capture refused" => {
            staff.capture_payment(fresh(capture(&id, 0))).await.unwrap_err();
        }
        "CAPTURED, refund undecided" => {
            unanswered();
            staff.refund_payment(fresh(refund(&id, 1_000))).await.unwrap_err();
        }
        "PARTIALLY_REFUNDED, refund undecided" => {
            staff.refund_payment(fresh(refund(&id, 400))).await.unwrap();
            unanswered();
            staff.refund_payment(fresh(refund(&id, 600))).await.unwrap_err();
        }
        "PARTIALLY_REFUNDED" => drop(staff.refund_payment(fresh(refund(&id, 400))).await.unwrap()),
        "REFUNDED" => drop(staff.refund_payment(fresh(refund(&id, 0))).await.unwrap()),
        "VOIDED" => drop(staff.void_payment(void(&id)).await.unwrap()),
        _ => {}
    }
    found(staff, &id).await
}

async fn made_or_not(staff: &mut Client, request: CreatePaymentRequest) -> String {
    match staff.create_payment(fresh(request)).await {
        Ok(made) => made.into_inner().payment.unwrap().id,
        Err(status) => fact(&status, "payment_id"),
    }
}

/// The state as the payment shows it.
fn shown(payment: &Payment) -> String {
    let status = payment
        .status()
        .as_str_name()
        .trim_start_matches("PAYMENT_STATUS_")
        .to_owned();
    let undecided = payment
        .refunds
        .iter()
        .any(|refund| refund.status() == RefundStatus::Pending);
    match payment.pending_operation() {
        PendingOperation::Capture => format!("{status}, capture undecided"),
        PendingOperation::Void => format!("{status}, void undecided"),
        _ if undecided => format!("{status}, refund undecided"),
        _ if payment.failure_reason == "CAPTURE_REFUSED" => format!("{status}, capture refused"),
        _ => status,
    }
}

async fn call(staff: &mut Client, method: &str, id: &str) -> Result<Option<Payment>, Status> {
    let response = match method {
        "GetPayment" => Some(found(staff, id).await),
        "CapturePayment" => staff.capture_payment(fresh(capture(id, 0))).await?.into_inner().payment,
        "VoidPayment" => staff.void_payment(void(id)).await?.into_inner().payment,
        "RefundPayment" => staff.refund_payment(fresh(refund(id, 0))).await?.into_inner().payment,
        "ResolvePayment" => {
            let request = ResolvePaymentRequest { id: id.to_owned() };
            staff.resolve_payment(request).await?.into_inner().payment
        }
        other => panic!("no call for {other}"),
    };
    Ok(response)
}

/// The state after the call, or the reason that it is refused for.
fn expected(method: &str, state: &str) -> &'static str {
    let undecided = state == "PROCESSING" || state.ends_with("undecided");
    match (method, state) {
        ("ResolvePayment", "PROCESSING" | "REQUIRES_CAPTURE") => "REQUIRES_CAPTURE",
        ("ResolvePayment", "REQUIRES_CAPTURE, capture undecided" | "CAPTURED") => "CAPTURED",
        ("ResolvePayment", "REQUIRES_CAPTURE, void undecided" | "VOIDED") => "VOIDED",
        ("ResolvePayment", state) if state.ends_with("refund undecided") => "REFUNDED",
        ("GetPayment" | "ResolvePayment", state) => STATES.iter().find(|known| **known == state).unwrap(),
        (_, state) if undecided && !state.ends_with("refund undecided") => "PAYMENT_OPERATION_PENDING",
        ("CapturePayment", "REQUIRES_CAPTURE") => "CAPTURED",
        ("CapturePayment", "REQUIRES_CAPTURE, capture refused") => "CAPTURE_REFUSED",
        ("CapturePayment", "VOIDED") => "PAYMENT_VOIDED",
        ("CapturePayment", "DECLINED") => "PAYMENT_DECLINED",
        ("CapturePayment", _) => "PAYMENT_CAPTURED",
        ("VoidPayment", "REQUIRES_CAPTURE" | "VOIDED") => "VOIDED",
        ("VoidPayment", "REQUIRES_CAPTURE, capture refused") => "VOIDED, capture refused",
        ("VoidPayment", "DECLINED") => "DECLINED",
        ("VoidPayment", _) => "PAYMENT_CAPTURED",
        ("RefundPayment", "CAPTURED" | "PARTIALLY_REFUNDED") => "REFUNDED",
        ("RefundPayment", state) if state.ends_with("refund undecided") => "PAYMENT_OPERATION_PENDING",
        ("RefundPayment", "REFUNDED") => "NOTHING_TO_REFUND",
        ("RefundPayment", "VOIDED") => "PAYMENT_VOIDED",
        ("RefundPayment", "DECLINED") => "PAYMENT_DECLINED",
        ("RefundPayment", _) => "PAYMENT_NOT_CAPTURED",
        other => panic!("no rule for {other:?}"),
    }
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn every_method_answers_every_state_as_the_rules_say() {
    let world = TestWorld::new().await;
    let running = world.start_alone().await;
    let mut staff = world.clerk(&running);
    for state in STATES {
        for method in [
            "GetPayment",
            "CapturePayment",
            "VoidPayment",
            "RefundPayment",
            "ResolvePayment",
        ] {
            let before = in_state(&world, &mut staff, state).await;
            assert_eq!(shown(&before), state);
            let outcome = call(&mut staff, method, &before.id).await;
            let after = found(&mut staff, &before.id).await;
            let became = match outcome {
                Ok(payment) => {
                    assert_eq!(payment.as_ref(), Some(&after), "{method} in {state}");
                    shown(&after)
                }
                Err(status) => {
                    let reason = wire::reason_of(&status).unwrap();
                    let passes = reason == "PAYMENT_OPERATION_PENDING";
                    let code = if passes {
                        Code::Aborted
                    } else {
                        Code::FailedPrecondition
                    };
                    assert_eq!(status.code(), code, "{method} in {state}");
                    assert_eq!(wire::retry_after_of(&status).is_some(), passes, "{method} in {state}");
                    if reason != "CAPTURE_REFUSED" {
                        assert_eq!(after, before, "{method} in {state}");
                    }
                    reason
                }
            };
            assert_eq!(became, expected(method, state), "{method} in {state}");
            let entries = ledger(&mut staff, &before.id).await;
            assert_eq!(entries.iter().map(|entry| entry.amount_cents).sum::<i64>(), 0);
            let refunded: i64 = crate::world::balance(&entries, "refunds");
            let sold = -crate::world::balance(&entries, "sales");
            assert_eq!(
                (sold, refunded),
                (after.captured_cents, after.refunded_cents),
                "{method} in {state}"
            );
        }
    }
    // What was never asked for is charged by resolving it, and by nothing else.
    let unasked = 4;
    assert_eq!(world.provider.charges().len(), STATES.len() * 5 - unasked);
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn amounts_beyond_what_is_there_are_refused_with_what_is_left() {
    let world = TestWorld::new().await;
    let running = world.start_alone().await;
    let mut staff = world.clerk(&running);
    let payment = made(&mut staff, manual()).await;
    let status = staff
        .capture_payment(fresh(capture(&payment.id, 1_001)))
        .await
        .unwrap_err();
    assert_eq!(wire::reason_of(&status).as_deref(), Some("CAPTURE_TOO_LARGE"));
    assert_eq!(fact(&status, "authorized_cents"), "1000");
    staff.capture_payment(fresh(capture(&payment.id, 600))).await.unwrap();
    staff.refund_payment(fresh(refund(&payment.id, 250))).await.unwrap();
    let status = staff.refund_payment(fresh(refund(&payment.id, 351))).await.unwrap_err();
    assert_eq!(wire::reason_of(&status).as_deref(), Some("REFUND_TOO_LARGE"));
    assert_eq!(fact(&status, "left_cents"), "350");
    assert_eq!(
        found(&mut staff, &payment.id).await.status(),
        PaymentStatus::PartiallyRefunded
    );
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn the_payment_of_an_order_is_made_captured_and_voided_by_its_checkout_only() {
    let world = TestWorld::new().await;
    let running = world.start_alone().await;
    let (mut staff, mut checkout) = (world.clerk(&running), world.checkout(&running));
    let of_order = || CreatePaymentRequest {
        order_id: uuid::Uuid::from_u128(7).to_string(),
        ..manual()
    };
    let payment = made(&mut checkout, of_order()).await;
    for status in [
        staff.create_payment(fresh(of_order())).await.unwrap_err(),
        staff.capture_payment(fresh(capture(&payment.id, 0))).await.unwrap_err(),
        staff.void_payment(void(&payment.id)).await.unwrap_err(),
    ] {
        assert_eq!(status.code(), Code::FailedPrecondition);
        assert_eq!(wire::reason_of(&status).as_deref(), Some("PAYMENT_BELONGS_TO_ORDER"));
    }
    checkout.capture_payment(fresh(capture(&payment.id, 0))).await.unwrap();
    staff.refund_payment(fresh(refund(&payment.id, 0))).await.unwrap();
    // The checkout wants the money back, and it is.
    let nothing = checkout
        .refund_payment(fresh(refund(&payment.id, 0)))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(nothing.refund, None);
    assert_eq!(nothing.payment.unwrap().status(), PaymentStatus::Refunded);
    let other = made(&mut checkout, of_order()).await;
    checkout.void_payment(void(&other.id)).await.unwrap();
}
