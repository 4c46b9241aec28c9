use kernel::{Classify, Currency, Kept, Money, Refusal};

use super::{
    Ports, ask, at, authorized, begun, begun_by, clerk, done, found, insert, kept, long_ago, manual, operation_id,
    payment_id, settle, some_key,
};
use crate::{
    Answer, Ask, NotPossible, OrderId, PaymentFields,
    ports::{Call, CallError, RecordError},
    testing::{customer, key},
};

/// All of it comes back.
pub async fn a_payment_is_found_as_it_was_inserted(ports: &Ports) {
    assert_eq!(ports.payments.find(payment_id(1)).await.unwrap(), None);
    let fields = PaymentFields {
        order_id: Some(OrderId::new(payment_id(77).as_uuid())),
        description: "two teas".to_owned(),
        ..manual(1_000)
    };
    let payment = insert(ports, 1, fields).await;
    assert_eq!(found(ports).await, payment);
    let pending = ports.payments.pending(payment_id(1)).await.unwrap();
    assert_eq!(pending.len(), 1);
    assert_eq!(
        (pending[0].id, pending[0].amount),
        (operation_id(1), payment.snapshot().amount)
    );
    assert!(ports.told.of(payment_id(1)).await.is_empty());
}

/// From one fils to the largest there is.
pub async fn amounts_and_currencies_are_kept_exactly(ports: &Ports) {
    let amounts = [(1, "KWD"), (12_345, "JPY"), (i64::MAX, "USD"), (i64::MAX, "IDR")];
    for (number, (amount, code)) in (1..).zip(amounts) {
        let fields = PaymentFields {
            currency_code: code.to_owned(),
            ..manual(amount)
        };
        insert(ports, number, fields).await;
        let currency: Currency = code.parse().unwrap();
        let authorized = settle(ports, number, done()).await.payment;
        let capture = authorized.capture(0, ask(100 + number, None)).unwrap();
        ports.payments.record(&capture, long_ago()).await.unwrap();
        let captured = settle(ports, 100 + number, done()).await.payment;
        assert_eq!(captured.snapshot().amount, Money::new(amount, currency));
        assert_eq!(captured.snapshot().captured_minor, amount);
        let again = ports.payments.find(payment_id(number)).await.unwrap().unwrap();
        assert_eq!(again, captured);
    }
}

/// The second one is not kept, nor is anything of it.
pub async fn a_key_keeps_one_payment(ports: &Ports) {
    let (first, operation) = begun(1, manual(1_000), some_key("k"));
    ports.payments.insert(&first, &operation, long_ago()).await.unwrap();
    let (second, operation) = begun(2, manual(1_000), some_key("k"));
    let refused = ports.payments.insert(&second, &operation, long_ago()).await;
    assert!(matches!(refused, Err(RecordError::KeyTaken)), "{refused:?}");
    assert_eq!(ports.payments.find(payment_id(2)).await.unwrap(), None);
    assert!(ports.payments.pending(payment_id(2)).await.unwrap().is_empty());
}

