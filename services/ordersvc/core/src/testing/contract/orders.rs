//! Writing and reading orders, and the keys of calls.

use std::collections::BTreeSet;

use kernel::{Change, Kept, PageSize, Refusal};

use super::{CUSTOMER, OTHER, Ports, at, change_of, found, insert, me, new_order, new_order_of, some_key, updated};
use crate::{
    NotPending, OrderChanges, OrderDraft, Status,
    ports::{OrderFilter, WriteError},
    testing::{address, customer, draft, item, key},
};

/// Everything about an order comes back.
pub async fn an_inserted_order_is_found_as_it_was_given(ports: &Ports) {
    let full = OrderDraft {
        items: vec![item("tea", 2, 450), item("cake", i32::MAX, 3)],
        currency_code: "JPY".to_owned(),
        shipping_address: Some(address()),
        metadata: [("channel".to_owned(), "caf\u{e9}".to_owned())].into(),
        external_reference: "A-1".to_owned(),
    };
    let given = new_order_of(CUSTOMER, 1, 0, full);
    let inserted = ports.orders.insert(given.clone(), None).await.unwrap();
    let expected = given.order.as_kept();
    assert_eq!(inserted, Change::Done(expected.clone()));
    assert_eq!(found(ports, 1).await, Some(expected));
    assert_eq!(found(ports, 2).await, None);
}

/// The second call with a key is answered what the first was.
pub async fn a_key_keeps_one_order(ports: &Ports) {
    let first = ports.orders.insert(new_order(1), some_key("k")).await.unwrap();
    assert!(!first.is_replayed());
    let second = ports.orders.insert(new_order(2), some_key("k")).await.unwrap();
    assert_eq!(second, Change::Replayed(first.into_inner()));
    assert_eq!(found(ports, 2).await, None);
}

/// A key belongs to one request.
pub async fn a_key_used_with_another_request_is_refused(ports: &Ports) {
    let order = ports
        .orders
        .insert(new_order(1), some_key("k"))
        .await
        .unwrap()
        .into_inner();
    let other = key(&me(), "k", 2);
    let outcomes = [
        ports.orders.insert(new_order(2), Some(other.clone())).await.err(),
        ports
            .orders
            .save(updated(order.clone(), 2), Some(other.clone()))
            .await
            .err(),
        ports
            .orders
            .keep(other.clone(), Kept::Answer(order.clone()))
            .await
            .err(),
        ports.orders.find_for_change(order.id(), Some(&other)).await.err(),
        ports.orders.find_kept(&other).await.err(),
    ];
    for (number, outcome) in outcomes.into_iter().enumerate() {
        assert!(
            matches!(outcome, Some(WriteError::KeyReused(_))),
            "{number}: {outcome:?}"
        );
    }
    assert_eq!(found(ports, 2).await, None);
    assert_eq!(found(ports, 1).await, Some(order));
}

/// Two callers may choose the same words.
pub async fn keys_of_different_callers_never_meet(ports: &Ports) {
    ports.orders.insert(new_order(1), some_key("k")).await.unwrap();
    let theirs = key(&customer(2), "k", 9);
    let second = ports.orders.insert(new_order(2), Some(theirs)).await.unwrap();
    assert!(!second.is_replayed());
    assert!(found(ports, 2).await.is_some());
}

/// The whole order is replaced, its address too.
pub async fn a_saved_order_replaces_the_one_before(ports: &Ports) {
    let with_address = OrderDraft {
        shipping_address: Some(address()),
        ..draft()
    };
    let given = new_order_of(CUSTOMER, 1, 0, with_address);
    let mut order = ports.orders.insert(given, None).await.unwrap().into_inner();
    let changes = OrderChanges {
        items: Some(vec![item("cake", 1, 7)]),
        shipping_address: Some(None),
        metadata: Some([("a".to_owned(), "b".to_owned())].into()),
    };
    order.update(changes, at(5)).unwrap();
    order.delete(false, at(6)).unwrap();
    let change = change_of(order);
    assert_eq!(change.events.len(), 3);
    let saved = ports.orders.save(change, None).await.unwrap().into_inner();
    assert_eq!(saved.version(), 4);
    assert_eq!(saved.kept_version(), 4);
    assert_eq!(saved.shipping_address(), None);
    assert_eq!(found(ports, 1).await, Some(saved.clone()));
    let mut order = saved;
    order.delete(false, at(7)).unwrap();
    assert_eq!(order.take_events(), []);
}

/// Who read an older version writes nothing, and may use the key again.
pub async fn a_stale_save_writes_nothing_and_leaves_no_key(ports: &Ports) {
    let order = insert(ports, 1).await;
    let current = ports
        .orders
        .save(updated(order.clone(), 2), None)
        .await
        .unwrap()
        .into_inner();
    let stale = ports.orders.save(updated(order, 3), some_key("k")).await;
    assert!(matches!(stale, Err(WriteError::Stale)), "{stale:?}");
    assert_eq!(found(ports, 1).await, Some(current.clone()));
    assert_eq!(ports.orders.find_kept(&key(&me(), "k", 1)).await.unwrap(), None);
    let history = ports
        .events
        .history(current.id(), None, PageSize::DEFAULT)
        .await
        .unwrap();
    assert_eq!(history.items.len(), 2);
    let again = ports.orders.save(updated(current, 3), some_key("k")).await.unwrap();
    assert!(!again.is_replayed());
    let gone = updated(new_order(9).order, 1);
    assert!(matches!(ports.orders.save(gone, None).await, Err(WriteError::Stale)));
}

