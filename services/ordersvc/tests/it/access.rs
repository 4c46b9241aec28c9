use api::order::v1::{
    CreateOrderRequest, DeleteOrderRequest, GetOrderRequest, ListOrderEventsRequest, ListOrdersRequest,
    ListUserOrdersRequest, METHODS, Order, OrderStatus, SyncOrderPaymentRequest, UpdateOrderStatusRequest,
    WatchOrdersRequest,
};
use kernel::{Caller, Role};
use tonic::{Code, Status};
use uuid::Uuid;
use wire::{AccessLevel, Method};

use crate::{
    requests::{cancel, checkout, one_cake, pay, place, two_teas},
    world::{ALICE, CLERK, Client, TestWorld},
};

/// Calls a method about Alice's order, or about Alice.
async fn call(client: &mut Client, method: &str, order: &Order) -> Result<(), Status> {
    let id = order.id.clone();
    match method {
        "CreateOrder" => {
            let request = CreateOrderRequest {
                customer_id: ALICE.to_string(),
                ..two_teas()
            };
            client.create_order(request).await.map(drop)
        }
        "GetOrder" => client.get_order(GetOrderRequest { id }).await.map(drop),
        "ListOrders" => {
            let request = ListOrdersRequest {
                customer_id: ALICE.to_string(),
                ..ListOrdersRequest::default()
            };
            client.list_orders(request).await.map(drop)
        }
        "UpdateOrder" => client.update_order(one_cake(order)).await.map(drop),
        "CancelOrder" => client.cancel_order(cancel(order)).await.map(drop),
        "DeleteOrder" => {
            let request = DeleteOrderRequest {
                id,
                ..DeleteOrderRequest::default()
            };
            client.delete_order(request).await.map(drop)
        }
        "WatchOrders" => {
            let request = WatchOrdersRequest {
                customer_id: ALICE.to_string(),
                ..WatchOrdersRequest::default()
            };
            client.watch_orders(request).await.map(drop)
        }
        "ListUserOrders" => {
            let request = ListUserOrdersRequest {
                user_id: ALICE.to_string(),
                ..ListUserOrdersRequest::default()
            };
            client.list_user_orders(request).await.map(drop)
        }
        "ListOrderEvents" => {
            let request = ListOrderEventsRequest {
                id,
                ..ListOrderEventsRequest::default()
            };
            client.list_order_events(request).await.map(drop)
        }
        "CheckoutOrder" => client.checkout_order(checkout(order, "pm_card_visa")).await.map(drop),
        "UpdateOrderStatus" => {
            let request = UpdateOrderStatusRequest {
                id,
                status: OrderStatus::Shipped.into(),
                ..UpdateOrderStatusRequest::default()
            };
            client.update_order_status(request).await.map(drop)
        }
        "SyncOrderPayment" => client
            .sync_order_payment(SyncOrderPaymentRequest { id })
            .await
            .map(drop),
        other => panic!("no call for {other}"),
    }
}

fn is_for_staff_only(method: &Method) -> bool {
    method.access.is_some_and(|access| access.level == AccessLevel::Staff)
}

/// What another customer is told: that there is no such order, or that they may not name Alice.
fn told_to_strangers(method: &str) -> Code {
    match method {
        "CreateOrder" | "ListOrders" | "WatchOrders" | "ListUserOrders" => Code::PermissionDenied,
        _ => Code::NotFound,
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: make test"]
async fn an_order_is_for_its_owner_and_for_staff() {
    let world = TestWorld::new().await;
    let running = world.start().await;
    let mut alice = world.alice(&running);
    let mut callers = [
        ("owner", world.alice(&running)),
        ("stranger", world.bob(&running)),
        ("staff", world.clerk(&running)),
        (
            "admin",
            world.client(&running, &Caller::user(CLERK, [Role::Admin], Uuid::nil())),
        ),
    ];
    for method in METHODS {
        let (_, name) = method.service_and_name();
        for (who, client) in &mut callers {
            // A fresh order each time: some methods end it.
            let mut order = place(&mut alice).await;
            if is_for_staff_only(method) {
                order = pay(&mut alice, &order).await;
            }
            let code = call(client, name, &order)
                .await
                .err()
                .map_or(Code::Ok, |status| status.code());
            let expected = match *who {
                "staff" | "admin" => Code::Ok,
                _ if is_for_staff_only(method) => Code::PermissionDenied,
                "owner" => Code::Ok,
                _ => told_to_strangers(name),
            };
            assert_eq!(code, expected, "{name} by {who}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: make test"]
async fn every_method_admits_exactly_whom_the_contract_says() {
    let world = TestWorld::new().await;
    let running = world.start().await;
    testkit::assert_access(&running.channel, METHODS, &world.issuer).await;
}
