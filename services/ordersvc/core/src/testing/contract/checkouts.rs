//! Keeping checkouts with their orders, and finding what is to be done.

use std::{collections::BTreeSet, time::Duration};

use time::OffsetDateTime;
use uuid::Uuid;

use super::{CUSTOMER, Ports, at, change_of, changed, found, insert, me, new_order, recorded};
use crate::{
    CheckoutState, Order, OrderId, PaymentId, StartKey, Step,
    ports::{Due, NewOrder, Unfinished, WriteError},
    testing::{draft, key},
};

const LEASE: Duration = Duration::from_secs(4);

fn payment() -> PaymentId {
    PaymentId::new(Uuid::from_u128(77))
}

/// An order whose checkout has just been started, due at this second.
async fn running(ports: &Ports, number: u128, due: i64) -> Order {
    let order = insert(ports, number).await;
    changed(ports, order, |order| {
        order.start_checkout("pm_card_visa", None, at(due)).unwrap();
    })
    .await
}

async fn take(ports: &Ports, now: OffsetDateTime, limit: u32) -> Vec<Due> {
    ports.checkouts.take_due(now, LEASE, limit).await.unwrap()
}

/// Everything about a checkout comes back at every step of it.
pub async fn an_order_keeps_its_checkout_and_what_is_to_be_done(ports: &Ports) {
    let order = insert(ports, 1).await;
    let started_by = StartKey::from(&key(&me(), "k", 1));
    let steps: [&(dyn Fn(&mut Order) + Sync); 8] = [
        &|order| {
            let started_by = started_by.clone();
            order
                .start_checkout("pm_card_declined", Some(started_by), at(1))
                .unwrap();
            order.hold_work(at(5));
        },
        &|order| order.authorization_refused(1, "CARD_DECLINED", Some(payment()), at(1_800), at(2)),
        &|order| {
            order
                .start_checkout("pm_card_visa", Some(started_by.clone()), at(3))
                .unwrap()
        },
        &|order| order.needs_attention(2, at(4)),
        &|order| order.authorized(2, payment(), at(5)),
        &|order| order.captured(2, at(6)),
        &|order| order.cancel("no more", false, at(7)).unwrap(),
        &|order| order.released(2, at(8)),
    ];
    let mut order = order;
    for (number, step) in steps.into_iter().enumerate() {
        let mut given = order.clone();
        step(&mut given);
        let change = change_of(given);
        let expected = change.order.clone().as_kept();
        let saved = ports.orders.save(change, None).await.unwrap().into_inner();
        assert_eq!(saved, expected, "step {number}");
        assert_eq!(found(ports, 1).await, Some(saved.clone()), "step {number}");
        order = saved;
    }
    assert_eq!(order.checkout().state, CheckoutState::Refunded);
    assert_eq!(order.work(), None);
}

/// What an order is placed with is kept with it.
pub async fn a_new_order_may_be_paid_for_at_once_or_expire(ports: &Ports) {
    let mut paying = new_order(1);
    paying.order.start_checkout("pm_card_visa", None, at(1)).unwrap();
    paying.events.extend(recorded(paying.order.take_events()));
    let id = OrderId::new(Uuid::from_u128(2));
    let mut order = Order::place_until(id, CUSTOMER, draft(), Some(at(600)), at(2)).unwrap();
    let events = recorded(order.take_events());
    for (number, new) in [(1, paying), (2, NewOrder { order, events })] {
        let expected = new.order.clone().as_kept();
        let inserted = ports.orders.insert(new, None).await.unwrap().into_inner();
        assert_eq!(inserted, expected);
        assert_eq!(found(ports, number).await, Some(expected));
    }
    let steps: Vec<Step> = take(ports, at(600), 10).await.into_iter().map(|due| due.step).collect();
    assert_eq!(steps, [Step::Authorize, Step::Expire]);
}

/// Taking work does not raise the version, so a save must not undo it.
pub async fn a_save_that_is_not_about_the_checkout_leaves_its_work_alone(ports: &Ports) {
    let order = running(ports, 1, 10).await;
    let cancelled = changed(ports, order, |order| order.cancel("", false, at(20)).unwrap()).await;
    let taken = take(ports, at(20), 1).await;
    assert_eq!(taken.len(), 1);
    let archived = changed(ports, cancelled, |order| order.delete(false, at(21)).unwrap()).await;
    let now = found(ports, 1).await.unwrap();
    assert_eq!(now.snapshot(), archived.snapshot());
    assert_eq!(now.due(), Some(taken[0]));
    assert_eq!(now.work().unwrap().due_at, at(24));
}

/// Neither state nor work of a loser is seen.
pub async fn a_stale_save_leaves_the_checkout_alone(ports: &Ports) {
    let order = running(ports, 1, 10).await;
    let mut late = order.clone();
    let cancelled = changed(ports, order, |order| order.cancel("", false, at(20)).unwrap()).await;
    late.authorized(1, payment(), at(21));
    let stale = ports.orders.save(change_of(late), None).await;
    assert!(matches!(stale, Err(WriteError::Stale)), "{stale:?}");
    assert_eq!(found(ports, 1).await, Some(cancelled));
}

/// Nobody takes it before, nobody while it is leased, anybody after, and each try is counted.
pub async fn work_is_taken_when_it_is_due_and_by_one(ports: &Ports) {
    let order = running(ports, 1, 10).await;
    insert(ports, 2).await;
    let moment = time::Duration::microseconds(1);
    assert_eq!(take(ports, at(10) - moment, 10).await, []);
    let expected = Due {
        tries: 1,
        ..order.due().unwrap()
    };
    assert_eq!(take(ports, at(10), 10).await, [expected]);
    assert_eq!(take(ports, at(14) - moment, 10).await, []);
    let expected = Due { tries: 2, ..expected };
    assert_eq!(take(ports, at(14), 10).await, [expected]);
    let now = found(ports, 1).await.unwrap();
    assert_eq!((now.version(), now.due()), (order.version(), Some(expected)));
    assert_eq!(now.work().unwrap().due_at, at(18));
}