/// A call that comes back after it succeeded finds its answer, though the version has moved on.
pub async fn a_known_key_answers_whatever_the_version_is(ports: &Ports) {
    let order = insert(ports, 1).await;
    let first = ports
        .orders
        .save(updated(order.clone(), 2), some_key("k"))
        .await
        .unwrap();
    let second = ports
        .orders
        .save(updated(order.clone(), 2), some_key("k"))
        .await
        .unwrap();
    assert_eq!(second, Change::Replayed(first.into_inner()));
    let change = ports
        .orders
        .find_for_change(order.id(), some_key("k").as_ref())
        .await
        .unwrap();
    assert_eq!(change.kept, Some(Kept::Answer(second.into_inner())));
}

/// What was answered first is answered for good.
pub async fn the_first_answer_kept_under_a_key_stays(ports: &Ports) {
    let order = insert(ports, 1).await;
    let refusal = Refusal::of(&NotPending(Status::Shipped)).unwrap();
    let kept = Kept::Refusal(refusal.clone());
    let k = key(&me(), "k", 1);
    assert_eq!(ports.orders.keep(k.clone(), kept.clone()).await.unwrap(), None);
    let second = ports.orders.keep(k.clone(), Kept::Answer(order.clone())).await.unwrap();
    assert_eq!(second, Some(kept.clone()));
    assert_eq!(ports.orders.find_kept(&k).await.unwrap(), Some(kept));
    for outcome in [
        ports.orders.insert(new_order(2), Some(k.clone())).await,
        ports.orders.save(updated(order.clone(), 2), Some(k.clone())).await,
    ] {
        assert!(
            matches!(&outcome, Err(WriteError::Refused(told)) if *told == refusal),
            "{outcome:?}"
        );
    }
    assert_eq!(found(ports, 2).await, None);
    assert_eq!(found(ports, 1).await, Some(order));
}

/// The answer is the order as it was then, not as it is now.
pub async fn a_kept_answer_is_told_as_it_was(ports: &Ports) {
    let with_address = OrderDraft {
        shipping_address: Some(address()),
        ..draft()
    };
    let given = new_order_of(CUSTOMER, 1, 0, with_address);
    let then = ports.orders.insert(given, None).await.unwrap().into_inner();
    let k = key(&me(), "k", 1);
    ports.orders.keep(k.clone(), Kept::Answer(then.clone())).await.unwrap();
    ports.orders.save(updated(then.clone(), 2), None).await.unwrap();
    assert_eq!(ports.orders.find_kept(&k).await.unwrap(), Some(Kept::Answer(then)));
}

/// One effect, equal answers.
pub async fn parallel_inserts_with_one_key_keep_one_order(ports: &Ports) {
    let calls: Vec<_> = (1..=30)
        .map(|number| {
            let orders = ports.orders.clone();
            tokio::spawn(async move { orders.insert(new_order(number), some_key("k")).await.unwrap() })
        })
        .collect();
    let mut answers = Vec::new();
    for call in calls {
        answers.push(call.await.unwrap());
    }
    assert_eq!(answers.iter().filter(|answer| !answer.is_replayed()).count(), 1);
    let ids: BTreeSet<_> = answers.iter().map(|answer| answer.clone().into_inner().id()).collect();
    assert_eq!(ids.len(), 1);
    let all = ports
        .orders
        .list(&OrderFilter::default(), None, PageSize::DEFAULT)
        .await
        .unwrap();
    assert_eq!(all.items.len(), 1);
}

/// Whoever inserts at the same time is answered and kept as if they had come alone.
pub async fn parallel_inserts_keep_each_order_with_its_key(ports: &Ports) {
    let given = |number: u128| {
        let mut draft = draft();
        draft.external_reference = format!("A-{number}");
        draft.metadata = [("number".to_owned(), number.to_string())].into();
        draft.shipping_address = (!number.is_multiple_of(3)).then(address);
        let customer = if number.is_multiple_of(2) { CUSTOMER } else { OTHER };
        new_order_of(customer, number, 0, draft)
    };
    let calls: Vec<_> = (1..=60)
        .map(|number: u128| {
            let orders = ports.orders.clone();
            let key = (!number.is_multiple_of(4))
                .then(|| some_key(&number.to_string()))
                .flatten();
            tokio::spawn(async move { orders.insert(given(number), key).await.unwrap() })
        })
        .collect();
    for (number, call) in (1_u128..).zip(calls) {
        let expected = given(number).order.as_kept();
        assert_eq!(call.await.unwrap(), Change::Done(expected.clone()));
        assert_eq!(found(ports, number).await, Some(expected.clone()));
        let history = ports
            .events
            .history(expected.id(), None, PageSize::DEFAULT)
            .await
            .unwrap();
        assert_eq!(history.items, given(number).events);
        if !number.is_multiple_of(4) {
            let again = ports
                .orders
                .insert(given(number + 1_000), some_key(&number.to_string()))
                .await;
            assert_eq!(again.unwrap(), Change::Replayed(expected));
        }
    }
}

/// Two who read the same version cannot both write.
pub async fn parallel_saves_of_one_version_let_one_win(ports: &Ports) {
    let order = insert(ports, 1).await;
    let calls: Vec<_> = (1..=20)
        .map(|quantity| {
            let orders = ports.orders.clone();
            let change = updated(order.clone(), quantity);
            tokio::spawn(async move { orders.save(change, None).await })
        })
        .collect();
    let mut winners = Vec::new();
    for call in calls {
        match call.await.unwrap() {
            Ok(change) => winners.push(change.into_inner()),
            Err(error) => assert!(matches!(error, WriteError::Stale), "{error:?}"),
        }
    }
    assert_eq!(winners.len(), 1);
    assert_eq!(found(ports, 1).await.as_ref(), winners.first());
}
