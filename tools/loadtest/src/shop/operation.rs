use std::time::Duration;

use anyhow::Context;
use api::order::v1::{
    CheckoutOrderRequest, CreateOrderRequest, DeleteOrderRequest, GetOrderRequest, ListOrdersRequest, OrderItem,
    UpdateOrderRequest, order_service_client::OrderServiceClient,
};
use clap::ValueEnum;
use tokio::time::Instant;
use tonic::{Request, Status, transport::Channel};

use super::Customer;
use crate::{load::Caller, record::Record};

/// How long a caller waits for an answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// Orders that a shopper has before it looks at or changes one.
const ORDERS: usize = 20;
/// A card of the sandbox that pays.
pub(crate) const CARD: &str = "pm_card_visa";

/// What to do again and again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Operation {
    /// Place orders of two items, each under a key of its own.
    Create,
    /// Read orders of one's own.
    Get,
    /// List one's newest orders, 20 a page.
    List,
    /// Change the metadata of orders of one's own.
    Update,
    /// Place an order and delete it; both are timed.
    Delete,
    /// Of 20 calls, 10 read, 3 list, 5 place, 1 changes, 1 deletes.
    Mixed,
    /// Place an order and pay for it; both are timed.
    Checkout,
}

impl Operation {
    /// What the n-th call does.
    const fn at(self, number: u64) -> Self {
        match self {
            Operation::Mixed => match number % 20 {
                0 | 5 | 9 | 13 | 17 => Operation::Create,
                3 | 10 | 16 => Operation::List,
                7 => Operation::Update,
                19 => Operation::Delete,
                _ => Operation::Get,
            },
            other => other,
        }
    }

    /// It needs orders that are there already.
    const fn needs_orders(self) -> bool {
        matches!(
            self,
            Operation::Get | Operation::List | Operation::Update | Operation::Mixed
        )
    }
}

/// One caller of [`Operation`]s, with orders of its own.
#[derive(Debug)]
pub struct Shopper {
    customer: Customer,
    client: OrderServiceClient<Channel>,
    operation: Operation,
    orders: Vec<String>,
}

impl Shopper {
    /// So many callers as so many new customers, over connections that lead to every service.
    ///
    /// # Errors
    /// A customer or an order that the operation needs is refused.
    pub async fn several(
        channels: &[Channel],
        customers: usize,
        callers: usize,
        operation: Operation,
    ) -> anyhow::Result<Vec<Self>> {
        let channel = |number: usize| {
            channels
                .get(number % channels.len().max(1))
                .cloned()
                .context("no connection")
        };
        let mut registered = Vec::new();
        for number in 0..customers.max(1) {
            registered.push(Customer::register(channel(number)?).await?);
        }
        let mut shoppers = Vec::new();
        for (number, customer) in (0..callers.max(1)).zip(registered.iter().cycle()) {
            let shopper = Self::prepare(customer.clone(), channel(number)?, operation).await;
            shoppers.push(shopper.context("could not place the orders to begin with")?);
        }
        Ok(shoppers)
    }

    /// A caller as this customer, with the orders that the operation needs.
    ///
    /// # Errors
    /// They are refused.
    pub async fn prepare(customer: Customer, orders: Channel, operation: Operation) -> Result<Self, Status> {
        let mut shopper = Self {
            customer,
            client: OrderServiceClient::new(orders),
            operation,
            orders: Vec::new(),
        };
        if operation.needs_orders() {
            for _ in 0..ORDERS {
                let order = shopper.create().await?;
                shopper.orders.push(order);
            }
        }
        Ok(shopper)
    }

    async fn create(&mut self) -> Result<String, Status> {
        let request = patient(self.customer.keyed(order()));
        let placed = self.client.create_order(request).await?.into_inner().order;
        Ok(placed.unwrap_or_default().id)
    }

    async fn get(&mut self, id: String) -> Result<(), Status> {
        let request = patient(self.customer.call(GetOrderRequest { id }));
        self.client.get_order(request).await.map(drop)
    }

    async fn list(&mut self) -> Result<(), Status> {
        let request = patient(self.customer.call(ListOrdersRequest {
            page_size: 20,
            ..Default::default()
        }));
        self.client.list_orders(request).await.map(drop)
    }

    async fn update(&mut self, id: String, number: u64) -> Result<(), Status> {
        let request = patient(self.customer.keyed(UpdateOrderRequest {
            id,
            metadata: [("change".to_owned(), number.to_string())].into(),
            ..Default::default()
        }));
        self.client.update_order(request).await.map(drop)
    }

    async fn delete(&mut self, id: String) -> Result<(), Status> {
        let request = patient(self.customer.keyed(DeleteOrderRequest {
            id,
            ..Default::default()
        }));
        self.client.delete_order(request).await.map(drop)
    }

    async fn checkout(&mut self, id: String) -> Result<(), Status> {
        let request = patient(self.customer.keyed(CheckoutOrderRequest {
            id,
            payment_method: CARD.to_owned(),
            ..Default::default()
        }));
        self.client.checkout_order(request).await.map(drop)
    }

    /// One of its orders: another one with each call.
    fn order_of(&self, number: u64) -> String {
        let place = usize::try_from(number).unwrap_or_default() % self.orders.len().max(1);
        self.orders.get(place).cloned().unwrap_or_default()
    }
}

impl Caller for Shopper {
    async fn call(&mut self, number: u64, due: Instant, record: &mut Record) {
        let id = self.order_of(number);
        match self.operation.at(number) {
            Operation::Create | Operation::Mixed => record.note("create", due, &self.create().await),
            Operation::Get => record.note("get", due, &self.get(id).await),
            Operation::List => record.note("list", due, &self.list().await),
            Operation::Update => record.note("update", due, &self.update(id, number).await),
            step @ (Operation::Delete | Operation::Checkout) => {
                let placed = self.create().await;
                record.note("create", due, &placed);
                let Ok(id) = placed else { return };
                let began = Instant::now();
                if step == Operation::Delete {
                    record.note("delete", began, &self.delete(id).await);
                } else {
                    record.note("checkout", began, &self.checkout(id).await);
                }
            }
        }
    }
}

/// An order of two items.
pub(crate) fn order() -> CreateOrderRequest {
    let item = |sku: &str, name: &str, quantity, unit_price_cents| OrderItem {
        sku: sku.to_owned(),
        name: name.to_owned(),
        quantity,
        unit_price_cents,
    };
    CreateOrderRequest {
        items: vec![item("TEA-1", "Assam, 250 g", 2, 450), item("POT-7", "Teapot", 1, 2_995)],
        ..Default::default()
    }
}

fn patient<T>(mut request: Request<T>) -> Request<T> {
    request.set_timeout(PATIENCE);
    request
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mixed_is_as_its_help_says() {
        let count = |wanted| (0..20).filter(|n| Operation::Mixed.at(*n) == wanted).count();
        let counts = [
            Operation::Get,
            Operation::List,
            Operation::Create,
            Operation::Update,
            Operation::Delete,
        ]
        .map(count);
        assert_eq!(counts, [10, 3, 5, 1, 1]);
    }
}
