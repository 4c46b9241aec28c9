use kernel::Kept;

use super::{
    Ports, ask, at, authorized, begun, captured, clerk, dollars, done, found, kept, long_ago, manual, operation_id,
    payment_id, settle, settling, some_key,
};
use crate::{
    CaptureMethod, Movement, OperationKind, OperationStatus, Payment, Status, Transfer,
    ports::{Call, Outcome, PaymentCursor, RecordError, RefusalReason, TransferCursor, Work},
    testing::{fields, key},
};

async fn ledger(ports: &Ports) -> Vec<Transfer> {
    let size = kernel::PageSize::try_from(100).unwrap();
    let page = ports.payments.list_transfers(Some(payment_id(1)), None, size).await;
    let mut transfers = page.unwrap().items;
    transfers.sort_by_key(|transfer| std::cmp::Reverse(TransferCursor::of(transfer)));
    transfers.reverse();
    transfers
}

async fn movements(ports: &Ports) -> Vec<(Movement, i64)> {
    let booked = ledger(ports).await;
    booked
        .iter()
        .map(|transfer| (transfer.movement, transfer.amount.minor()))
        .collect()
}

async fn told(ports: &Ports) -> Vec<String> {
    let events = ports.told.of(payment_id(1)).await;
    assert!(events.is_sorted_by(|a, b| a.1 < b.1), "{events:?}");
    events.into_iter().map(|(name, _)| name).collect()
}

async fn automatic(ports: &Ports) -> Payment {
    let (payment, operation) = begun(1, fields(1_000, CaptureMethod::Automatic), some_key("k"));
    ports.payments.insert(&payment, &operation, long_ago()).await.unwrap();
    payment
}

/// Payment, operation, ledger and event.
pub async fn a_settled_operation_is_kept_with_everything_that_comes_of_it(ports: &Ports) {
    let payment = authorized(ports).await;
    assert_eq!(found(ports).await, payment);
    assert_eq!(payment.snapshot().status, Status::RequiresCapture);
    assert_eq!(payment.charge().unwrap().as_str(), "ch_1");
    assert!(ports.payments.pending(payment_id(1)).await.unwrap().is_empty());
    assert_eq!(movements(ports).await, [(Movement::Hold, 1_000)]);
    assert_eq!(told(ports).await, ["payment.authorized"]);

    let capture = payment.capture(700, ask(2, None)).unwrap();
    ports.payments.record(&capture, long_ago()).await.unwrap();
    let noted = found(ports).await;
    assert_eq!(noted.snapshot().pending, Some(OperationKind::Capture));
    assert_eq!(noted.snapshot().version, payment.snapshot().version + 1);
    let payment = settle(ports, 2, done()).await.payment;
    assert_eq!(found(ports).await, payment);
    let booked = [
        (Movement::Hold, 1_000),
        (Movement::Release, 1_000),
        (Movement::Capture, 700),
    ];
    assert_eq!(movements(ports).await, booked);
    assert_eq!(told(ports).await, ["payment.authorized", "payment.captured"]);

    let refund = payment.refund(0, "broken".to_owned(), ask(3, None)).unwrap().unwrap();
    ports.payments.record(&refund, long_ago()).await.unwrap();
    let payment = settle(ports, 3, done()).await.payment;
    assert_eq!(found(ports).await, payment);
    assert_eq!(payment.snapshot().status, Status::Refunded);
    let kept = &payment.snapshot().refunds[0];
    assert_eq!((kept.amount_minor, kept.status), (700, OperationStatus::Succeeded));
    assert_eq!((kept.reason.as_str(), kept.created_at), ("broken", at(3)));
    assert_eq!(told(ports).await.last().unwrap(), "payment.refunded");
    let last = *ledger(ports).await.last().unwrap();
    assert_eq!(
        (last.movement, last.amount, last.operation_id),
        (Movement::Refund, dollars(700), operation_id(3))
    );
}

/// Whatever the second outcome says.
pub async fn settling_again_changes_nothing(ports: &Ports) {
    let payment = authorized(ports).await;
    let other = Outcome::Refused(RefusalReason::CardDeclined);
    for outcome in [done(), other] {
        let settled = settle(ports, 1, outcome).await;
        assert_eq!(settled.payment, payment);
        assert_eq!(settled.next, None);
    }
    assert_eq!(found(ports).await, payment);
    assert_eq!(movements(ports).await.len(), 1);
    assert_eq!(told(ports).await.len(), 1);
}

/// One of them.
pub async fn parallel_settlings_settle_once(ports: &Ports) {
    automatic(ports).await;
    let settlings = (0..8).map(|_| {
        let ports = ports.clone();
        tokio::spawn(async move { settle(&ports, 1, done()).await })
    });
    let mut followed = 0;
    for settled in settlings.collect::<Vec<_>>() {
        followed += usize::from(settled.await.unwrap().next.is_some());
    }
    assert_eq!(followed, 1);
    assert_eq!(movements(ports).await, [(Movement::Hold, 1_000)]);
    assert_eq!(told(ports).await, ["payment.authorized"]);
    assert_eq!(ports.payments.pending(payment_id(1)).await.unwrap().len(), 1);
}

