use std::collections::BTreeSet;

use time::Duration;

use super::{Ports, at, begun, done, insert, long_ago, manual, operation_id, payment_id, settle};
use crate::ports::{Backlog, Taken};

/// By one, then by nobody, then by another.
pub async fn an_operation_is_taken_by_one_until_it_is_let_go(ports: &Ports) {
    let (payment, operation) = begun(1, manual(1_000), None);
    ports.payments.insert(&payment, &operation, at(14)).await.unwrap();
    let take = |now, until| ports.payments.take(operation_id(1), at(now), at(until));
    assert_eq!(take(10, 24).await.unwrap(), Taken::Busy);
    assert!(ports.payments.take_due(at(13), at(24), 10).await.unwrap().is_empty());
    match take(14, 18).await.unwrap() {
        Taken::Held(work) => {
            assert_eq!(work.operation.tries, 1);
            assert_eq!(work.payment, payment);
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(take(17, 21).await.unwrap(), Taken::Busy);

    ports.payments.postpone(operation_id(1), at(100)).await.unwrap();
    assert!(ports.payments.take_due(at(99), at(103), 10).await.unwrap().is_empty());
    assert!(
        matches!(take(50, 54).await.unwrap(), Taken::Held(_)),
        "taken before it is due"
    );
    ports.payments.postpone(operation_id(1), at(100)).await.unwrap();
    let due = ports.payments.take_due(at(100), at(104), 10).await.unwrap();
    assert_eq!(due.len(), 1);
    assert_eq!((due[0].operation.tries, &due[0].payment), (3, &payment));
    assert!(ports.payments.take_due(at(101), at(105), 10).await.unwrap().is_empty());
}

/// The longest due first, each once.
pub async fn due_operations_are_taken_by_one_of_many(ports: &Ports) {
    for number in 1..=20 {
        insert(ports, number, manual(1_000)).await;
        let due_at = at(200) - Duration::seconds(i64::try_from(number).unwrap());
        ports.payments.postpone(operation_id(number), due_at).await.unwrap();
    }
    let first = ports.payments.take_due(at(200), at(204), 2).await.unwrap();
    let first: BTreeSet<_> = first.iter().map(|work| work.operation.id).collect();
    assert_eq!(first, BTreeSet::from([operation_id(20), operation_id(19)]));
    let takes = (0..6).map(|_| {
        let ports = ports.clone();
        tokio::spawn(async move { ports.payments.take_due(at(200), at(204), 5).await.unwrap() })
    });
    let mut taken = first;
    for take in takes.collect::<Vec<_>>() {
        for work in take.await.unwrap() {
            assert!(taken.insert(work.operation.id), "{} was taken twice", work.operation.id);
        }
    }
    taken.extend(
        ports
            .payments
            .take_due(at(200), at(204), 20)
            .await
            .unwrap()
            .into_iter()
            .map(|work| work.operation.id),
    );
    assert_eq!(taken.len(), 20);
}

/// Nor taken, nor put off.
pub async fn a_settled_operation_is_never_due(ports: &Ports) {
    let (payment, operation) = begun(1, manual(1_000), None);
    ports.payments.insert(&payment, &operation, long_ago()).await.unwrap();
    settle(ports, 1, done()).await;
    ports.payments.postpone(operation_id(1), at(2)).await.unwrap();
    assert!(
        ports
            .payments
            .take_due(at(1_000), at(1_004), 10)
            .await
            .unwrap()
            .is_empty()
    );
    let taken = ports
        .payments
        .take(operation_id(1), at(1_000), at(1_004))
        .await
        .unwrap();
    assert_eq!(taken, Taken::Settled);
    let taken = ports
        .payments
        .take(operation_id(2), at(1_000), at(1_004))
        .await
        .unwrap();
    assert_eq!(taken, Taken::Settled);
    assert!(ports.payments.pending(payment_id(1)).await.unwrap().is_empty());
}

/// Whoever holds it, and however late it is due.
pub async fn the_backlog_counts_what_is_undecided(ports: &Ports) {
    assert_eq!(ports.payments.backlog().await.unwrap(), Backlog::default());
    for number in 1..=3 {
        insert(ports, number, manual(1_000)).await;
    }
    settle(ports, 1, done()).await;
    ports.payments.postpone(operation_id(2), at(1_000)).await.unwrap();
    let oldest = ports.payments.pending(payment_id(2)).await.unwrap()[0].created_at;
    let backlog = ports.payments.backlog().await.unwrap();
    assert_eq!(
        backlog,
        Backlog {
            undecided: 2,
            oldest: Some(oldest)
        }
    );
}
