//! Orders follow what becomes of their payments: ordersvc is told of every refund, whoever made it.

use std::time::Duration;

use api::{
    order::v1::{METHODS, SyncOrderPaymentRequest, order_service_client::OrderServiceClient},
    payment::v1::Payment,
};
use async_trait::async_trait;
use payment_core::EventKind;
use platform::{
    grpc::client::{Client, Retry},
    postgres::events::{EventHandler, HandlerError, LoggedEvent},
};
use prost::Message;
use tonic::{Code, Request};
use wire::Method;

const SYNC: &Method = Method::named(METHODS, "SyncOrderPayment");
const LIMIT: Duration = Duration::from_secs(5);

/// Follows the event log, at least once and in order; telling an order again changes nothing.
#[derive(Debug)]
pub(crate) struct TellOrders {
    orders: OrderServiceClient<Client>,
    retry: Retry,
}

impl TellOrders {
    /// Tells ordersvc over this client.
    pub(crate) fn new(orders: Client) -> Self {
        Self {
            orders: OrderServiceClient::new(orders),
            retry: Retry::default(),
        }
    }
}

#[async_trait]
impl EventHandler for TellOrders {
    async fn handle(&self, event: &LoggedEvent) -> Result<(), HandlerError> {
        if event.event_type != EventKind::Refunded.as_str() {
            return Ok(());
        }
        let payment = Payment::decode(event.payload.as_slice())?;
        if payment.order_id.is_empty() {
            return Ok(());
        }
        let sync = || {
            let mut orders = self.orders.clone();
            let mut request = Request::new(SyncOrderPaymentRequest {
                id: payment.order_id.clone(),
            });
            request.set_timeout(LIMIT);
            async move { orders.sync_order_payment(request).await }
        };
        match self.retry.call(SYNC, true, sync).await {
            Ok(_) => tracing::info!(
                order.id = payment.order_id,
                "an order follows the refund of its payment"
            ),
            // Asking again cannot help, and others wait behind it.
            Err(status) if is_final(status.code()) => tracing::warn!(
                order.id = payment.order_id,
                payment.id = payment.id,
                error = %status,
                "an order does not follow the refund of its payment"
            ),
            Err(status) => return Err(status.into()),
        }
        Ok(())
    }
}

/// There is no such order, or it wants nothing of it.
const fn is_final(code: Code) -> bool {
    matches!(code, Code::NotFound | Code::InvalidArgument | Code::FailedPrecondition)
}