/// One wins, the others are told.
pub async fn parallel_inserts_with_one_key_keep_one_payment(ports: &Ports) {
    let inserts = (1..=16).map(|number| {
        let ports = ports.clone();
        tokio::spawn(async move {
            let (payment, operation) = begun(number, manual(1_000), some_key("k"));
            ports.payments.insert(&payment, &operation, long_ago()).await
        })
    });
    let mut kept = 0;
    for insert in inserts.collect::<Vec<_>>() {
        match insert.await.unwrap() {
            Ok(()) => kept += 1,
            Err(RecordError::KeyTaken) => {}
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!(kept, 1);
}

/// Undecided first, then as it was answered, also when the payment goes on.
pub async fn a_call_meets_what_its_key_recorded(ports: &Ports) {
    let key = key(&clerk(), "k", 1);
    assert_eq!(ports.payments.find_call(&key).await.unwrap(), None);
    let (payment, operation) = begun(1, manual(1_000), some_key("k"));
    ports.payments.insert(&payment, &operation, long_ago()).await.unwrap();
    match ports.payments.find_call(&key).await.unwrap() {
        Some(Call::Recorded(work)) => assert_eq!((work.operation, work.payment), (operation, payment)),
        other => panic!("{other:?}"),
    }
    let settled = settle(ports, 1, done()).await;
    let answered = Kept::Answer(Answer {
        payment: settled.payment.snapshot().clone(),
        refund: None,
    });
    assert_eq!(settled.answer, Some(answered.clone()));
    let capture = settled.payment.capture(0, ask(2, None)).unwrap();
    ports.payments.record(&capture, long_ago()).await.unwrap();
    settle(ports, 2, done()).await;
    assert_eq!(kept(ports, &key).await, answered);
}

/// While it is undecided and after.
pub async fn a_key_used_with_another_request_is_told(ports: &Ports) {
    let (payment, operation) = begun(1, manual(1_000), some_key("k"));
    ports.payments.insert(&payment, &operation, long_ago()).await.unwrap();
    let other = key(&clerk(), "k", 2);
    let met = ports.payments.find_call(&other).await;
    assert!(matches!(met, Err(CallError::KeyReused(_))), "{met:?}");
    settle(ports, 1, done()).await;
    let met = ports.payments.find_call(&other).await;
    assert!(matches!(met, Err(CallError::KeyReused(_))), "{met:?}");
}

/// Each has its own.
pub async fn keys_of_different_callers_never_meet(ports: &Ports) {
    let (payment, operation) = begun(1, manual(1_000), some_key("k"));
    ports.payments.insert(&payment, &operation, long_ago()).await.unwrap();
    let other = key(&customer(3), "k", 2);
    assert_eq!(ports.payments.find_call(&other).await.unwrap(), None);
    let ask = Ask::new(operation_id(2), customer(3), Some(other), at(2));
    let (payment, operation) = begun_by(ask, 2, manual(1_000));
    ports.payments.insert(&payment, &operation, long_ago()).await.unwrap();
}

/// The first one stays, and an operation is not overruled.
pub async fn an_answer_without_an_operation_is_kept_once(ports: &Ports) {
    let refusal = |error: NotPossible| Kept::Refusal(Refusal::of(&error).unwrap());
    let own = key(&clerk(), "k", 1);
    let first = refusal(NotPossible::RefundTooLarge { left_minor: 7 });
    assert!(ports.payments.keep(&own, &first).await.unwrap());
    assert!(!ports.payments.keep(&own, &refusal(NotPossible::Voided)).await.unwrap());
    match kept(ports, &own).await {
        Kept::Refusal(kept) => {
            assert_eq!(kept.reason, "REFUND_TOO_LARGE");
            assert_eq!(kept.metadata(), [("left_cents".to_owned(), "7".to_owned())]);
        }
        other => panic!("{other:?}"),
    }
    let (payment, operation) = begun(1, manual(1_000), some_key("other"));
    ports.payments.insert(&payment, &operation, long_ago()).await.unwrap();
    let taken = key(&clerk(), "other", 1);
    assert!(!ports.payments.keep(&taken, &first).await.unwrap());
    let answer = Kept::Answer(Answer {
        payment: payment.snapshot().clone(),
        refund: None,
    });
    let third = key(&clerk(), "third", 1);
    assert!(ports.payments.keep(&third, &answer).await.unwrap());
    assert_eq!(kept(ports, &third).await, answer);
}

/// Whoever decided first is right.
pub async fn an_operation_is_not_recorded_under_a_key_that_has_an_answer(ports: &Ports) {
    let payment = authorized(ports).await;
    let own = key(&clerk(), "k", 1);
    let refusal = Kept::Refusal(Refusal::of(&NotPossible::Voided).unwrap());
    assert!(ports.payments.keep(&own, &refusal).await.unwrap());
    let capture = payment.capture(0, ask(2, Some(own))).unwrap();
    let refused = ports.payments.record(&capture, at(9)).await;
    assert!(matches!(refused, Err(RecordError::KeyTaken)), "{refused:?}");
    assert_eq!(found(ports).await, payment);
    assert!(ports.payments.pending(payment_id(1)).await.unwrap().is_empty());
}
