//! Histories and watches.

use std::collections::{BTreeMap, BTreeSet};

use kernel::{Classify, ErrorKind, PageSize};
use uuid::Uuid;

use super::{CUSTOMER, OTHER, Ports, insert, new_order_of, updated};
use crate::{
    OrderId, RecordedEvent,
    ports::{Position, Watch, WatchScope, Watched},
    testing::draft,
};

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
    let mut versions = BTreeMap::new();
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
