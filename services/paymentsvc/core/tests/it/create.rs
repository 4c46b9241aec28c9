use kernel::{Caller, Change, Classify, ErrorKind};
use payment_core::{
    Answer, CaptureMethod, CreateError, EventKind, OperationKind, PaymentFields, PaymentSnapshot, RunError, Status,
    ports::RefusalReason,
    testing::{Fault, World, checkout, customer, fields, key, user},
};

use CaptureMethod::{Automatic, Manual};

async fn create(world: &World, input: PaymentFields, text: &str, request: u8) -> Result<Change<Answer>, CreateError> {
    let caller = checkout();
    let key = Some(key(&caller, text, request));
    world.paying.create(&caller, input, key).await
}

async fn created(world: &World, input: PaymentFields, text: &str) -> PaymentSnapshot {
    create(world, input, text, 1).await.unwrap().into_inner().payment
}

fn paying_with(card: &str) -> PaymentFields {
    PaymentFields {
        payment_method: card.to_owned(),
        ..fields(1_000, Automatic)
    }
}

fn asked(world: &World) -> Vec<OperationKind> {
    world.provider.asked().into_iter().map(|(kind, _)| kind).collect()
}

#[tokio::test]
async fn a_manual_payment_is_authorized_and_an_automatic_one_captured() {
    let world = World::new();
    let manual = created(&world, fields(1_000, Manual), "a").await;
    assert_eq!(
        (manual.status, manual.authorized_minor, manual.captured_minor),
        (Status::RequiresCapture, 1_000, 0)
    );
    let automatic = created(&world, fields(700, Automatic), "b").await;
    assert_eq!((automatic.status, automatic.captured_minor), (Status::Captured, 700));
    let events: Vec<_> = world.payments.events().into_iter().map(|event| event.kind).collect();
    assert_eq!(
        events,
        [EventKind::Authorized, EventKind::Authorized, EventKind::Captured]
    );
    assert_eq!(world.payments.events()[0].actor, "service:ordersvc");
    assert_eq!(
        asked(&world),
        [
            OperationKind::Authorize,
            OperationKind::Authorize,
            OperationKind::Capture
        ]
    );
}

#[tokio::test]
async fn the_same_key_is_answered_the_same_and_charges_nothing() {
    let world = World::new();
    let first = created(&world, fields(1_000, Automatic), "a").await;
    let refund = payment_core::RefundPayment {
        id: first.id,
        amount_minor: 0,
        reason: String::new(),
    };
    world.paying.refund(&checkout(), refund, None).await.unwrap();
    let again = create(&world, fields(1_000, Automatic), "a", 1).await.unwrap();
    assert!(again.is_replayed());
    assert_eq!(again.into_inner().payment, first, "as it was answered");
    assert_eq!(world.provider.charges().len(), 1);
}

#[tokio::test]
async fn after_its_answer_is_forgotten_a_key_still_charges_nothing() {
    let world = World::new();
    let first = created(&world, fields(1_000, Automatic), "a").await;
    let declined = create(&world, paying_with("pm_card_declined"), "b", 1)
        .await
        .unwrap_err();
    world.payments.forget_answers();
    let again = create(&world, fields(1_000, Automatic), "a", 1).await.unwrap();
    assert!(again.is_replayed());
    assert_eq!(again.into_inner().payment.id, first.id);
    let still = create(&world, paying_with("pm_card_declined"), "b", 1)
        .await
        .unwrap_err();
    assert_eq!(
        (still.reason(), still.metadata()),
        (declined.reason(), declined.metadata())
    );
    let reused = create(&world, fields(1_000, Automatic), "a", 2).await.unwrap_err();
    assert_eq!(reused.reason(), "IDEMPOTENCY_KEY_REUSED");
    assert_eq!(world.provider.charges().len(), 2);
}

#[tokio::test]
async fn a_key_with_another_request_is_refused() {
    let world = World::new();
    created(&world, fields(1_000, Automatic), "a").await;
    let error = create(&world, fields(2_000, Automatic), "a", 2).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.reason()),
        (ErrorKind::WrongState, "IDEMPOTENCY_KEY_REUSED")
    );
    let other = customer(3);
    let own = Some(key(&other, "a", 2));
    world
        .paying
        .create(&other, fields(2_000, Automatic), own)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_decline_is_told_again_and_leaves_a_payment() {
    let world = World::new();
    let cards = [
        ("pm_card_declined", "CARD_DECLINED"),
        ("pm_card_insufficient_funds", "INSUFFICIENT_FUNDS"),
        ("pm_card_expired", "EXPIRED_CARD"),
        ("pm_card_incorrect_cvc", "INCORRECT_CVC"),
        ("pm_card_processing_error", "PROCESSING_ERROR"),
    ];
    for (card, reason) in cards {
        let first = create(&world, paying_with(card), card, 1).await.unwrap_err();
        assert_eq!((first.kind(), first.reason()), (ErrorKind::WrongState, reason));
        assert!(matches!(first, CreateError::Run(RunError::Refused(_))));
        let again = create(&world, paying_with(card), card, 1).await.unwrap_err();
        assert!(matches!(again, CreateError::Run(RunError::Replayed(_))));
        assert_eq!((again.reason(), again.metadata()), (first.reason(), first.metadata()));
        let (name, id) = first.metadata().remove(0);
        assert_eq!(name, "payment_id");
        let kept = world.paying.get(&checkout(), id.parse().unwrap()).await.unwrap();
        assert_eq!((kept.status, kept.authorized_minor), (Status::Declined, 0));
        assert_eq!(kept.failure.map(RefusalReason::as_str), Some(reason));
    }
    assert!(world.payments.transfers().is_empty());
}

