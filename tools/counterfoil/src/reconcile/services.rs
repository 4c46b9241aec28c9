use api::{
    order::v1::{ListOrdersRequest, ListOrdersResponse, Order},
    payment::v1::{
        ListLedgerEntriesRequest, ListLedgerEntriesResponse, ListPaymentsRequest, ListPaymentsResponse,
        ListProviderChargesRequest, ListProviderChargesResponse, Payment,
    },
};
use async_trait::async_trait;
use tonic::Status;

/// What a comparison asks the services; each as its contract has it.
#[async_trait]
pub trait Services: Send + Sync {
    /// A page of orders.
    async fn list_orders(&self, request: &ListOrdersRequest) -> Result<ListOrdersResponse, Status>;
    /// One order.
    async fn get_order(&self, id: &str) -> Result<Order, Status>;
    /// A page of payments.
    async fn list_payments(&self, request: &ListPaymentsRequest) -> Result<ListPaymentsResponse, Status>;
    /// One payment.
    async fn get_payment(&self, id: &str) -> Result<Payment, Status>;
    /// A page of the ledger.
    async fn list_ledger_entries(
        &self,
        request: &ListLedgerEntriesRequest,
    ) -> Result<ListLedgerEntriesResponse, Status>;
    /// A page of the provider's books.
    async fn list_provider_charges(
        &self,
        request: &ListProviderChargesRequest,
    ) -> Result<ListProviderChargesResponse, Status>;
    /// Asks the provider what became of a payment.
    async fn resolve_payment(&self, id: &str) -> Result<Payment, Status>;
    /// Lets an order follow its payment.
    async fn sync_order(&self, id: &str) -> Result<Order, Status>;
}
