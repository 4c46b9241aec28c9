use kernel::{Change, Classify, ErrorKind};
use payment_core::{
    Answer, CaptureMethod, ChangeError, OperationStatus, OrderId, PaymentFields, PaymentId, RefundPayment, Status,
    testing::{Fault, World, checkout, fields, key, staff},
};
use uuid::Uuid;

async fn captured(world: &World, input: PaymentFields) -> PaymentId {
    let made = world.paying.create(&checkout(), input, None).await.unwrap();
    made.into_inner().payment.id
}

async fn refund(world: &World, id: PaymentId, amount: i64, text: &str) -> Result<Change<Answer>, ChangeError> {
    let caller = staff(9);
    let input = RefundPayment {
        id,
        amount_minor: amount,
        reason: "broken".to_owned(),
    };
    let own = (!text.is_empty()).then(|| key(&caller, text, 1));
    world.paying.refund(&caller, input, own).await
}

#[tokio::test]
async fn a_payment_is_refunded_in_parts_until_nothing_is_left() {
    let world = World::new();
    let id = captured(&world, fields(1_000, CaptureMethod::Automatic)).await;
    let part = refund(&world, id, 300, "a").await.unwrap().into_inner();
    let made = part.refund.unwrap();
    assert_eq!((made.amount_minor, made.status), (300, OperationStatus::Succeeded));
    assert_eq!(made.reason, "broken");
    assert_eq!(part.payment.status, Status::PartiallyRefunded);
    let error = refund(&world, id, 701, "b").await.unwrap_err();
    assert_eq!(
        (error.kind(), error.reason()),
        (ErrorKind::WrongState, "REFUND_TOO_LARGE")
    );
    assert_eq!(error.metadata(), [("left_cents".to_owned(), "700".to_owned())]);
    let rest = refund(&world, id, 0, "c").await.unwrap().into_inner();
    assert_eq!(rest.refund.unwrap().amount_minor, 700);
    assert_eq!(rest.payment.status, Status::Refunded);
    assert_eq!(
        refund(&world, id, 0, "d").await.unwrap_err().reason(),
        "NOTHING_TO_REFUND"
    );
    let again = refund(&world, id, 300, "a").await.unwrap();
    assert!(again.is_replayed());
    assert_eq!(again.into_inner().payment, part.payment);
    assert_eq!(world.provider.charges()[0].refunded.minor(), 1_000);
}

#[tokio::test]
async fn a_refund_that_is_refused_gives_back_what_it_reserved() {
    let world = World::new();
    let input = PaymentFields {
        payment_method: "pm_card_refund_refused".to_owned(),
        ..fields(1_000, CaptureMethod::Automatic)
    };
    let id = captured(&world, input).await;
    let error = refund(&world, id, 1_000, "a").await.unwrap_err();
    assert_eq!(
        (error.kind(), error.reason()),
        (ErrorKind::WrongState, "REFUND_REFUSED")
    );
    let facts = error.metadata();
    assert_eq!(facts[0], ("payment_id".to_owned(), id.to_string()));
    let payment = world.paying.get(&staff(9), id).await.unwrap();
    assert_eq!((payment.status, payment.refunded_minor), (Status::Captured, 0));
    assert_eq!(payment.refunds[0].status, OperationStatus::Refused);
    assert_eq!(facts[1], ("refund_id".to_owned(), payment.refunds[0].id.to_string()));
    // The same key says the same, a new one tries anew.
    assert_eq!(refund(&world, id, 1_000, "a").await.unwrap_err().metadata(), facts);
    assert_ne!(refund(&world, id, 1_000, "b").await.unwrap_err().metadata(), facts);
}

#[tokio::test]
async fn a_refund_refused_once_can_be_made_with_a_new_key() {
    let world = World::new();
    let id = captured(&world, fields(1_000, CaptureMethod::Automatic)).await;
    world
        .provider
        .fail([Fault::Refused(payment_core::ports::RefusalReason::RefundRefused)]);
    assert_eq!(refund(&world, id, 0, "a").await.unwrap_err().reason(), "REFUND_REFUSED");
    assert_eq!(
        refund(&world, id, 0, "b").await.unwrap().into_inner().payment.status,
        Status::Refunded
    );
    assert_eq!(refund(&world, id, 0, "a").await.unwrap_err().reason(), "REFUND_REFUSED");
}