#[tokio::test]
async fn a_lost_answer_is_pending_and_the_key_tells_it_later() {
    let world = World::new();
    let pending = create(&world, paying_with("pm_card_lost_reply"), "a", 1)
        .await
        .unwrap_err();
    assert_eq!(
        (pending.kind(), pending.reason()),
        (ErrorKind::Unavailable, "PAYMENT_PENDING")
    );
    assert!(pending.retry_after().is_some());
    let (_, id) = pending.metadata().remove(0);
    let kept = world.paying.get(&checkout(), id.parse().unwrap()).await.unwrap();
    assert_eq!(
        (kept.status, kept.pending),
        (Status::Processing, Some(OperationKind::Authorize))
    );
    let paid = created(&world, paying_with("pm_card_lost_reply"), "a").await;
    assert_eq!((paid.id.to_string(), paid.status), (id, Status::Captured));
    let charges = world.provider.charges();
    assert_eq!((charges.len(), charges[0].captured.minor()), (1, 1_000));
}

#[tokio::test]
async fn an_automatic_capture_that_is_refused_for_good_holds_nothing() {
    let world = World::new();
    let error = create(&world, paying_with("pm_card_capture_refused"), "a", 1)
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.reason()),
        (ErrorKind::WrongState, "CAPTURE_REFUSED")
    );
    let (_, id) = error.metadata().remove(0);
    let kept = world.paying.get(&checkout(), id.parse().unwrap()).await.unwrap();
    assert_eq!(
        (kept.status, kept.failure),
        (Status::Voided, Some(RefusalReason::CaptureRefused))
    );
    assert!(world.provider.charges()[0].voided);
    let again = create(&world, paying_with("pm_card_capture_refused"), "a", 1)
        .await
        .unwrap_err();
    assert_eq!(again.reason(), "CAPTURE_REFUSED");
}

#[tokio::test]
async fn a_card_pays_only_for_its_maker() {
    let world = World::new();
    let method = world
        .paying
        .tokenize(&customer(1), &payment_core::testing::card("4242424242424242"))
        .await
        .unwrap();
    let own = created(&world, paying_with(&method.token), "a").await;
    assert_eq!((own.card.last4.as_str(), own.status), ("4242", Status::Captured));
    for (customer, token) in [
        (2, method.token.as_str()),
        (1, "pm_nothing"),
        (1, &method.provider_token),
    ] {
        let input = PaymentFields {
            customer_id: user(customer),
            ..paying_with(token)
        };
        let error = create(&world, input, "b", 1).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.reason()),
            (ErrorKind::NotFound, "PAYMENT_METHOD_NOT_FOUND")
        );
    }
    assert_eq!(world.provider.charges().len(), 1);
}

#[tokio::test]
async fn what_is_wrong_leaves_nothing_behind() {
    let world = World::new();
    let input = PaymentFields {
        currency_code: "XXX".to_owned(),
        ..fields(-1, Manual)
    };
    let error = create(&world, input, "a", 1).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(error.violations().len(), 2);
    created(&world, fields(1, Manual), "a").await;
}

#[tokio::test]
async fn everybody_sees_their_own_payments_and_staff_all() {
    let world = World::new();
    let payment = created(&world, fields(1_000, Manual), "a").await;
    for (caller, sees) in [
        (customer(1), true),
        (customer(2), false),
        (checkout(), true),
        (Caller::Anonymous, false),
    ] {
        let found = world.paying.get(&caller, payment.id).await;
        assert_eq!(found.is_ok(), sees, "{caller}");
        if let Err(error) = found {
            assert_eq!(error.reason(), "PAYMENT_NOT_FOUND");
        }
    }
}

#[tokio::test]
async fn while_a_call_is_worked_on_its_key_is_in_flight() {
    let world = World::new();
    world.provider.fail([Fault::Unasked]);
    world.provider.set_open(false);
    let paying = world.paying.clone();
    let caller = checkout();
    let own = Some(key(&caller, "a", 1));
    let first = tokio::spawn(async move { paying.create(&caller, fields(1_000, Automatic), own).await });
    while world.provider.asked().is_empty() {
        tokio::task::yield_now().await;
    }
    let error = create(&world, fields(1_000, Automatic), "a", 1).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.reason()),
        (ErrorKind::Conflict, "IDEMPOTENCY_KEY_IN_FLIGHT")
    );
    assert!(error.retry_after().is_some());
    world.provider.set_open(true);
    assert_eq!(first.await.unwrap().unwrap_err().reason(), "PAYMENT_PENDING");
    assert_eq!(
        created(&world, fields(1_000, Automatic), "a").await.status,
        Status::Captured
    );
    assert_eq!(world.provider.charges().len(), 1);
}
