//! Everything that is judged, as it was read: orders, payments, the ledger, the provider and what callers say.

mod orders;
mod payments;
mod provider;

use std::path::PathBuf;

use anyhow::Context;
use uuid::Uuid;

use crate::{
    client_log::{self, Attempt, OrderState},
    words::{ChargeStatus, CheckoutState, EventKind, OperationKind, OperationStatus, PaymentStatus, Status},
};

/// Where to look.
#[derive(Debug, Clone)]
pub struct Sources {
    /// The database of ordersvc, for a role that may read.
    pub orders_db: String,
    /// The database of paymentsvc, for a role that may read.
    pub payments_db: String,
    /// The URL of the provider.
    pub provider: String,
    /// What callers did and were told; without it, only the books are held against each other.
    pub client_log: Option<PathBuf>,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Books {
    /// Nothing when there is no log.
    pub(crate) attempts: Option<Vec<Attempt>>,
    pub(crate) orders: Vec<Order>,
    pub(crate) order_events: Vec<OrderEvent>,
    pub(crate) order_log: Log,
    pub(crate) payments: Vec<Payment>,
    pub(crate) payment_events: Vec<PaymentEvent>,
    pub(crate) payment_log: Log,
    pub(crate) operations: Vec<Operation>,
    pub(crate) transfers: Vec<Transfer>,
    pub(crate) charges: Vec<Charge>,
}

/// One row of `orders`, with its row of `checkouts`.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    pub(crate) id: Uuid,
    pub(crate) customer_id: Uuid,
    pub(crate) status: Status,
    pub(crate) currency_code: String,
    pub(crate) total: i64,
    pub(crate) external_reference: String,
    pub(crate) cancel_reason: String,
    pub(crate) archived: bool,
    pub(crate) version: i64,
    pub(crate) checkout: CheckoutState,
    pub(crate) attempt: u32,
    pub(crate) payment_id: Option<Uuid>,
    pub(crate) failure_reason: String,
    pub(crate) work: Option<Work>,
}

/// What is to be done next for an order.
#[derive(Debug, Clone)]
pub(crate) struct Work {
    pub(crate) step: String,
    /// For how long it has been due; negative until then.
    pub(crate) overdue_seconds: f64,
    pub(crate) tries: i32,
}

/// One event of an order, with the order as it was right after.
#[derive(Debug, Clone)]
pub(crate) struct OrderEvent {
    pub(crate) id: Uuid,
    pub(crate) order: Uuid,
    pub(crate) version: i64,
    pub(crate) kind: EventKind,
    pub(crate) state: OrderState,
}

/// One event of a payment.
#[derive(Debug, Clone)]
pub(crate) struct PaymentEvent {
    pub(crate) id: Uuid,
    pub(crate) payment: Uuid,
    pub(crate) version: i64,
    pub(crate) kind: String,
}

/// The sums of an event log.
#[derive(Debug, Clone, Default)]
pub(crate) struct Log {
    /// How many events are kept.
    pub(crate) events: i64,
    pub(crate) last_position: i64,
    /// The last position that was given, as the head says.
    pub(crate) head: i64,
    /// Positions up to here are no longer kept.
    pub(crate) floor: i64,
    /// Events without a place.
    pub(crate) waiting: i64,
}

/// One row of `payments`.
#[derive(Debug, Clone)]
pub(crate) struct Payment {
    pub(crate) id: Uuid,
    pub(crate) order_id: Option<Uuid>,
    pub(crate) customer_id: Uuid,
    pub(crate) status: PaymentStatus,
    pub(crate) amount: i64,
    pub(crate) currency_code: String,
    pub(crate) authorized: i64,
    pub(crate) captured: i64,
    pub(crate) refunded: i64,
    pub(crate) refund_reserved: i64,
    pub(crate) charge_id: Option<String>,
    pub(crate) version: i64,
}

/// One row of `payment_operations`.
#[derive(Debug, Clone)]
pub(crate) struct Operation {
    pub(crate) id: Uuid,
    pub(crate) payment: Uuid,
    pub(crate) kind: OperationKind,
    pub(crate) amount: i64,
    pub(crate) status: OperationStatus,
    pub(crate) reason: String,
    pub(crate) key: Option<String>,
    pub(crate) tries: i32,
}

/// One row of `ledger_transfers`: one movement between two accounts.
#[derive(Debug, Clone)]
pub(crate) struct Transfer {
    pub(crate) id: Uuid,
    pub(crate) payment: Uuid,
    pub(crate) operation: Uuid,
    pub(crate) debit: String,
    pub(crate) credit: String,
    pub(crate) amount: i64,
    pub(crate) currency_code: String,
}

/// A charge on the books of the provider.
#[derive(Debug, Clone)]
pub(crate) struct Charge {
    pub(crate) id: String,
    pub(crate) reference: String,
    pub(crate) amount: i64,
    pub(crate) currency_code: String,
    pub(crate) status: ChargeStatus,
    pub(crate) captured: i64,
    pub(crate) refunded: i64,
}

impl Books {
    /// Reads everything. Nothing may be at work meanwhile, or the sources are of different moments.
    pub(crate) async fn read(sources: &Sources) -> anyhow::Result<Self> {
        let mut books = Self {
            attempts: sources.client_log.as_deref().map(client_log::read).transpose()?,
            ..Self::default()
        };
        orders::read(&mut books, &sources.orders_db)
            .await
            .context("could not read the orders")?;
        payments::read(&mut books, &sources.payments_db)
            .await
            .context("could not read the payments")?;
        books.charges = provider::read(&sources.provider)
            .await
            .context("could not read the books of the provider")?;
        Ok(books)
    }
}

impl Payment {
    /// What was taken and not given back.
    pub(crate) const fn kept(&self) -> i64 {
        self.captured - self.refunded
    }

    /// Whether money is held, or may be.
    pub(crate) const fn holds(&self) -> bool {
        matches!(self.status, PaymentStatus::RequiresCapture | PaymentStatus::Processing)
    }
}
