//! Every check can fail: books in which one thing is wrong are found out, and clean ones are not.

mod clean;

use std::collections::BTreeSet;

use uuid::Uuid;

use super::judge;
use crate::{
    Kind,
    books::{Books, Charge, Operation, Order, OrderEvent, Payment},
    client_log::{Answer, Asked, Attempt, MARKER},
    words::{ChargeStatus, CheckoutState, EventKind, OperationKind, OperationStatus, PaymentStatus, Status},
};

fn found(books: &Books) -> BTreeSet<Kind> {
    judge(books).into_iter().map(|violation| violation.kind).collect()
}

#[test]
fn nothing_is_wrong_with_clean_books() {
    assert_eq!(judge(&clean::books()), []);
}

#[test]
fn without_a_client_log_only_the_books_are_judged() {
    let mut books = clean::books();
    books.attempts = None;
    assert_eq!(judge(&books), []);
    books.orders.remove(0);
    assert_eq!(found(&books), [Kind::HistoryDisagreesWithOrder].into());
}

/// What is done to clean books, and what must be found: nothing less, nothing more.
type Seed = (&'static [Kind], fn(&mut Books));

#[test]
fn every_kind_of_violation_is_found() {
    let mut unseeded: BTreeSet<Kind> = Kind::ALL.iter().copied().collect();
    let mut missed = Vec::new();
    for (index, (expected, spoil)) in SEEDS.iter().enumerate() {
        let mut books = clean::books();
        spoil(&mut books);
        let expected: BTreeSet<Kind> = expected.iter().copied().collect();
        if found(&books) != expected {
            missed.push(format!(
                "seed {index}: expected {expected:?}, found {:#?}",
                judge(&books)
            ));
        }
        unseeded.retain(|kind| !expected.contains(kind));
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
    assert_eq!(unseeded, BTreeSet::new(), "kinds that no seed brings out");
}

fn order<'a>(books: &'a mut Books, name: &str) -> &'a mut Order {
    let found = books.orders.iter_mut().find(|order| order.external_reference == name);
    found.unwrap()
}

fn event<'a>(books: &'a mut Books, name: &str, index: usize) -> &'a mut OrderEvent {
    let mut of_order = books
        .order_events
        .iter_mut()
        .filter(|event| event.state.external_reference == name);
    of_order.nth(index).unwrap()
}

/// The payment that the order's checkout names.
fn payment<'a>(books: &'a mut Books, name: &str) -> &'a mut Payment {
    let id = order(books, name).payment_id.unwrap();
    books.payments.iter_mut().find(|payment| payment.id == id).unwrap()
}

fn charge<'a>(books: &'a mut Books, name: &str) -> &'a mut Charge {
    let reference = payment(books, name).id.to_string();
    let found = books.charges.iter_mut().find(|charge| charge.reference == reference);
    found.unwrap()
}

fn operation<'a>(books: &'a mut Books, name: &str, kind: OperationKind) -> &'a mut Operation {
    let id = payment(books, name).id;
    let mut of_payment = books.operations.iter_mut().filter(|operation| operation.payment == id);
    of_payment.find(|operation| operation.kind == kind).unwrap()
}

fn attempt(books: &mut Books, wanted: impl Fn(&Attempt) -> bool) -> &mut Attempt {
    let attempts = books.attempts.as_mut().unwrap();
    attempts.iter_mut().rfind(|attempt| wanted(attempt)).unwrap()
}

/// The last acknowledged attempt to create this order.
fn created<'a>(books: &'a mut Books, name: &str) -> &'a mut Attempt {
    attempt(
        books,
        |attempt| matches!(&attempt.asked, Asked::Create { marker, .. } if marker == name),
    )
}

/// The last acknowledged attempt to pay for this order.
fn paid<'a>(books: &'a mut Books, name: &str) -> &'a mut Attempt {
    let id = order(books, name).id;
    attempt(
        books,
        |attempt| matches!(&attempt.asked, Asked::Checkout { order, .. } if *order == id),
    )
}

fn told(attempt: &mut Attempt) -> &mut crate::client_log::OrderState {
    match &mut attempt.answer {
        Answer::Order(state) => state,
        other => panic!("{other:?}"),
    }
}

const OTHER: Uuid = Uuid::from_u128(0xffff);