/// Nothing moved, and the call is told so again.
pub async fn a_refused_card_is_kept_and_met_as_a_refusal(ports: &Ports) {
    automatic(ports).await;
    let settled = settle(ports, 1, Outcome::Refused(RefusalReason::InsufficientFunds)).await;
    let state = found(ports).await.into_snapshot();
    assert_eq!(state.status, Status::Declined);
    assert_eq!(state.failure, Some(RefusalReason::InsufficientFunds));
    assert!(movements(ports).await.is_empty());
    assert_eq!(told(ports).await, ["payment.declined"]);
    match settled.answer.unwrap() {
        Kept::Refusal(refusal) => {
            assert_eq!(refusal.reason, "INSUFFICIENT_FUNDS");
            assert_eq!(refusal.metadata, [("payment_id".to_owned(), payment_id(1).to_string())]);
            let met = kept(ports, &key(&clerk(), "k", 1)).await;
            assert_eq!(met, Kept::Refusal(refusal));
        }
        other => panic!("{other:?}"),
    }
}

/// Two refunds, of which one is settled by a payment as it was before the other; and once more when all is over.
pub async fn what_was_seen_decides_nothing_when_it_is_old(ports: &Ports) {
    let payment = captured(ports, 1_000).await;
    let refund = |number, amount| {
        payment
            .refund(amount, String::new(), ask(number, None))
            .unwrap()
            .unwrap()
    };
    let (mut seen, [first, second]) = (payment.clone(), [refund(3, 100), refund(4, 200)]);
    ports.payments.record(&first, long_ago()).await.unwrap();
    seen.note(&first);
    let seen = Work {
        operation: first,
        payment: seen,
    };
    assert_eq!(found(ports).await, seen.payment);
    ports.payments.record(&second, long_ago()).await.unwrap();
    settle(ports, 4, done()).await;

    let settled = ports
        .payments
        .settle(&settling(3, done()), Some(&seen), long_ago())
        .await;
    let payment = settled.unwrap().payment;
    assert_eq!(payment.snapshot().refunded_minor, 300);
    assert_eq!(found(ports).await, payment);
    let refused = settling(3, Outcome::Refused(RefusalReason::RefundRefused));
    let again = ports.payments.settle(&refused, Some(&seen), long_ago()).await.unwrap();
    assert_eq!(again.payment, payment);
    assert_eq!(found(ports).await, payment);
}

/// What is read and what was seen come to the same.
pub async fn a_settlement_by_what_was_seen_is_kept_whole(ports: &Ports) {
    let (mut payment, operation) = begun(1, manual(1_000), some_key("k"));
    ports.payments.insert(&payment, &operation, long_ago()).await.unwrap();
    let work = Work {
        operation,
        payment: payment.clone(),
    };
    let settled = ports
        .payments
        .settle(&settling(1, done()), Some(&work), long_ago())
        .await;
    payment = settled.unwrap().payment;
    assert_eq!(payment.snapshot().status, Status::RequiresCapture);
    assert_eq!(found(ports).await, payment);
    let operation = payment.capture(1_000, ask(2, None)).unwrap();
    ports.payments.record(&operation, long_ago()).await.unwrap();
    payment.note(&operation);
    let work = Work { operation, payment };
    let settled = ports
        .payments
        .settle(&settling(2, done()), Some(&work), long_ago())
        .await;
    assert_eq!(found(ports).await, settled.unwrap().payment);
    let booked = [
        (Movement::Hold, 1_000),
        (Movement::Release, 1_000),
        (Movement::Capture, 1_000),
    ];
    assert_eq!(movements(ports).await, booked);
    assert_eq!(told(ports).await, ["payment.authorized", "payment.captured"]);
}

/// The call is answered when the capture is.
pub async fn an_automatic_capture_takes_over_the_key(ports: &Ports) {
    automatic(ports).await;
    let settled = settle(ports, 1, done()).await;
    assert_eq!(settled.answer, None);
    let next = settled.next.unwrap();
    assert_eq!((next.kind, next.amount), (OperationKind::Capture, dollars(1_000)));
    let own = key(&clerk(), "k", 1);
    match ports.payments.find_call(&own).await.unwrap() {
        Some(Call::Recorded(work)) => assert_eq!((work.operation, work.payment), (next.clone(), settled.payment)),
        other => panic!("{other:?}"),
    }
    let mut capture = settling(2, done());
    capture.operation_id = next.id;
    let settled = ports.payments.settle(&capture, None, long_ago()).await.unwrap();
    assert_eq!(settled.payment.snapshot().status, Status::Captured);
    let answer = settled.answer.unwrap();
    assert_eq!(kept(ports, &own).await, answer);
}

