use proptest::prelude::*;
use testkit::SeededIds;

use super::*;

const CARDS: [&str; 5] = [
    "pm_card_visa",
    "pm_card_declined",
    "pm_card_capture_refused",
    "pm_card_refund_refused",
    "pm_card_nobody_knows",
];

fn order(amount: i64, card: usize) -> ChargeOrder {
    ChargeOrder {
        amount,
        currency: "USD".to_owned(),
        payment_method: CARDS[card].to_owned(),
        reference: "payment".to_owned(),
    }
}

/// A request, and which of the charges it is about.
fn request() -> impl Strategy<Value = (Request, usize)> {
    let key = (0..12_u8).prop_map(|key| format!("key-{key}"));
    let charge = (key.clone(), 1_i64..200, 0..CARDS.len()).prop_map(|(key, amount, card)| Request::Charge {
        key,
        order: order(amount, card),
    });
    let asked = prop_oneof![
        (1_i64..200).prop_map(Asked::Capture),
        Just(Asked::Void),
        (1_i64..100).prop_map(Asked::Refund)
    ];
    let change = (key, asked).prop_map(|(key, asked)| Request::Change {
        key,
        charge: String::new(),
        asked,
    });
    (prop_oneof![charge, change], 0..4_usize)
}

/// Names a charge that is there.
fn about(books: &Books, request: Request, which: usize) -> Request {
    match request {
        Request::Change { key, asked, .. } => Request::Change {
            key,
            asked,
            charge: books
                .charges
                .get(which)
                .map_or_else(|| "ch_none".to_owned(), |charge| charge.id.clone()),
        },
        other => other,
    }
}

fn recorded(books: &mut Books, ids: &SeededIds, request: Request) -> (Answer, Entry) {
    match books.decide(request, ids, false) {
        Decision::Record(entry) => (books.apply(&entry).unwrap(), entry),
        other => panic!("{other:?}"),
    }
}

fn clone(books: &Books) -> Books {
    Books {
        cards: books.cards.clone(),
        charges: books.charges.clone(),
        by_id: books.by_id.clone(),
        operations: books.operations.clone(),
    }
}

proptest! {
    #[test]
    fn a_key_has_one_answer_for_ever_and_what_is_taken_back_leaves_no_trace(all in prop::collection::vec(request(), 0..60)) {
        let (mut books, ids) = (Books::default(), SeededIds::default());
        let mut answered: HashMap<String, (Request, Answer)> = HashMap::new();
        let mut journal = Vec::new();
        for (request, which) in all {
            let request = about(&books, request, which);
            let key = match &request {
                Request::Charge { key, .. } | Request::Change { key, .. } => key.clone(),
                Request::Tokenize(_) => unreachable!(),
            };
            match (books.decide(request.clone(), &ids, false), answered.get(&key)) {
                (Decision::Known(answer), Some((first, kept))) => {
                    prop_assert_eq!(&request, first);
                    prop_assert_eq!(&answer, kept);
                }
                (Decision::Rejected(Rejection::KeyReused), Some((first, _))) => prop_assert_ne!(&request, first),
                (Decision::Rejected(_), None) => {}
                (Decision::Record(entry), None) => {
                    let before = clone(&books);
                    books.apply(&entry).unwrap();
                    books.revert(&entry);
                    prop_assert_eq!(&books, &before);
                    let answer = books.apply(&entry).unwrap();
                    prop_assert_eq!(books.operation(&key).map(|(_, answer)| answer), Some(answer.clone()));
                    answered.insert(key, (request, answer));
                    journal.push(entry);
                }
                (decision, kept) => prop_assert!(false, "{:?} although {:?}", decision, kept),
            }
        }
        let mut replayed = Books::default();
        for entry in &journal {
            prop_assert!(replayed.apply(entry).is_some());
        }
        prop_assert_eq!(replayed, books);
    }
}

#[test]
fn what_was_answered_stays_when_the_charge_moves_on() {
    let (mut books, ids) = (Books::default(), SeededIds::default());
    let charge = Request::Charge {
        key: "a".to_owned(),
        order: order(100, 0),
    };
    let (first, _) = recorded(&mut books, &ids, charge.clone());
    let Answer::Charge(view) = &first else {
        panic!("{first:?}")
    };
    let capture = Request::Change {
        key: "b".to_owned(),
        charge: view.id.clone(),
        asked: Asked::Capture(40),
    };
    recorded(&mut books, &ids, capture);
    assert_eq!(books.decide(charge, &ids, false), Decision::Known(first.clone()));
    let now = books.view(&view.id).unwrap();
    assert_eq!((now.status, now.captured, now.refunded), (Status::Captured, 40, 0));
}

#[test]
fn more_than_the_largest_amount_is_declined_and_listed() {
    let (mut books, ids) = (Books::default(), SeededIds::default());
    let largest = Request::Charge {
        key: "a".to_owned(),
        order: order(LARGEST_AMOUNT, 0),
    };
    assert!(matches!(recorded(&mut books, &ids, largest).0, Answer::Charge(_)));
    let beyond = Request::Charge {
        key: "b".to_owned(),
        order: order(LARGEST_AMOUNT + 1, 0),
    };
    let (answer, _) = recorded(&mut books, &ids, beyond);
    assert!(matches!(
        answer,
        Answer::Refused {
            refusal: Refusal::Declined(Decline::AmountTooLarge),
            ..
        }
    ));
    let (all, next) = books.list(None, 10).unwrap();
    assert_eq!((all.len(), next), (2, None));
    assert_eq!(all[1].status, Status::Declined);
}

#[test]
fn pages_follow_each_other_without_gap_or_repetition() {
    let (mut books, ids) = (Books::default(), SeededIds::default());
    for number in 0..7 {
        let request = Request::Charge {
            key: format!("key-{number}"),
            order: order(100 + number, 0),
        };
        recorded(&mut books, &ids, request);
    }
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let (page, next) = books.list(after.as_deref(), 3).unwrap();
        seen.extend(page.into_iter().map(|charge| charge.amount));
        after = next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, (100..107).collect::<Vec<_>>());
    assert_eq!(books.list(Some("ch_none"), 3), None);
}

#[test]
fn an_entry_of_other_books_and_one_that_is_known_are_noticed() {
    let entry = Entry::Change {
        key: "a".to_owned(),
        charge: "ch_none".to_owned(),
        asked: Asked::Void,
        refused: None,
    };
    assert_eq!(Books::default().apply(&entry), None);
    let (mut books, ids) = (Books::default(), SeededIds::default());
    let request = Request::Charge {
        key: "a".to_owned(),
        order: order(100, 0),
    };
    let (_, entry) = recorded(&mut books, &ids, request);
    assert_eq!(books.apply(&entry), None);
}
