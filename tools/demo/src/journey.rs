//! Register, log in, order, watch, read, list, change, cancel, leave.

use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use api::{
    auth::v1::{LoginRequest, RegisterRequest, auth_service_client::AuthServiceClient},
    order::v1::{
        CancelOrderRequest, CreateOrderRequest, GetOrderRequest, ListOrderEventsRequest, ListOrdersRequest, Order,
        OrderEvent, OrderItem, UpdateOrderRequest, WatchOrdersRequest, order_event::Type,
        order_service_client::OrderServiceClient,
    },
    user::v1::{DeleteUserRequest, user_service_client::UserServiceClient},
};
use kernel::{IdSource as _, UuidV7Source};
use tokio::{sync::mpsc, time::timeout};
use tonic::{Code, Request, Status, metadata::MetadataValue, transport::Channel};

use crate::screen;

const PASSWORD: &str = "a long walk in the rain";

/// The order service as one customer sees it.
struct Customer {
    id: String,
    orders: OrderServiceClient<Channel>,
    token: String,
}

impl Customer {
    fn request<T>(&self, message: T) -> anyhow::Result<Request<T>> {
        let mut request = Request::new(message);
        let bearer = format!("Bearer {}", self.token);
        request
            .metadata_mut()
            .insert("authorization", MetadataValue::try_from(bearer)?);
        Ok(request)
    }

    fn keyed<T>(&self, message: T, key: &str) -> anyhow::Result<Request<T>> {
        let mut request = self.request(message)?;
        request
            .metadata_mut()
            .insert("idempotency-key", MetadataValue::try_from(key)?);
        Ok(request)
    }
}

