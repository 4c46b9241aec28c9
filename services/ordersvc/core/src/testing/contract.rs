//! What every adapter of [`Orders`], [`Checkouts`] and [`OrderEvents`] must do, as functions that panic when it does not.
//! [`orders_contract!`](crate::orders_contract) makes tests of them.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "the suite is test code that other crates run"
)]

use std::{collections::BTreeSet, sync::Arc};

use kernel::{Caller, Change, Classify, ErrorKind, IdempotencyKey, Kept, PageSize, Refusal, UserId};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::{address, customer, draft, item, key, user};
use crate::{
    NotPending, Order, OrderChanges, OrderDraft, OrderId, RecordedEvent, Status,
    ports::{
        Checkouts, NewOrder, OrderChange, OrderCursor, OrderEvents, OrderFilter, Orders, Position, Watch, WatchScope,
        Watched, WriteError,
    },
};

/// Makes a test of every function of [`testing::contract`](crate::testing::contract). The argument is an
/// async function without arguments that makes something with a field `ports: Ports`.
#[macro_export]
macro_rules! orders_contract {
    ($(#[$meta:meta])* $subject:path) => {
        $crate::orders_contract! { @all [$(#[$meta])*] $subject,
            an_inserted_order_is_found_as_it_was_given
            a_key_keeps_one_order
            a_key_used_with_another_request_is_refused
            keys_of_different_callers_never_meet
            a_saved_order_replaces_the_one_before
            a_stale_save_writes_nothing_and_leaves_no_key
            a_known_key_answers_whatever_the_version_is
            the_first_answer_kept_under_a_key_stays
            a_kept_answer_is_told_as_it_was
            parallel_inserts_with_one_key_keep_one_order
            parallel_saves_of_one_version_let_one_win
            a_listing_neither_skips_nor_repeats
            a_listing_shows_only_what_its_filter_admits
            a_history_is_there_at_once_and_newest_first
            a_watch_from_now_is_live_at_once_and_sees_its_scope_only
            a_watch_resumes_right_after_its_position
            a_position_of_another_epoch_is_refused
            a_watch_sees_each_event_once_and_in_order_of_version
        }
    };
    (@all $metas:tt $subject:path, $($name:ident)*) => {
        $($crate::orders_contract! { @one $metas $subject, $name })*
    };
    (@one [$($meta:tt)*] $subject:path, $name:ident) => {
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        $($meta)*
        async fn $name() {
            let subject = $subject().await;
            $crate::testing::contract::$name(&subject.ports).await;
        }
    };
}

/// The adapters under test, over one empty store.
#[derive(Clone)]
pub struct Ports {
    /// Orders.
    pub orders: Arc<dyn Orders>,
    /// Their events.
    pub events: Arc<dyn OrderEvents>,
    /// Their checkouts.
    pub checkouts: Arc<dyn Checkouts>,
}

const CUSTOMER: UserId = user(1);
const OTHER: UserId = user(2);

fn at(seconds: i64) -> OffsetDateTime {
    OffsetDateTime::UNIX_EPOCH + Duration::seconds(1_800_000_000 + seconds) + Duration::microseconds(123_456)
}

fn recorded(events: Vec<crate::OrderEvent>) -> Vec<RecordedEvent> {
    events
        .into_iter()
        .map(|event| RecordedEvent {
            id: Uuid::from_u128(
                event.order().id.as_uuid().as_u128() * 1_000 + u128::try_from(event.order().version).unwrap(),
            ),
            actor: "user:test".to_owned(),
            event,
        })
        .collect()
}

fn new_order_of(customer: UserId, number: u128, seconds: i64, draft: OrderDraft) -> NewOrder {
    let mut order = Order::place(OrderId::new(Uuid::from_u128(number)), customer, draft, at(seconds)).unwrap();
    let events = recorded(order.take_events());
    NewOrder { order, events }
}

fn new_order(number: u128) -> NewOrder {
    new_order_of(CUSTOMER, number, i64::try_from(number).unwrap(), draft())
}

async fn insert(ports: &Ports, number: u128) -> Order {
    ports.orders.insert(new_order(number), None).await.unwrap().into_inner()
}

/// Another item, another event.
fn updated(mut order: Order, quantity: i32) -> OrderChange {
    let changes = OrderChanges {
        items: Some(vec![item("cake", quantity, 100)]),
        ..OrderChanges::default()
    };
    order.update(changes, at(1_000)).unwrap();
    let events = recorded(order.take_events());
    OrderChange {
        order,
        events,
        outcome: None,
    }
}

fn me() -> Caller {
    customer(1)
}

fn some_key(text: &str) -> Option<IdempotencyKey> {
    Some(key(&me(), text, 1))
}

async fn found(ports: &Ports, number: u128) -> Option<Order> {
    ports.orders.find(OrderId::new(Uuid::from_u128(number))).await.unwrap()
}

async fn next(watch: &mut Box<dyn Watch>) -> Watched {
    tokio::time::timeout(std::time::Duration::from_secs(20), watch.next())
        .await
        .unwrap()
        .unwrap()
}

async fn live(watch: &mut Box<dyn Watch>) -> Position {
    match next(watch).await {
        Watched::Live { position } => position,
        Watched::Event { event, .. } => panic!("not live yet: {event:?}"),
    }
}

async fn event(watch: &mut Box<dyn Watch>) -> (RecordedEvent, Position) {
    match next(watch).await {
        Watched::Event { event, position } => (*event, position),
        Watched::Live { .. } => panic!("live, and no event"),
    }
}

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
    let expected = {
        let (state, address) = given.order.into_parts();
        Order::restore(state, address, None)
    };
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
    let events = recorded(order.take_events());
    assert_eq!(events.len(), 3);
    let saved = ports
        .orders
        .save(
            OrderChange {
                order,
                events,
                outcome: None,
            },
            None,
        )
        .await
        .unwrap()
        .into_inner();
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

/// Newest first, and no order twice or never, though orders are placed between the pages.
pub async fn a_listing_neither_skips_nor_repeats(ports: &Ports) {
    for number in 1..=7_u128 {
        // Two and two are placed at the same instant.
        let seconds = i64::try_from(number / 2).unwrap();
        let new = new_order_of(CUSTOMER, number, seconds, draft());
        ports.orders.insert(new, None).await.unwrap();
    }
    let size = PageSize::try_from(2).unwrap();
    let mut seen = Vec::new();
    let mut after: Option<OrderCursor> = None;
    for newer in 100_u128.. {
        let page = ports.orders.list(&OrderFilter::default(), after, size).await.unwrap();
        seen.extend(page.items.iter().map(|order| order.id().as_uuid().as_u128()));
        after = page.next;
        if after.is_none() {
            break;
        }
        ports.orders.insert(new_order(newer), None).await.unwrap();
    }
    assert_eq!(seen, [7, 6, 5, 4, 3, 2, 1]);
}

/// Customer, status, time and archive, one by one and together.
pub async fn a_listing_shows_only_what_its_filter_admits(ports: &Ports) {
    for (number, customer) in [(1, CUSTOMER), (2, CUSTOMER), (3, OTHER), (4, CUSTOMER)] {
        let seconds = i64::try_from(number).unwrap();
        ports
            .orders
            .insert(new_order_of(customer, number, seconds, draft()), None)
            .await
            .unwrap();
    }
    let mut cancelled = found(ports, 2).await.unwrap();
    cancelled.cancel("", false, at(10)).unwrap();
    let events = recorded(cancelled.take_events());
    ports
        .orders
        .save(
            OrderChange {
                order: cancelled,
                events,
                outcome: None,
            },
            None,
        )
        .await
        .unwrap();
    let mut archived = found(ports, 4).await.unwrap();
    archived.delete(false, at(10)).unwrap();
    let events = recorded(archived.take_events());
    ports
        .orders
        .save(
            OrderChange {
                order: archived,
                events,
                outcome: None,
            },
            None,
        )
        .await
        .unwrap();

    let any = OrderFilter::default();
    let cases: [(OrderFilter, &[u128]); 7] = [
        (any.clone(), &[3, 2, 1]),
        (
            OrderFilter {
                include_archived: true,
                ..any.clone()
            },
            &[4, 3, 2, 1],
        ),
        (
            OrderFilter {
                customer_id: Some(CUSTOMER),
                ..any.clone()
            },
            &[2, 1],
        ),
        (
            OrderFilter {
                status: Some(Status::Cancelled),
                include_archived: true,
                ..any.clone()
            },
            &[4, 2],
        ),
        (
            OrderFilter {
                created_after: Some(at(2)),
                ..any.clone()
            },
            &[3, 2],
        ),
        (
            OrderFilter {
                created_before: Some(at(3)),
                ..any.clone()
            },
            &[2, 1],
        ),
        (
            OrderFilter {
                customer_id: Some(CUSTOMER),
                status: Some(Status::Pending),
                checkout_state: None,
                created_after: Some(at(0)),
                created_before: Some(at(9)),
                include_archived: true,
            },
            &[1],
        ),
    ];
    for (filter, expected) in cases {
        let page = ports.orders.list(&filter, None, PageSize::DEFAULT).await.unwrap();
        let ids: Vec<u128> = page.items.iter().map(|order| order.id().as_uuid().as_u128()).collect();
        assert_eq!(ids, expected, "{filter:?}");
    }
}

/// What a call has done is in the history when it returns.
pub async fn a_history_is_there_at_once_and_newest_first(ports: &Ports) {
    let mut order = insert(ports, 1).await;
    insert(ports, 2).await;
    for quantity in 1..=4 {
        order = ports
            .orders
            .save(updated(order, quantity), None)
            .await
            .unwrap()
            .into_inner();
    }
    let size = PageSize::try_from(2).unwrap();
    let mut versions = Vec::new();
    let mut before = None;
    loop {
        let page = ports.events.history(order.id(), before, size).await.unwrap();
        versions.extend(page.items.iter().map(|event| event.event.order().version));
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    assert_eq!(versions, [5, 4, 3, 2, 1]);
    let newest = ports
        .events
        .history(order.id(), None, size)
        .await
        .unwrap()
        .items
        .remove(0);
    assert_eq!(newest.event.name(), "order.updated");
    assert_eq!(newest.actor, "user:test");
    assert_eq!(newest.event.order(), order.snapshot());
}

/// Without a position a watch begins now, and it never shows what is not its own.
pub async fn a_watch_from_now_is_live_at_once_and_sees_its_scope_only(ports: &Ports) {
    insert(ports, 1).await;
    // What is committed before the watch begins is before it, wherever the log is with it.
    let mut all = ports.events.watch(WatchScope::All, None).await.unwrap();
    let mut theirs = ports.events.watch(WatchScope::Customer(OTHER), None).await.unwrap();
    let third = OrderId::new(Uuid::from_u128(3));
    let mut one = ports.events.watch(WatchScope::Order(third), None).await.unwrap();
    for watch in [&mut all, &mut theirs, &mut one] {
        live(watch).await;
    }
    for (number, customer) in [(2, CUSTOMER), (3, OTHER), (4, OTHER)] {
        let new = new_order_of(customer, number, 0, draft());
        ports.orders.insert(new, None).await.unwrap();
    }
    let mut seen = Vec::new();
    while seen.last() != Some(&4) {
        seen.push(event(&mut all).await.0.event.order().id.as_uuid().as_u128());
    }
    seen.retain(|number| *number != 1);
    seen.sort_unstable();
    assert_eq!(seen, [2, 3, 4]);
    assert_eq!(event(&mut one).await.0.event.order().id, third);
    let mut own = BTreeSet::new();
    for _ in 0..2 {
        own.insert(event(&mut theirs).await.0.event.order().id.as_uuid().as_u128());
    }
    assert_eq!(own, BTreeSet::from([3, 4]));
}

/// No gap, no duplicate, and live when caught up.
pub async fn a_watch_resumes_right_after_its_position(ports: &Ports) {
    let mut watch = ports.events.watch(WatchScope::Customer(CUSTOMER), None).await.unwrap();
    let start = live(&mut watch).await;
    let mut order = insert(ports, 1).await;
    for quantity in 1..=4 {
        order = ports
            .orders
            .save(updated(order, quantity), None)
            .await
            .unwrap()
            .into_inner();
    }
    let mut positions = vec![start];
    for version in 1..=5 {
        let (event, position) = event(&mut watch).await;
        assert_eq!(event.event.order().version, version);
        positions.push(position);
    }
    drop(watch);
    for (seen, position) in positions.iter().enumerate() {
        let mut resumed = ports
            .events
            .watch(WatchScope::Customer(CUSTOMER), Some(*position))
            .await
            .unwrap();
        for (version, expected) in positions.iter().enumerate().skip(seen + 1) {
            let (event, at) = event(&mut resumed).await;
            assert_eq!(event.event.order().version, i64::try_from(version).unwrap());
            assert_eq!(at, *expected);
        }
        live(&mut resumed).await;
    }
}

/// Positions of before a restore mean nothing.
pub async fn a_position_of_another_epoch_is_refused(ports: &Ports) {
    let elsewhere = Position { epoch: -1, offset: 0 };
    let refused = match ports.events.watch(WatchScope::All, Some(elsewhere)).await {
        Ok(mut watch) => watch.next().await.err(),
        Err(error) => Some(error),
    };
    let refused = refused.map(|error| (error.kind(), error.reason().to_owned()));
    assert_eq!(
        refused,
        Some((ErrorKind::OutOfRange, "RESUME_TOKEN_EXPIRED".to_owned()))
    );
}

/// However many write at once.
pub async fn a_watch_sees_each_event_once_and_in_order_of_version(ports: &Ports) {
    const ORDERS: u128 = 8;
    const UPDATES: i32 = 10;
    let mut watch = ports.events.watch(WatchScope::All, None).await.unwrap();
    live(&mut watch).await;
    let writers: Vec<_> = (1..=ORDERS)
        .map(|number| {
            let ports = ports.clone();
            tokio::spawn(async move {
                let mut order = insert(&ports, number).await;
                for quantity in 1..=UPDATES {
                    order = ports
                        .orders
                        .save(updated(order, quantity), None)
                        .await
                        .unwrap()
                        .into_inner();
                }
            })
        })
        .collect();
    let mut versions = std::collections::BTreeMap::new();
    let expected = usize::try_from(ORDERS).unwrap() * usize::try_from(UPDATES + 1).unwrap();
    let mut last = 0;
    for _ in 0..expected {
        let (event, position) = event(&mut watch).await;
        assert!(position.offset > last, "positions grow");
        last = position.offset;
        let version = versions.entry(event.event.order().id).or_insert(0);
        *version += 1;
        assert_eq!(event.event.order().version, *version);
    }
    for writer in writers {
        writer.await.unwrap();
    }
    assert!(versions.values().all(|version| *version == i64::from(UPDATES) + 1));
}
