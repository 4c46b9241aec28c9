use kernel::{Caller, Classify, ErrorKind, PageSize};
use order_core::{
    ListOrders, ListUserOrders, PlaceOrder,
    ports::OrderFilter,
    testing::{World, customer, draft, staff, user},
};

async fn world_of_two() -> World {
    let world = World::new();
    for n in [1, 2] {
        let input = PlaceOrder {
            customer_id: None,
            draft: draft(),
            ..PlaceOrder::default()
        };
        world.ordering.place(&customer(n), input, None).await.unwrap();
    }
    world
}

fn of(customer: Option<u128>) -> ListOrders {
    ListOrders {
        filter: OrderFilter {
            customer_id: customer.map(user),
            ..OrderFilter::default()
        },
        after: None,
        size: PageSize::DEFAULT,
    }
}

#[tokio::test]
async fn a_customer_lists_their_own_and_staff_everybody_s() {
    let world = world_of_two().await;
    let count = async |caller: &Caller, asked| {
        world
            .ordering
            .list(caller, of(asked))
            .await
            .map(|page| page.items.len())
    };
    assert_eq!(count(&customer(1), None).await.unwrap(), 1);
    assert_eq!(count(&customer(1), Some(1)).await.unwrap(), 1);
    assert_eq!(count(&staff(9), None).await.unwrap(), 2);
    assert_eq!(count(&staff(9), Some(2)).await.unwrap(), 1);
    assert_eq!(count(&Caller::service("gateway", []), None).await.unwrap(), 2);
    for (caller, asked) in [
        (customer(1), Some(2)),
        (customer(1), Some(99)),
        (Caller::Anonymous, None),
    ] {
        let refused = count(&caller, asked).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::NotAllowed);
    }
}

#[tokio::test]
async fn all_orders_of_a_user_are_for_the_user_and_staff() {
    let world = world_of_two().await;
    let input = ListUserOrders {
        user_id: user(1),
        include_archived: false,
    };
    for (caller, allowed) in [(customer(1), true), (staff(9), true), (customer(2), false)] {
        let listed = world.ordering.list_user_orders(&caller, input, None).await;
        assert_eq!(listed.is_ok(), allowed, "{caller}");
    }
}

#[tokio::test]
async fn a_history_is_for_whom_the_order_is_for() {
    let world = world_of_two().await;
    let order = world
        .ordering
        .list(&customer(1), of(None))
        .await
        .unwrap()
        .items
        .remove(0);
    for (caller, allowed) in [(customer(1), true), (staff(9), true), (customer(2), false)] {
        let shown = world
            .ordering
            .history(&caller, order.id(), None, PageSize::DEFAULT)
            .await;
        match shown {
            Ok(page) => assert!(allowed && page.items.len() == 1, "{caller}"),
            Err(error) => assert!(!allowed && error.reason() == "ORDER_NOT_FOUND", "{caller}: {error}"),
        }
    }
}
