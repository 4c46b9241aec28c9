use anyhow::Context;
use api::order::v1::{CancelOrderRequest, CheckoutState, ListOrdersRequest, Order, OrderStatus};
use clap::{Args, Subcommand};
use kernel::{IdSource, UuidV7Source};
use serde_json::Value;

use crate::{
    apis::Apis,
    json,
    output::{Shown, instant, money, named, short},
    reconcile::Services,
    table::Table,
};

const STATUS: &str = "ORDER_STATUS_";
const CHECKOUT: &str = "CHECKOUT_STATE_";
const LARGEST_PAGE: usize = 100;

/// What to do with orders.
#[derive(Debug, Subcommand)]
pub(crate) enum Orders {
    /// List orders, newest first.
    List(List),
    /// Show one order.
    Show {
        /// Its id.
        id: String,
    },
    /// Cancel an order; what was paid is given back.
    Cancel {
        /// Its id.
        id: String,
        /// Why.
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// Let an order follow its payment, and go on with what it waits for.
    Sync {
        /// Its id.
        id: String,
    },
}

/// Which orders.
#[derive(Debug, Args)]
pub(crate) struct List {
    /// Only of this customer.
    #[arg(long)]
    customer: Option<String>,
    /// Only with this status: pending, confirmed, shipped, delivered, cancelled.
    #[arg(long, value_parser = status)]
    status: Option<OrderStatus>,
    /// Only with this state of the checkout: none, running, paid, failed, refunding, refunded, needs-attention….
    #[arg(long, value_parser = checkout)]
    checkout: Option<CheckoutState>,
    /// Deleted ones too.
    #[arg(long)]
    archived: bool,
    /// How many at most; 0 means all.
    #[arg(long, default_value_t = 50)]
    limit: usize,
}

fn status(text: &str) -> Result<OrderStatus, String> {
    named(STATUS, text, OrderStatus::from_str_name)
}

fn checkout(text: &str) -> Result<CheckoutState, String> {
    named(CHECKOUT, text, CheckoutState::from_str_name)
}

impl Orders {
    pub(crate) async fn run(self, apis: &Apis) -> anyhow::Result<Shown> {
        match self {
            Orders::List(list) => list.run(apis).await,
            Orders::Show { id } => one(&apis.get_order(&id).await?),
            Orders::Cancel { id, reason } => {
                let request = CancelOrderRequest {
                    id,
                    reason,
                    etag: String::new(),
                };
                let key = UuidV7Source.next().to_string();
                one(&apis.cancel_order(&request, &key).await?)
            }
            Orders::Sync { id } => one(&apis.sync_order(&id).await?),
        }
    }
}

impl List {
    async fn run(self, apis: &Apis) -> anyhow::Result<Shown> {
        let limit = if self.limit == 0 { usize::MAX } else { self.limit };
        let mut request = ListOrdersRequest {
            customer_id: self.customer.unwrap_or_default(),
            status: self.status.unwrap_or_default().into(),
            checkout_state: self.checkout.unwrap_or_default().into(),
            include_archived: self.archived,
            ..Default::default()
        };
        let mut orders: Vec<Order> = Vec::new();
        while orders.len() < limit {
            request.page_size = i32::try_from((limit - orders.len()).min(LARGEST_PAGE))?;
            let page = apis.list_orders(&request).await?;
            orders.extend(page.orders);
            request.page_token = page.next_page_token;
            if request.page_token.is_empty() {
                break;
            }
        }
        let mut table = Table::new(["ID", "STATUS", "CHECKOUT", "TOTAL", "PLACED", "CUSTOMER"]);
        for order in &orders {
            table.row([
                order.id.clone(),
                short(order.status().as_str_name(), STATUS).to_owned(),
                state(order).to_owned(),
                money(order.total_cents, &order.currency_code),
                instant(order.created_at),
                order.customer_id.clone(),
            ]);
        }
        let json: anyhow::Result<Value> = orders.iter().map(|order| json::of("order.v1.Order", order)).collect();
        Ok(Shown {
            tables: vec![table],
            json: json?,
        })
    }
}

fn one(order: &Order) -> anyhow::Result<Shown> {
    let checkout = order.checkout.as_ref().context("the order has no checkout")?;
    let facts = Table::of_facts([
        ("id", order.id.clone()),
        ("customer", order.customer_id.clone()),
        ("status", short(order.status().as_str_name(), STATUS).to_owned()),
        ("cancel reason", order.cancel_reason.clone()),
        ("checkout", state(order).to_owned()),
        ("attempt", checkout.attempt.to_string()),
        ("payment", checkout.payment_id.clone()),
        ("failure reason", checkout.failure_reason.clone()),
        ("expires", instant(checkout.expires_at)),
        ("total", money(order.total_cents, &order.currency_code)),
        ("reference", order.external_reference.clone()),
        ("archived", if order.archived { "yes" } else { "" }.to_owned()),
        ("placed", instant(order.created_at)),
        ("changed", instant(order.updated_at)),
        ("etag", order.etag.clone()),
    ]);
    let mut items = Table::new(["SKU", "NAME", "QUANTITY", "UNIT PRICE"]);
    for item in &order.items {
        items.row([
            item.sku.clone(),
            item.name.clone(),
            item.quantity.to_string(),
            money(item.unit_price_cents, &order.currency_code),
        ]);
    }
    Ok(Shown {
        tables: vec![facts, items],
        json: json::of("order.v1.Order", order)?,
    })
}

/// The state of an order's checkout.
pub(crate) fn state(order: &Order) -> &'static str {
    let state = order.checkout.as_ref().map(|checkout| checkout.state());
    short(state.unwrap_or_default().as_str_name(), CHECKOUT)
}
