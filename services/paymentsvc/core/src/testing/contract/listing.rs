use kernel::PageSize;

use super::{Ports, ask, captured, done, insert, long_ago, manual, payment_id, settle};
use crate::{
    Movement, OrderId, PaymentFields, PaymentId, Status,
    ports::{PaymentFilter, TransferCursor},
    testing::user,
};

async fn pages(ports: &Ports, filter: &PaymentFilter, size: i32) -> Vec<PaymentId> {
    let size = PageSize::try_from(size).unwrap();
    let (mut listed, mut after) = (Vec::new(), None);
    loop {
        let page = ports.payments.list(filter, after, size).await.unwrap();
        assert!(page.items.len() <= usize::from(size.get()));
        listed.extend(page.items.iter().map(|payment| payment.id));
        after = page.next;
        if after.is_none() {
            return listed;
        }
    }
}

/// While more are added.
pub async fn a_listing_neither_skips_nor_repeats(ports: &Ports) {
    for number in 1..=7 {
        insert(ports, number, manual(1_000)).await;
    }
    let size = PageSize::try_from(3).unwrap();
    let all = PaymentFilter::default();
    let (mut listed, mut after, mut added) = (Vec::new(), None, 100);
    loop {
        let page = ports.payments.list(&all, after, size).await.unwrap();
        listed.extend(page.items.iter().map(|payment| payment.id));
        insert(ports, added, manual(1_000)).await;
        added += 1;
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let expected: Vec<_> = (1..=7).rev().map(payment_id).collect();
    assert_eq!(listed, expected);
}

/// Of a customer, of an order, with a status.
pub async fn a_listing_shows_only_what_its_filter_admits(ports: &Ports) {
    let order = OrderId::new(payment_id(77).as_uuid());
    for number in 1..=8 {
        let fields = PaymentFields {
            customer_id: user(number % 2),
            order_id: (number % 3 == 0).then_some(order),
            ..manual(1_000)
        };
        insert(ports, number, fields).await;
    }
    settle(ports, 3, done()).await;
    let of = |numbers: &[u128]| numbers.iter().copied().map(payment_id).collect::<Vec<_>>();
    let mut filter = PaymentFilter {
        customer_id: Some(user(1)),
        ..PaymentFilter::default()
    };
    assert_eq!(pages(ports, &filter, 3).await, of(&[7, 5, 3, 1]));
    filter.order_id = Some(order);
    assert_eq!(pages(ports, &filter, 3).await, of(&[3]));
    filter.customer_id = None;
    assert_eq!(pages(ports, &filter, 1).await, of(&[6, 3]));
    filter.status = Some(Status::Processing);
    assert_eq!(pages(ports, &filter, 1).await, of(&[6]));
    let authorized = PaymentFilter {
        status: Some(Status::RequiresCapture),
        ..PaymentFilter::default()
    };
    assert_eq!(pages(ports, &authorized, 1).await, of(&[3]));
}

/// Of one payment and of all, in pages.
pub async fn the_ledger_is_listed_newest_first(ports: &Ports) {
    let payment = captured(ports, 600).await;
    insert(ports, 5, manual(50)).await;
    settle(ports, 5, done()).await;
    let refund = payment.refund(1, String::new(), ask(6, None)).unwrap().unwrap();
    ports.payments.record(&refund, long_ago()).await.unwrap();
    settle(ports, 6, done()).await;
    let size = PageSize::try_from(2).unwrap();
    for (payment, expected) in [(Some(payment_id(1)), 4), (None, 5), (Some(payment_id(99)), 0)] {
        let (mut listed, mut after) = (Vec::new(), None);
        loop {
            let page = ports.payments.list_transfers(payment, after, size).await.unwrap();
            listed.extend(page.items);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(listed.len(), expected);
        assert!(listed.is_sorted_by(|a, b| TransferCursor::of(a) > TransferCursor::of(b)));
        let first = listed.first().map(|transfer| transfer.movement);
        assert_eq!(first, (expected > 0).then_some(Movement::Refund));
    }
}
