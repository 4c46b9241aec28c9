//! The calls that this program makes.

use std::time::Duration;

use api::{
    order::v1::{
        self as order, CancelOrderRequest, GetOrderRequest, ListOrderEventsRequest, ListOrderEventsResponse,
        ListOrdersRequest, ListOrdersResponse, Order, SyncOrderPaymentRequest, WatchOrdersRequest, WatchOrdersResponse,
        order_service_client::OrderServiceClient,
    },
    payment::v1::{
        self as payment, GetPaymentRequest, ListLedgerEntriesRequest, ListLedgerEntriesResponse, ListPaymentsRequest,
        ListPaymentsResponse, ListProviderChargesRequest, ListProviderChargesResponse, Payment, RefundPaymentRequest,
        RefundPaymentResponse, ResolvePaymentRequest, payment_service_client::PaymentServiceClient,
    },
};
use async_trait::async_trait;
use platform::grpc::client::{Client, Retry};
use tonic::{Request, Response, Status, Streaming, metadata::MetadataValue};
use wire::Method;

use crate::reconcile::Services;

/// The services, called as whoever is signed in. What is safe to repeat is repeated.
#[derive(Clone)]
pub struct Apis {
    orders: OrderServiceClient<Client>,
    payments: PaymentServiceClient<Client>,
    retry: Retry,
}

const ATTEMPTS: u32 = 4;
const FIRST_WAIT: Duration = Duration::from_millis(200);

/// One method that only reads or carries a key, as `Apis` has it.
macro_rules! call {
    ($self:ident.$service:ident.$method:ident, $name:literal of $methods:path, $request:expr) => {{
        const METHOD: &Method = Method::named($methods, $name);
        let answer = $self.retry.call(METHOD, true, || {
            let (mut client, request) = ($self.$service.clone(), $request);
            async move { client.$method(request?).await }
        });
        answer.await.map(Response::into_inner)
    }};
}

impl Apis {
    /// Over clients that call as somebody who may.
    pub fn over(orders: Client, payments: Client) -> Self {
        Self {
            orders: OrderServiceClient::new(orders),
            payments: PaymentServiceClient::new(payments),
            retry: Retry::new(ATTEMPTS, FIRST_WAIT),
        }
    }

    pub(crate) async fn cancel_order(&self, request: &CancelOrderRequest, key: &str) -> Result<Order, Status> {
        let answer = call!(self.orders.cancel_order, "CancelOrder" of order::METHODS, keyed(request, key));
        answer.and_then(|answer| there(answer.order))
    }

    pub(crate) async fn list_order_events(
        &self,
        request: &ListOrderEventsRequest,
    ) -> Result<ListOrderEventsResponse, Status> {
        call!(self.orders.list_order_events, "ListOrderEvents" of order::METHODS, plain(request))
    }

    pub(crate) async fn watch_orders(
        &self,
        request: &WatchOrdersRequest,
    ) -> Result<Streaming<WatchOrdersResponse>, Status> {
        call!(self.orders.watch_orders, "WatchOrders" of order::METHODS, plain(request))
    }

    pub(crate) async fn refund_payment(
        &self,
        request: &RefundPaymentRequest,
        key: &str,
    ) -> Result<RefundPaymentResponse, Status> {
        call!(self.payments.refund_payment, "RefundPayment" of payment::METHODS, keyed(request, key))
    }
}

#[async_trait]
impl Services for Apis {
    async fn list_orders(&self, request: &ListOrdersRequest) -> Result<ListOrdersResponse, Status> {
        call!(self.orders.list_orders, "ListOrders" of order::METHODS, plain(request))
    }

    async fn get_order(&self, id: &str) -> Result<Order, Status> {
        let request = GetOrderRequest { id: id.to_owned() };
        let answer = call!(self.orders.get_order, "GetOrder" of order::METHODS, plain(&request));
        answer.and_then(|answer| there(answer.order))
    }

    async fn sync_order(&self, id: &str) -> Result<Order, Status> {
        let request = SyncOrderPaymentRequest { id: id.to_owned() };
        let answer = call!(self.orders.sync_order_payment, "SyncOrderPayment" of order::METHODS, plain(&request));
        answer.and_then(|answer| there(answer.order))
    }

    async fn list_payments(&self, request: &ListPaymentsRequest) -> Result<ListPaymentsResponse, Status> {
        call!(self.payments.list_payments, "ListPayments" of payment::METHODS, plain(request))
    }

    async fn get_payment(&self, id: &str) -> Result<Payment, Status> {
        let request = GetPaymentRequest { id: id.to_owned() };
        let answer = call!(self.payments.get_payment, "GetPayment" of payment::METHODS, plain(&request));
        answer.and_then(|answer| there(answer.payment))
    }

    async fn resolve_payment(&self, id: &str) -> Result<Payment, Status> {
        let request = ResolvePaymentRequest { id: id.to_owned() };
        let answer = call!(self.payments.resolve_payment, "ResolvePayment" of payment::METHODS, plain(&request));
        answer.and_then(|answer| there(answer.payment))
    }

    async fn list_ledger_entries(
        &self,
        request: &ListLedgerEntriesRequest,
    ) -> Result<ListLedgerEntriesResponse, Status> {
        call!(self.payments.list_ledger_entries, "ListLedgerEntries" of payment::METHODS, plain(request))
    }

    async fn list_provider_charges(
        &self,
        request: &ListProviderChargesRequest,
    ) -> Result<ListProviderChargesResponse, Status> {
        call!(self.payments.list_provider_charges, "ListProviderCharges" of payment::METHODS, plain(request))
    }
}

impl std::fmt::Debug for Apis {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Apis")
    }
}

fn plain<T: Clone>(message: &T) -> Result<Request<T>, Status> {
    Ok(Request::new(message.clone()))
}

fn keyed<T: Clone>(message: &T, key: &str) -> Result<Request<T>, Status> {
    let mut request = Request::new(message.clone());
    let key = MetadataValue::try_from(key)
        .map_err(|_| Status::invalid_argument("the idempotency key must be 1 to 255 visible ASCII characters"))?;
    request.metadata_mut().insert("idempotency-key", key);
    Ok(request)
}

fn there<T>(message: Option<T>) -> Result<T, Status> {
    message.ok_or_else(|| Status::data_loss("the answer holds nothing"))
}