/// Plays the whole journey over a channel that leads to every service, and tells it on the standard output.
///
/// # Errors
/// The first step that did not go as the contract says.
pub async fn play(channel: Channel) -> anyhow::Result<()> {
    let run = UuidV7Source.next().simple().to_string();

    screen::step(1, "Ada registers", "auth.v1.AuthService/Register");
    let mut ada = sign_up(&channel, &format!("ada-{run}@example.com"), "Ada Lovelace").await?;

    screen::step(
        2,
        "and watches her orders in the background",
        "order.v1.OrderService/WatchOrders",
    );
    let mut watch = watch(&mut ada).await?;
    expect(&mut watch, Type::Live).await?;

    screen::step(
        3,
        "She orders tea and a pot; the total is ours",
        "order.v1.OrderService/CreateOrder",
    );
    let placing = CreateOrderRequest {
        items: vec![item("TEA-1", "Assam, 250 g", 2, 450), item("POT-7", "Teapot", 1, 2_995)],
        ..Default::default()
    };
    let request = ada.keyed(placing.clone(), &run)?;
    let order = order_of(
        ada.orders
            .create_order(request)
            .await
            .context("CreateOrder")?
            .into_inner()
            .order,
    )?;
    ensure!(
        order.total_cents == 3_895,
        "expected a total of 38.95, got {}",
        order.total_cents
    );
    screen::result(&screen::describe(&order));
    expect(&mut watch, Type::Created).await?;

    screen::step(
        4,
        "The answer was lost, so she sends it again with the same key",
        "order.v1.OrderService/CreateOrder",
    );
    let request = ada.keyed(placing, &run)?;
    let again = ada.orders.create_order(request).await.context("CreateOrder again")?;
    let replayed = again.metadata().get("idempotency-replayed").is_some();
    let same = order_of(again.into_inner().order)?;
    ensure!(replayed && same == order, "expected the first answer again");
    screen::result("idempotency-replayed: true, the same order; nothing was ordered twice");

    screen::step(5, "She reads it", "order.v1.OrderService/GetOrder");
    let request = ada.request(GetOrderRequest { id: order.id.clone() })?;
    let read = order_of(
        ada.orders
            .get_order(request)
            .await
            .context("GetOrder")?
            .into_inner()
            .order,
    )?;
    screen::result(&screen::describe(&read));

    screen::step(6, "Bob must not learn that it exists", "order.v1.OrderService/GetOrder");
    let mut bob = sign_up(&channel, &format!("bob-{run}@example.com"), "Bob").await?;
    let request = bob.request(GetOrderRequest { id: order.id.clone() })?;
    refused(bob.orders.get_order(request).await, Code::NotFound)?;

    screen::step(
        7,
        "She wants three packs, made from the order she saw",
        "order.v1.OrderService/UpdateOrder",
    );
    let change = UpdateOrderRequest {
        id: order.id.clone(),
        items: vec![item("TEA-1", "Assam, 250 g", 3, 450), item("POT-7", "Teapot", 1, 2_995)],
        update_mask: Some(prost_types::FieldMask {
            paths: vec!["items".to_owned()],
        }),
        etag: order.etag.clone(),
        ..Default::default()
    };
    let request = ada.request(change.clone())?;
    let changed = order_of(
        ada.orders
            .update_order(request)
            .await
            .context("UpdateOrder")?
            .into_inner()
            .order,
    )?;
    screen::result(&screen::describe(&changed));
    expect(&mut watch, Type::Updated).await?;

    screen::step(
        8,
        "The same change from the older version is refused",
        "order.v1.OrderService/UpdateOrder",
    );
    let request = ada.request(change)?;
    refused(ada.orders.update_order(request).await, Code::Aborted)?;

    screen::step(
        9,
        "She lists her orders, one a page",
        "order.v1.OrderService/ListOrders",
    );
    for sku in ["MUG-1", "MUG-2"] {
        let request = ada.request(CreateOrderRequest {
            items: vec![item(sku, "Mug", 1, 800)],
            ..Default::default()
        })?;
        ada.orders.create_order(request).await.context("CreateOrder")?;
        expect(&mut watch, Type::Created).await?;
    }
    let mut page_token = String::new();
    let mut listed = 0;
    loop {
        let request = ada.request(ListOrdersRequest {
            page_size: 1,
            page_token,
            ..Default::default()
        })?;
        let page = ada
            .orders
            .list_orders(request)
            .await
            .context("ListOrders")?
            .into_inner();
        for order in &page.orders {
            screen::result(&screen::describe(order));
        }
        listed += page.orders.len();
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    ensure!(listed == 3, "expected 3 orders, got {listed}");

    screen::step(10, "She changes her mind", "order.v1.OrderService/CancelOrder");
    let cancel = CancelOrderRequest {
        id: order.id.clone(),
        reason: "changed my mind".to_owned(),
        ..Default::default()
    };
    let request = ada.request(cancel.clone())?;
    let cancelled = order_of(
        ada.orders
            .cancel_order(request)
            .await
            .context("CancelOrder")?
            .into_inner()
            .order,
    )?;
    screen::result(&screen::describe(&cancelled));
    expect(&mut watch, Type::Cancelled).await?;

    screen::step(
        11,
        "and says so twice, which changes nothing",
        "order.v1.OrderService/CancelOrder",
    );
    let request = ada.request(cancel)?;
    let twice = order_of(
        ada.orders
            .cancel_order(request)
            .await
            .context("CancelOrder")?
            .into_inner()
            .order,
    )?;
    ensure!(twice.etag == cancelled.etag, "a second cancel changed the order");
    screen::result(&screen::describe(&twice));

    screen::step(12, "The history keeps it all", "order.v1.OrderService/ListOrderEvents");
    let request = ada.request(ListOrderEventsRequest {
        id: order.id,
        ..Default::default()
    })?;
    let history = ada
        .orders
        .list_order_events(request)
        .await
        .context("ListOrderEvents")?
        .into_inner();
    for event in &history.events {
        screen::result(&format!(
            "version {} {} by {}",
            event.version,
            event.r#type().as_str_name(),
            event.actor
        ));
    }
    ensure!(
        history.events.len() == 3,
        "expected 3 events, got {}",
        history.events.len()
    );

    screen::step(
        13,
        "Bob leaves, and his login goes with him",
        "user.v1.UserService/DeleteUser",
    );
    let mut users = UserServiceClient::new(channel.clone());
    let request = bob.request(DeleteUserRequest {
        id: bob.id.clone(),
        ..Default::default()
    })?;
    users.delete_user(request).await.context("DeleteUser")?;
    let mut auth = AuthServiceClient::new(channel);
    let login = LoginRequest {
        email: format!("bob-{run}@example.com"),
        password: PASSWORD.to_owned(),
    };
    // authsvc learns of it from the events of usersvc, a moment later.
    let gone = timeout(Duration::from_secs(5), async {
        let mut every = tokio::time::interval(Duration::from_millis(100));
        loop {
            every.tick().await;
            if let Err(status) = auth.login(login.clone()).await {
                return status;
            }
        }
    });
    refused::<()>(
        Err(gone.await.context("the login still worked after 5 s")?),
        Code::Unauthenticated,
    )?;

    screen::farewell("Everything went as the contract says.");
    Ok(())
}

async fn sign_up(channel: &Channel, email: &str, name: &str) -> anyhow::Result<Customer> {
    let mut auth = AuthServiceClient::new(channel.clone());
    let register = RegisterRequest {
        email: email.to_owned(),
        password: PASSWORD.to_owned(),
        name: name.to_owned(),
    };
    let user_id = auth.register(register).await.context("Register")?.into_inner().user_id;
    let login = LoginRequest {
        email: email.to_owned(),
        password: PASSWORD.to_owned(),
    };
    let token = auth.login(login).await.context("Login")?.into_inner().access_token;
    screen::result(&format!("user {user_id} is signed in"));
    Ok(Customer {
        id: user_id,
        orders: OrderServiceClient::new(channel.clone()),
        token,
    })
}

async fn watch(customer: &mut Customer) -> anyhow::Result<mpsc::Receiver<OrderEvent>> {
    let request = customer.request(WatchOrdersRequest::default())?;
    let mut stream = customer
        .orders
        .watch_orders(request)
        .await
        .context("WatchOrders")?
        .into_inner();
    let (sender, receiver) = mpsc::channel(16);
    tokio::spawn(async move {
        while let Ok(Some(message)) = stream.message().await {
            let Some(event) = message.event else { continue };
            if sender.send(event).await.is_err() {
                break;
            }
        }
    });
    Ok(receiver)
}

async fn expect(watch: &mut mpsc::Receiver<OrderEvent>, expected: Type) -> anyhow::Result<()> {
    let event = timeout(Duration::from_secs(5), watch.recv())
        .await
        .with_context(|| format!("the watch did not show {} within 5 s", expected.as_str_name()))?
        .context("the watch ended")?;
    screen::watched(&event);
    ensure!(event.r#type() == expected, "expected {}", expected.as_str_name());
    Ok(())
}

fn refused<T>(answer: Result<T, Status>, expected: Code) -> anyhow::Result<()> {
    match answer {
        Err(status) if status.code() == expected => {
            let reason = wire::reason_of(&status).unwrap_or_default();
            screen::result(&format!("{:?} {reason}: {}", status.code(), status.message()));
            Ok(())
        }
        Err(status) => Err(status).context("another refusal was expected"),
        Ok(_) => bail!("it was not refused"),
    }
}

fn item(sku: &str, name: &str, quantity: i32, unit_price_cents: i64) -> OrderItem {
    OrderItem {
        sku: sku.to_owned(),
        name: name.to_owned(),
        quantity,
        unit_price_cents,
    }
}

fn order_of(order: Option<Order>) -> anyhow::Result<Order> {
    order.context("the answer holds no order")
}
