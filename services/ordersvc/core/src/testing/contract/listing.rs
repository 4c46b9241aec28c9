//! Listing orders.

use kernel::PageSize;

use super::{CUSTOMER, OTHER, Ports, at, changed, found, new_order, new_order_of};
use crate::{
    CheckoutState, Status,
    ports::{OrderCursor, OrderFilter},
    testing::draft,
};

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
    let second = found(ports, 2).await.unwrap();
    changed(ports, second, |order| order.cancel("", false, at(10)).unwrap()).await;
    let fourth = found(ports, 4).await.unwrap();
    changed(ports, fourth, |order| order.delete(false, at(10)).unwrap()).await;

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

/// Orders that nobody tried to pay for have a state too.
pub async fn a_listing_of_one_checkout_state_is_of_that_state(ports: &Ports) {
    for number in 1..=4 {
        ports.orders.insert(new_order(number), None).await.unwrap();
    }
    let running = |order: &mut crate::Order| order.start_checkout("pm_card_visa", None, at(10)).unwrap();
    for number in [2, 3] {
        let order = found(ports, number).await.unwrap();
        changed(ports, order, running).await;
    }
    let order = found(ports, 3).await.unwrap();
    changed(ports, order, |order| {
        order.authorization_refused(1, "CARD_DECLINED", None, at(99), at(11));
    })
    .await;
    let cases: [(CheckoutState, &[u128]); 4] = [
        (CheckoutState::None, &[4, 1]),
        (CheckoutState::Running, &[2]),
        (CheckoutState::Failed, &[3]),
        (CheckoutState::NeedsAttention, &[]),
    ];
    for (state, expected) in cases {
        let filter = OrderFilter {
            checkout_state: Some(state),
            ..OrderFilter::default()
        };
        let page = ports.orders.list(&filter, None, PageSize::DEFAULT).await.unwrap();
        let ids: Vec<u128> = page.items.iter().map(|order| order.id().as_uuid().as_u128()).collect();
        assert_eq!(ids, expected, "{state}");
    }
}
