//! A watch in the background.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use api::order::v1::{CheckoutState, OrderEvent, OrderStatus, WatchOrdersRequest, order_event::Type};
use tokio::{sync::mpsc, time::timeout};

use crate::{customer::Customer, screen};

const PATIENCE: Duration = Duration::from_secs(15);

/// What a customer's watch shows, in order.
pub(crate) struct Watching(mpsc::Receiver<OrderEvent>);

/// What the next event must be.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Expected {
    Live,
    Created,
    Updated,
    Cancelled,
    Status(OrderStatus),
    Checkout(CheckoutState),
}

impl Watching {
    /// Begins to watch; what happens from now on is seen.
    pub(crate) async fn begin(customer: &mut Customer) -> anyhow::Result<Self> {
        let request = customer.request(WatchOrdersRequest::default())?;
        let answer = customer.orders.watch_orders(request).await.context("WatchOrders")?;
        let mut stream = answer.into_inner();
        let (sender, receiver) = mpsc::channel(64);
        tokio::spawn(async move {
            while let Ok(Some(message)) = stream.message().await {
                let Some(event) = message.event else { continue };
                if sender.send(event).await.is_err() {
                    break;
                }
            }
        });
        let mut watching = Self(receiver);
        watching.expect(&[Expected::Live]).await?;
        Ok(watching)
    }

    /// Waits for these events, one after the other and nothing between them.
    pub(crate) async fn expect(&mut self, expected: &[Expected]) -> anyhow::Result<()> {
        for next in expected {
            let event = timeout(PATIENCE, self.0.recv())
                .await
                .with_context(|| format!("the watch did not show {next:?} within {} s", PATIENCE.as_secs()))?
                .context("the watch ended")?;
            screen::watched(&event);
            ensure!(next.is(&event), "expected {next:?}");
        }
        Ok(())
    }
}

impl Expected {
    fn is(self, event: &OrderEvent) -> bool {
        let order = event.order.as_ref();
        let checkout = order.and_then(|order| order.checkout.as_ref());
        match self {
            Expected::Live => event.r#type() == Type::Live,
            Expected::Created => event.r#type() == Type::Created,
            Expected::Updated => event.r#type() == Type::Updated,
            Expected::Cancelled => event.r#type() == Type::Cancelled,
            Expected::Status(status) => {
                event.r#type() == Type::StatusChanged && order.is_some_and(|order| order.status() == status)
            }
            Expected::Checkout(state) => {
                event.r#type() == Type::CheckoutChanged && checkout.is_some_and(|checkout| checkout.state() == state)
            }
        }
    }
}