#[tokio::test]
async fn what_is_refunded_and_undecided_is_not_there_for_others() {
    let world = World::new();
    let id = captured(&world, fields(1_000, CaptureMethod::Automatic)).await;
    world.provider.fail([Fault::Unanswered]);
    assert_eq!(
        refund(&world, id, 1_000, "a").await.unwrap_err().reason(),
        "PAYMENT_PENDING"
    );
    assert_eq!(
        refund(&world, id, 1, "b").await.unwrap_err().reason(),
        "REFUND_TOO_LARGE"
    );
    for caller in [staff(9), checkout()] {
        let input = RefundPayment {
            id,
            amount_minor: 0,
            reason: String::new(),
        };
        let error = world.paying.refund(&caller, input, None).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.reason()),
            (ErrorKind::Conflict, "PAYMENT_OPERATION_PENDING")
        );
    }
    assert_eq!(
        refund(&world, id, 1_000, "a")
            .await
            .unwrap()
            .into_inner()
            .payment
            .status,
        Status::Refunded
    );
    assert_eq!(world.provider.charges()[0].refunded.minor(), 1_000);
}

#[tokio::test]
async fn nothing_left_is_success_for_the_checkout_and_is_kept() {
    let world = World::new();
    let id = captured(&world, fields(1_000, CaptureMethod::Automatic)).await;
    refund(&world, id, 0, "a").await.unwrap();
    let input = RefundPayment {
        id,
        amount_minor: 0,
        reason: String::new(),
    };
    let caller = checkout();
    let own = || Some(key(&caller, "order:1:release", 1));
    let first = world.paying.refund(&caller, input.clone(), own()).await.unwrap();
    assert!(!first.is_replayed());
    assert_eq!(first.into_inner().refund, None);
    assert!(world.paying.refund(&caller, input, own()).await.unwrap().is_replayed());
    assert_eq!(world.provider.charges()[0].refunded.minor(), 1_000);
}

#[tokio::test]
async fn only_its_checkout_captures_and_voids_the_payment_of_an_order() {
    let world = World::new();
    let input = PaymentFields {
        order_id: Some(OrderId::new(Uuid::from_u128(5))),
        ..fields(1_000, CaptureMethod::Manual)
    };
    let id = captured(&world, input).await;
    let capture = payment_core::CapturePayment { id, amount_minor: 0 };
    let error = world.paying.capture(&staff(9), capture, None).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.reason()),
        (ErrorKind::WrongState, "PAYMENT_BELONGS_TO_ORDER")
    );
    let error = world.paying.void(&staff(9), id, None).await.unwrap_err();
    assert_eq!(error.reason(), "PAYMENT_BELONGS_TO_ORDER");
    world.paying.capture(&checkout(), capture, None).await.unwrap();
    assert_eq!(
        refund(&world, id, 0, "a").await.unwrap().into_inner().payment.status,
        Status::Refunded
    );
}

#[tokio::test]
async fn voiding_again_succeeds_and_asks_nobody() {
    let world = World::new();
    let id = captured(&world, fields(1_000, CaptureMethod::Manual)).await;
    let caller = staff(9);
    let own = || Some(key(&caller, "v", 1));
    assert!(!world.paying.void(&caller, id, own()).await.unwrap().is_replayed());
    let asked = world.provider.asked().len();
    assert!(world.paying.void(&caller, id, own()).await.unwrap().is_replayed());
    let again = world.paying.void(&caller, id, None).await.unwrap();
    assert_eq!(again.into_inner().payment.status, Status::Voided);
    assert_eq!(world.provider.asked().len(), asked);
    let capture = payment_core::CapturePayment { id, amount_minor: 0 };
    let error = world.paying.capture(&caller, capture, None).await.unwrap_err();
    assert_eq!(error.reason(), "PAYMENT_VOIDED");
}

#[tokio::test]
async fn a_refusal_is_kept_under_its_key_and_what_may_pass_is_not() {
    let world = World::new();
    let id = captured(&world, fields(1_000, CaptureMethod::Manual)).await;
    assert_eq!(
        refund(&world, id, 1, "a").await.unwrap_err().reason(),
        "PAYMENT_NOT_CAPTURED"
    );
    world.provider.fail([Fault::Unasked]);
    let capture = payment_core::CapturePayment { id, amount_minor: 0 };
    world.paying.capture(&staff(9), capture, None).await.unwrap_err();
    assert_eq!(
        refund(&world, id, 1, "b").await.unwrap_err().reason(),
        "PAYMENT_OPERATION_PENDING"
    );
    world.paying.resolve(&staff(9), id).await.unwrap();
    refund(&world, id, 1, "b").await.unwrap();
    let replayed = refund(&world, id, 1, "a").await.unwrap_err();
    assert_eq!(replayed.reason(), "PAYMENT_NOT_CAPTURED");
}