/// Old work does not starve.
pub async fn the_longest_overdue_work_is_taken_first(ports: &Ports) {
    for (number, due) in [(1, 30), (2, 10), (3, 20)] {
        running(ports, number, due).await;
    }
    let mut taken = Vec::new();
    for _ in 0..4 {
        let due = take(ports, at(30), 1).await;
        taken.extend(due.iter().map(|due| due.order_id.as_uuid().as_u128()));
    }
    assert_eq!(taken, [2, 3, 1]);
}

/// Each piece is given to one.
pub async fn parallel_takers_share_the_work(ports: &Ports) {
    const ORDERS: u128 = 24;
    for number in 1..=ORDERS {
        running(ports, number, 10).await;
    }
    let takers: Vec<_> = (0..8)
        .map(|_| {
            let ports = ports.clone();
            tokio::spawn(async move {
                let mut taken = Vec::new();
                loop {
                    let due = take(&ports, at(10), 2).await;
                    if due.is_empty() {
                        return taken;
                    }
                    taken.extend(due.into_iter().map(|due| due.order_id.as_uuid().as_u128()));
                }
            })
        })
        .collect();
    let mut taken = Vec::new();
    for taker in takers {
        taken.extend(taker.await.unwrap());
    }
    // A taker that finds the rest locked by others goes away, and comes again.
    taken.extend(
        take(ports, at(10), 100)
            .await
            .iter()
            .map(|due| due.order_id.as_uuid().as_u128()),
    );
    let all: BTreeSet<u128> = taken.iter().copied().collect();
    assert_eq!(taken.len(), all.len(), "some work was given twice: {taken:?}");
    assert_eq!(all, (1..=ORDERS).collect());
}

/// Work of yesterday puts nothing off.
pub async fn work_is_put_off_while_it_is_the_same_work(ports: &Ports) {
    let order = running(ports, 1, 10).await;
    let due = order.due().unwrap();
    assert!(ports.checkouts.postpone(&due, at(100)).await.unwrap());
    assert_eq!(take(ports, at(99), 10).await, []);
    let order = found(ports, 1).await.unwrap();
    assert_eq!(order.work().unwrap().due_at, at(100));
    changed(ports, order, |order| order.authorized(1, payment(), at(50))).await;
    assert!(!ports.checkouts.postpone(&due, at(200)).await.unwrap());
    let other_attempt = Due {
        attempt: 2,
        step: Step::Capture,
        ..due
    };
    assert!(!ports.checkouts.postpone(&other_attempt, at(200)).await.unwrap());
    let elsewhere = Due {
        order_id: OrderId::new(Uuid::from_u128(9)),
        ..due
    };
    assert!(!ports.checkouts.postpone(&elsewhere, at(200)).await.unwrap());
    assert_eq!(take(ports, at(50), 10).await[0].step, Step::Capture);
}

/// What ends without a word leaves the checkout as it is shown.
pub async fn work_is_finished_while_it_is_the_same_work(ports: &Ports) {
    let order = running(ports, 1, 10).await;
    let authorize = order.due().unwrap();
    let order = changed(ports, order, |order| order.cancel("", false, at(20)).unwrap()).await;
    assert!(!ports.checkouts.finish(&authorize).await.unwrap());
    let release = order.due().unwrap();
    let order = changed(ports, order, |order| order.needs_attention(1, at(30))).await;
    assert!(
        !ports.checkouts.finish(&release).await.unwrap(),
        "of this there is something to tell"
    );
    let order = changed(ports, order, |order| order.released(1, at(40))).await;
    assert_eq!(order.work(), None);

    let order = running(ports, 2, 10).await;
    let order = changed(ports, order, |order| order.cancel("", false, at(20)).unwrap()).await;
    let release = order.due().unwrap();
    assert!(ports.checkouts.finish(&release).await.unwrap());
    assert!(!ports.checkouts.finish(&release).await.unwrap());
    let now = found(ports, 2).await.unwrap();
    assert_eq!(now.snapshot(), order.snapshot());
    assert_eq!(now.work(), None);
    assert_eq!(take(ports, at(9_999), 10).await, []);
    assert!(!ports.checkouts.postpone(&release, at(30)).await.unwrap());
}

/// What an operator watches.
pub async fn unfinished_checkouts_are_counted(ports: &Ports) {
    for number in (1..=4).chain([6]) {
        running(ports, number, 10).await;
    }
    insert(ports, 5).await;
    let stuck = found(ports, 1).await.unwrap();
    changed(ports, stuck, |order| order.needs_attention(1, at(20))).await;
    let refunding = found(ports, 2).await.unwrap();
    changed(ports, refunding, |order| {
        order.authorized(1, payment(), at(20));
        order.cancel("", false, at(21)).unwrap();
    })
    .await;
    let refused = found(ports, 6).await.unwrap();
    changed(ports, refused, |order| {
        order.authorized(1, payment(), at(20));
        order.cancel("", false, at(21)).unwrap();
        order.refund_refused(1, at(22));
    })
    .await;
    let counted = ports.checkouts.count_unfinished().await.unwrap();
    let mut counted: Vec<_> = counted.into_iter().filter(|(_, count)| *count > 0).collect();
    counted.sort_unstable();
    assert_eq!(
        counted,
        [
            (Unfinished::Running, 2),
            (Unfinished::Refunding, 1),
            (Unfinished::RefundFailed, 1),
            (Unfinished::NeedsAttention, 1)
        ]
    );
}