/// Nobody waits for the release.
pub async fn a_refused_automatic_capture_is_answered_and_released(ports: &Ports) {
    automatic(ports).await;
    let capture = settle(ports, 1, done()).await.next.unwrap();
    let mut refused = settling(2, Outcome::Refused(RefusalReason::CaptureRefused));
    refused.operation_id = capture.id;
    let settled = ports.payments.settle(&refused, None, long_ago()).await.unwrap();
    assert!(matches!(settled.answer, Some(Kept::Refusal(_))));
    let void = settled.next.unwrap();
    assert_eq!((void.kind, void.key.is_none()), (OperationKind::Void, true));
    let mut released = settling(3, done());
    released.operation_id = void.id;
    let payment = ports
        .payments
        .settle(&released, None, long_ago())
        .await
        .unwrap()
        .payment;
    assert_eq!(payment.snapshot().status, Status::Voided);
    assert_eq!(payment.snapshot().failure, Some(RefusalReason::CaptureRefused));
    assert_eq!(found(ports).await, payment);
    assert_eq!(
        movements(ports).await,
        [(Movement::Hold, 1_000), (Movement::Release, 1_000)]
    );
}

/// And it can be refunded anew.
pub async fn a_refused_refund_gives_back_what_it_reserved(ports: &Ports) {
    let payment = captured(ports, 1_000).await;
    let refund = payment.refund(1_000, String::new(), ask(3, None)).unwrap().unwrap();
    ports.payments.record(&refund, long_ago()).await.unwrap();
    let more = payment.refund(1, String::new(), ask(4, None)).unwrap().unwrap();
    let refused = ports.payments.record(&more, long_ago()).await;
    assert!(matches!(refused, Err(RecordError::NotAdmitted)), "{refused:?}");
    let payment = settle(ports, 3, Outcome::Refused(RefusalReason::RefundRefused))
        .await
        .payment;
    assert_eq!(payment.snapshot().status, Status::Captured);
    assert_eq!(payment.snapshot().refunds[0].status, OperationStatus::Refused);
    assert_eq!(
        payment.snapshot().refunds[0].failure,
        Some(RefusalReason::RefundRefused)
    );
    assert_eq!(found(ports).await, payment);
    ports.payments.record(&more, long_ago()).await.unwrap();
    assert_eq!(settle(ports, 4, done()).await.payment.snapshot().refunded_minor, 1);
}

/// A capture of what is not authorized, a refund of what is not captured, of no payment at all.
pub async fn what_is_not_admitted_is_not_recorded_and_leaves_no_key(ports: &Ports) {
    let payment = authorized(ports).await;
    let own = key(&clerk(), "k", 1);
    let mut capture = payment.capture(0, ask(2, Some(own.clone()))).unwrap();
    capture.amount = dollars(1_001);
    let mut refund = capture.clone();
    refund.kind = OperationKind::Refund;
    let mut nowhere = capture.clone();
    nowhere.payment_id = payment_id(2);
    for operation in [&capture, &refund, &nowhere] {
        let refused = ports.payments.record(operation, long_ago()).await;
        assert!(matches!(refused, Err(RecordError::NotAdmitted)), "{refused:?}");
    }
    assert_eq!(found(ports).await, payment);
    assert_eq!(ports.payments.find_call(&own).await.unwrap(), None);
    capture.amount = dollars(1_000);
    ports.payments.record(&capture, long_ago()).await.unwrap();
}

/// 60 at once, of which 10 fit.
pub async fn parallel_refunds_never_reserve_more_than_was_captured(ports: &Ports) {
    let payment = captured(ports, 10).await;
    let refunds = (10..70).map(|number| {
        let (ports, payment) = (ports.clone(), payment.clone());
        tokio::spawn(async move {
            let refund = payment.refund(1, String::new(), ask(number, None)).unwrap().unwrap();
            let recorded = ports.payments.record(&refund, long_ago()).await;
            if recorded.is_ok() {
                settle(&ports, number, done()).await;
            }
            recorded
        })
    });
    let mut recorded = 0;
    for refund in refunds.collect::<Vec<_>>() {
        match refund.await.unwrap() {
            Ok(()) => recorded += 1,
            Err(RecordError::NotAdmitted) => {}
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!(recorded, 10);
    let state = found(ports).await.into_snapshot();
    assert_eq!((state.refunded_minor, state.status), (10, Status::Refunded));
    let refunded: i64 = ledger(ports)
        .await
        .iter()
        .filter(|transfer| transfer.movement == Movement::Refund)
        .map(|transfer| transfer.amount.minor())
        .sum();
    assert_eq!(refunded, 10);
}

/// Never both.
pub async fn of_a_capture_and_a_void_at_the_same_time_one_is_recorded(ports: &Ports) {
    let payment = authorized(ports).await;
    let asked = (10..18).map(|number| {
        let (ports, payment) = (ports.clone(), payment.clone());
        tokio::spawn(async move {
            let operation = if number % 2 == 0 {
                payment.capture(0, ask(number, None)).unwrap()
            } else {
                payment.void(ask(number, None)).unwrap().unwrap()
            };
            ports.payments.record(&operation, long_ago()).await.is_ok()
        })
    });
    let mut recorded = 0;
    for asked in asked.collect::<Vec<_>>() {
        recorded += usize::from(asked.await.unwrap());
    }
    assert_eq!(recorded, 1);
    assert_eq!(ports.payments.pending(payment_id(1)).await.unwrap().len(), 1);
    assert!(PaymentCursor::of(found(ports).await.snapshot()).id == payment_id(1));
}
