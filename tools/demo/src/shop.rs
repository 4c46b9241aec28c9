//! The other side of the counter, and the door.

use std::time::Duration;

use anyhow::Context as _;
use api::{
    auth::v1::{LoginRequest, auth_service_client::AuthServiceClient},
    order::v1::{OrderStatus, UpdateOrderStatusRequest},
    user::v1::{DeleteUserRequest, user_service_client::UserServiceClient},
};
use tokio::time::timeout;
use tonic::Code;

use crate::{
    Staff,
    customer::{Customer, PASSWORD, a_mug, log_in, new_key, refused},
    screen::{self, Steps},
    watching::{Expected, Watching},
};

/// Staff ship and deliver what was paid for, and nothing else.
pub(crate) async fn play(steps: &mut Steps, ada: &mut Customer, staff: &Staff) -> anyhow::Result<()> {
    let mut clerk = log_in(&ada.services, &staff.email, &staff.password).await?;
    let mut watch = Watching::begin(ada).await?;
    let order = ada.place(a_mug(), &new_key()).await?.into_inner();
    watch.expect(&[Expected::Created]).await?;

    steps.next("Customers ship nothing", "order.v1.OrderService/UpdateOrderStatus");
    let request = ada.request(to(&order.id, OrderStatus::Shipped))?;
    refused(
        ada.orders.update_order_status(request).await,
        Code::PermissionDenied,
        "NOT_ALLOWED",
    )?;

    steps.next(
        "and staff nothing that is not paid for",
        "order.v1.OrderService/UpdateOrderStatus",
    );
    let request = clerk.request(to(&order.id, OrderStatus::Shipped))?;
    let shipped = clerk.orders.update_order_status(request).await;
    refused(shipped, Code::FailedPrecondition, "PAYMENT_NOT_CAPTURED")?;

    steps.next(
        "Ada pays, staff ship and deliver",
        "order.v1.OrderService/UpdateOrderStatus",
    );
    ada.check_out(&order, "pm_card_visa", &new_key()).await?;
    watch.expect(&crate::mishaps::PAID).await?;
    for status in [OrderStatus::Shipped, OrderStatus::Delivered] {
        let request = clerk.request(to(&order.id, status))?;
        let moved = clerk
            .orders
            .update_order_status(request)
            .await
            .context("UpdateOrderStatus")?;
        screen::order(&moved.into_inner().order.context("the answer holds no order")?);
        watch.expect(&[Expected::Status(status)]).await?;
    }
    Ok(())
}

/// A customer leaves, and the login goes too.
pub(crate) async fn leave(steps: &mut Steps, customer: Customer) -> anyhow::Result<()> {
    steps.next(
        "Bob leaves, and his login goes with him",
        "user.v1.UserService/DeleteUser",
    );
    let mut users = UserServiceClient::new(customer.services.clone());
    let request = customer.request(DeleteUserRequest {
        id: customer.id.clone(),
        ..Default::default()
    })?;
    users.delete_user(request).await.context("DeleteUser")?;
    let mut auth = AuthServiceClient::new(customer.services);
    let login = LoginRequest {
        email: customer.email,
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
    let status = gone.await.context("the login still worked after 5 s")?;
    refused::<()>(Err(status), Code::Unauthenticated, "INVALID_CREDENTIALS")
}

fn to(id: &str, status: OrderStatus) -> UpdateOrderStatusRequest {
    UpdateOrderStatusRequest {
        id: id.to_owned(),
        status: status.into(),
        ..Default::default()
    }
}