const SEEDS: &[Seed] = &[
    (&[Kind::AcknowledgedOrderMissing], |books| {
        let id = order(books, "pending").id;
        books.orders.retain(|order| order.id != id);
        books.order_events.retain(|event| event.order != id);
    }),
    (&[Kind::AcknowledgedStateMissing], |books| {
        for attempt in books.attempts.as_mut().unwrap() {
            if let (
                Asked::Move {
                    to: Status::Shipped, ..
                },
                Answer::Order(told),
            ) = (&attempt.asked, &mut attempt.answer)
            {
                told.etag = "v99".to_owned();
            }
        }
    }),
    (&[Kind::AcknowledgedStateDiffers, Kind::AnswersDiffer], |books| {
        told(created(books, "free")).total = 1;
    }),
    (
        &[
            Kind::StatusWentBack,
            Kind::AcknowledgedStateDiffers,
            Kind::AnswersDiffer,
        ],
        |books| told(created(books, "pending")).status = Status::Shipped,
    ),
    (&[Kind::AcknowledgedRefundMissing], |books| {
        operation(books, "partly refunded", OperationKind::Refund).reason = "another".to_owned();
    }),
    (&[Kind::RefusalWithoutTrace], |books| {
        let failed = order(books, "failed").id;
        for attempt in books.attempts.as_mut().unwrap() {
            match (&attempt.asked, &mut attempt.answer) {
                (Asked::Checkout { order, .. }, Answer::Refused(refusal)) if *order == failed => {
                    refusal.reason = "INCORRECT_CVC".to_owned();
                }
                _ => {}
            }
        }
    }),
    (&[Kind::UnaskedOrder], |books| {
        order(books, "pending").external_reference = "nobody's".to_owned();
    }),
    (&[Kind::AnswersDiffer], |books| {
        // Answered with how the order went on instead of with what was kept.
        let mut again = paid(books, "delivered").clone();
        *told(&mut again) = event(books, "delivered", 6).state.clone();
        books.attempts.as_mut().unwrap().push(again);
    }),
    (&[Kind::AnswersDiffer, Kind::AttemptUnderTwoKeys], |books| {
        // Refused, then accepted.
        let paid_for = paid(books, "partly refunded").clone();
        let id = order(books, "partly refunded").id;
        let refused = attempt(books, |attempt| {
            matches!(&attempt.asked, Asked::Checkout { order, .. } if *order == id)
                && matches!(attempt.answer, Answer::Refused(_))
        });
        refused.answer = paid_for.answer;
    }),
    (&[Kind::KeyTookEffectTwice], |books| {
        let mut twin = order(books, "pending").clone();
        let mut history = event(books, "pending", 0).clone();
        (twin.id, history.order, history.state.id) = (OTHER, OTHER, OTHER);
        history.id = OTHER;
        books.orders.push(twin);
        books.order_events.push(history);
    }),
    (&[Kind::KeyTookEffectTwice, Kind::IllegalTransition], |books| {
        let again = event(books, "delivered", 1).state.metadata[MARKER].clone();
        event(books, "delivered", 4).kind = EventKind::Updated;
        assert_eq!(event(books, "delivered", 4).state.metadata[MARKER], again);
    }),
    (&[Kind::KeyTookEffectTwice, Kind::AcknowledgedRefundMissing], |books| {
        let id = payment(books, "refunded by staff").id;
        let refunds = books.operations.iter_mut().filter(|operation| operation.payment == id);
        for operation in refunds.filter(|operation| operation.kind == OperationKind::Refund) {
            operation.reason = "refund 200 of refunded by staff".to_owned();
        }
    }),
    (&[Kind::KeyTookEffectTwice], |books| {
        let id = order(books, "failed").id;
        let attempts = books.attempts.as_mut().unwrap();
        attempts.retain(|attempt| !matches!(&attempt.asked, Asked::Checkout { order, .. } if *order == id));
    }),
    (&[Kind::AttemptUnderTwoKeys], |books| {
        let mut other = paid(books, "delivered").clone();
        other.key = Some("another".to_owned());
        books.attempts.as_mut().unwrap().push(other);
    }),
    (&[Kind::VersionsNotGapless], |books| event(books, "free", 1).version = 9),
    (&[Kind::IllegalTransition], |books| {
        event(books, "delivered", 5).kind = EventKind::CheckoutChanged;
    }),
    (&[Kind::IllegalTransition], |books| {
        // Confirmed without a checkout.
        event(books, "free", 1).state.checkout = CheckoutState::Failed;
        event(books, "free", 2).state.checkout = CheckoutState::Failed;
    }),
    (&[Kind::IllegalTransition], |books| {
        event(books, "free", 2).state.attempt = 2
    }),
    (&[Kind::IllegalTransition], |books| {
        event(books, "free", 1).state.archived = true;
        event(books, "free", 2).state.archived = true;
        event(books, "free", 3).state.archived = true;
        order(books, "free").archived = true;
    }),
    (&[Kind::HistoryDisagreesWithOrder], |books| {
        order(books, "free").cancel_reason = "none".to_owned();
    }),
    (&[Kind::EventTwice], |books| {
        books.order_events[1].id = books.order_events[0].id
    }),
    (&[Kind::LogNotGapless], |books| books.payment_log.events -= 1),
    (&[Kind::LogNotGapless], |books| books.order_log.head += 1),
    (&[Kind::EventsWaiting], |books| books.order_log.waiting = 1),
    (
        &[
            Kind::ShippedBeforeCapture,
            Kind::IllegalTransition,
            Kind::AcknowledgedStateDiffers,
            Kind::HistoryDisagreesWithOrder,
        ],
        |books| {
            for index in 4..=7 {
                event(books, "delivered", index).state.checkout = CheckoutState::Failed;
            }
        },
    ),
    (&[Kind::PaymentContradictsItself], |books| {
        payment(books, "delivered").status = PaymentStatus::PartiallyRefunded;
    }),
    (&[Kind::OperationsDisagreeWithPayment], |books| {
        operation(books, "delivered", OperationKind::Capture).amount = 1;
    }),
    (&[Kind::OperationsDisagreeWithPayment], |books| {
        payment(books, "delivered").refund_reserved = 1;
    }),
    (
        &[
            Kind::RefundsExceedCapture,
            Kind::OperationsDisagreeWithPayment,
            Kind::AcknowledgedRefundMissing,
        ],
        |books| operation(books, "refunded", OperationKind::Refund).amount = 1_400,
    ),
    (&[Kind::PaymentHistoryIllegal], |books| {
        let id = payment(books, "voided").id;
        for event in books.payment_events.iter_mut().filter(|event| event.payment == id) {
            event.kind = "payment.voided".to_owned();
        }
    }),
    (&[Kind::PaymentHistoryIllegal], |books| {
        // A refund that two events tell of.
        let id = payment(books, "partly refunded").id;
        let mut again = books
            .payment_events
            .iter()
            .rfind(|event| event.payment == id)
            .unwrap()
            .clone();
        again.id = OTHER;
        again.version += 1;
        books.payment_events.push(again);
        payment(books, "partly refunded").version += 1;
    }),
    (&[Kind::AttemptPaidTwice], |books| {
        let key = operation(books, "partly refunded", OperationKind::Authorize)
            .key
            .clone();
        let id = order(books, "partly refunded").id;
        let declined = books
            .payments
            .iter()
            .find(|payment| payment.order_id == Some(id) && payment.status == PaymentStatus::Declined);
        let declined = declined.unwrap().id;
        let mut operations = books.operations.iter_mut();
        operations.find(|operation| operation.payment == declined).unwrap().key = key;
    }),
    (&[Kind::PaymentChargedTwice, Kind::LedgerAccountWrong], |books| {
        let mut twin = charge(books, "delivered").clone();
        twin.id = "ch_twin".to_owned();
        books.charges.push(twin);
    }),
    (
        &[
            Kind::OrderChargedTwice,
            Kind::CheckoutPaymentMissing,
            Kind::RefundedWithMoneyKept,
        ],
        |books| {
            let id = order(books, "delivered").id;
            payment(books, "refunded by staff").order_id = Some(id);
        },
    ),
    (&[Kind::ChargeWithoutPayment], |books| {
        let mut twin = charge(books, "failed").clone();
        twin.reference = OTHER.to_string();
        books.charges.push(twin);
    }),
    (&[Kind::PaymentWithoutCharge], |books| {
        let id = charge(books, "voided").id.clone();
        books.charges.retain(|charge| charge.id != id);
    }),
    (&[Kind::ProviderDisagreesWithPayment], |books| {
        charge(books, "voided").status = ChargeStatus::Authorized;
    }),
    (&[Kind::ProviderDisagreesWithPayment], |books| {
        charge(books, "failed").status = ChargeStatus::Authorized;
    }),
    (
        &[Kind::ProviderDisagreesWithPayment, Kind::LedgerAccountWrong],
        |books| {
            charge(books, "partly refunded").refunded = 0;
        },
    ),
    (
        &[Kind::ProviderBooksImpossible, Kind::ProviderDisagreesWithPayment],
        |books| {
            charge(books, "voided").captured = 1;
        },
    ),
    (&[Kind::LedgerDisagreesWithPayment], |books| {
        // Two wrongs that no sum shows.
        let (one, other) = (payment(books, "delivered").id, payment(books, "refunded").id);
        for transfer in books.transfers.iter_mut().filter(|transfer| transfer.credit == "sales") {
            if transfer.payment == one {
                transfer.amount += 1;
            } else if transfer.payment == other {
                transfer.amount -= 1;
            }
        }
    }),
    (&[Kind::LedgerAccountWrong, Kind::LedgerDisagreesWithPayment], |books| {
        books.transfers.retain(|transfer| transfer.credit != "sales");
    }),
    (
        &[
            Kind::LedgerMovementTwice,
            Kind::LedgerDisagreesWithPayment,
            Kind::LedgerAccountWrong,
        ],
        |books| {
            let mut twin = books.transfers[0].clone();
            twin.id = OTHER;
            books.transfers.push(twin);
        },
    ),
    (
        &[
            Kind::LedgerMovementImpossible,
            Kind::LedgerDisagreesWithPayment,
            Kind::LedgerAccountWrong,
        ],
        |books| books.transfers[0].debit = "pockets".to_owned(),
    ),
    (&[Kind::LedgerMovementImpossible], |books| {
        books.transfers[0].operation = OTHER
    }),
    (&[Kind::PaidWithoutCapture], |books| {
        order(books, "delivered").payment_id = None
    }),
    (&[Kind::ConfirmedWithoutPayment, Kind::IllegalTransition], |books| {
        order(books, "free").checkout = CheckoutState::None;
        event(books, "free", 3).state.checkout = CheckoutState::None;
    }),
    (
        &[Kind::CancelledWithMoneyKept, Kind::HistoryDisagreesWithOrder],
        |books| {
            order(books, "refund failed").checkout = CheckoutState::Failed;
        },
    ),
    (
        &[Kind::RefundedWithMoneyKept, Kind::HistoryDisagreesWithOrder],
        |books| {
            order(books, "refund failed").checkout = CheckoutState::Refunded;
        },
    ),
    (
        &[Kind::PartialRefundDisagrees, Kind::HistoryDisagreesWithOrder],
        |books| {
            order(books, "delivered").checkout = CheckoutState::PartiallyRefunded;
        },
    ),
    (
        &[
            Kind::FailedWithMoneyKept,
            Kind::StatusWentBack,
            Kind::HistoryDisagreesWithOrder,
        ],
        |books| order(books, "delivered").status = Status::Pending,
    ),
    (
        &[
            Kind::EarlierAttemptKeptMoney,
            Kind::OrderChargedTwice,
            Kind::RefundedWithMoneyKept,
            Kind::CheckoutPaymentMissing,
            Kind::PaidWithoutCapture,
        ],
        |books| {
            let id = order(books, "refunded").id;
            payment(books, "delivered").order_id = Some(id);
        },
    ),
    (&[Kind::RefundFailedUnfounded], |books| {
        let refused = operation(books, "refund failed", OperationKind::Refund).id;
        books.operations.retain(|operation| operation.id != refused);
    }),
    (&[Kind::CheckoutPaymentMissing], |books| {
        order(books, "failed").payment_id = Some(OTHER);
    }),
    (&[Kind::PaymentDisagreesWithOrder], |books| {
        payment(books, "failed").customer_id = OTHER;
    }),
    (&[Kind::OrderStuck], |books| {
        order(books, "failed").work.as_mut().unwrap().overdue_seconds = 31.0;
    }),
    (&[Kind::OrderStuck, Kind::HistoryDisagreesWithOrder], |books| {
        order(books, "delivered").checkout = CheckoutState::Running;
    }),
    (&[Kind::OrderStuck, Kind::HistoryDisagreesWithOrder], |books| {
        order(books, "refund failed").failure_reason.clear();
    }),
    (&[Kind::OperationStuck, Kind::OperationsDisagreeWithPayment], |books| {
        operation(books, "voided", OperationKind::Void).status = OperationStatus::Pending;
    }),
];
