use std::time::Duration;

use api::payment::v1::{ListPaymentsRequest, Payment, PaymentStatus, PendingOperation, RefundPaymentRequest};
use clap::{Args, Subcommand};
use kernel::{IdSource, UuidV7Source};
use serde_json::Value;
use tokio::time::Instant;
use tonic::Status;

use crate::{
    apis::Apis,
    json,
    output::{Shown, instant, money, named, short},
    progress::Progress,
    reconcile::Services,
    table::Table,
};

const STATUS: &str = "PAYMENT_STATUS_";
const PENDING: &str = "PENDING_OPERATION_";
const REFUND: &str = "REFUND_STATUS_";
const LARGEST_PAGE: usize = 100;
/// How long an undecided refund is asked for.
const UNDECIDED: Duration = Duration::from_secs(30);

/// What to do with payments.
#[derive(Debug, Subcommand)]
pub(crate) enum Payments {
    /// List payments, newest first.
    List(List),
    /// Show one payment.
    Show {
        /// Its id.
        id: String,
    },
    /// Give money back.
    Refund(Refund),
    /// Ask the provider what became of a payment, and bring it up to date.
    Resolve {
        /// Its id.
        id: String,
    },
}

/// Which payments.
#[derive(Debug, Args)]
pub(crate) struct List {
    /// Only of this customer.
    #[arg(long)]
    customer: Option<String>,
    /// Only of this order.
    #[arg(long)]
    order: Option<String>,
    /// Only with this status: processing, requires-capture, captured, partially-refunded, refunded, voided, declined.
    #[arg(long, value_parser = status)]
    status: Option<PaymentStatus>,
    /// How many at most; 0 means all.
    #[arg(long, default_value_t = 50)]
    limit: usize,
}

/// What to give back.
#[derive(Debug, Args)]
pub(crate) struct Refund {
    /// The payment's id.
    id: String,
    /// How much, in minor units of its currency; left out, all that is left.
    #[arg(long, value_parser = clap::value_parser!(i64).range(1..))]
    amount: Option<i64>,
    /// Why.
    #[arg(long, default_value = "")]
    reason: String,
    /// The idempotency key of an earlier try whose outcome is not known; left out, a new one.
    #[arg(long)]
    key: Option<String>,
}

fn status(text: &str) -> Result<PaymentStatus, String> {
    named(STATUS, text, PaymentStatus::from_str_name)
}

impl Payments {
    pub(crate) async fn run(self, apis: &Apis, progress: &Progress) -> anyhow::Result<Shown> {
        match self {
            Payments::List(list) => list.run(apis).await,
            Payments::Show { id } => one(&apis.get_payment(&id).await?),
            Payments::Refund(refund) => refund.run(apis, progress).await,
            Payments::Resolve { id } => one(&apis.resolve_payment(&id).await?),
        }
    }
}

impl List {
    async fn run(self, apis: &Apis) -> anyhow::Result<Shown> {
        let limit = if self.limit == 0 { usize::MAX } else { self.limit };
        let mut request = ListPaymentsRequest {
            customer_id: self.customer.unwrap_or_default(),
            order_id: self.order.unwrap_or_default(),
            status: self.status.unwrap_or_default().into(),
            ..Default::default()
        };
        let mut payments: Vec<Payment> = Vec::new();
        while payments.len() < limit {
            request.page_size = i32::try_from((limit - payments.len()).min(LARGEST_PAGE))?;
            let page = apis.list_payments(&request).await?;
            payments.extend(page.payments);
            request.page_token = page.next_page_token;
            if request.page_token.is_empty() {
                break;
            }
        }
        let mut table = Table::new([
            "ID",
            "STATUS",
            "AMOUNT",
            "CAPTURED",
            "REFUNDED",
            "WAITS FOR",
            "MADE",
            "ORDER",
        ]);
        for payment in &payments {
            table.row([
                payment.id.clone(),
                short(payment.status().as_str_name(), STATUS).to_owned(),
                money(payment.amount_cents, &payment.currency_code),
                payment.captured_cents.to_string(),
                payment.refunded_cents.to_string(),
                pending(payment),
                instant(payment.created_at),
                payment.order_id.clone(),
            ]);
        }
        let json: anyhow::Result<Value> = payments
            .iter()
            .map(|payment| json::of("payment.v1.Payment", payment))
            .collect();
        Ok(Shown {
            tables: vec![table],
            json: json?,
        })
    }
}

impl Refund {
    /// Asks by one key until it is decided: an answer that got lost must not refund twice.
    async fn run(self, apis: &Apis, progress: &Progress) -> anyhow::Result<Shown> {
        let key = self.key.unwrap_or_else(|| UuidV7Source.next().to_string());
        let request = RefundPaymentRequest {
            id: self.id.clone(),
            amount_cents: self.amount.unwrap_or_default(),
            reason: self.reason,
        };
        let until = Instant::now() + UNDECIDED;
        for tries in 1.. {
            let status = match apis.refund_payment(&request, &key).await {
                Ok(_) => break,
                Err(status) => status,
            };
            if !is_undecided(&status) {
                return Err(status.into());
            }
            let wait = wire::retry_after_of(&status).unwrap_or(Duration::from_secs(1));
            if Instant::now() + wait > until {
                let again = format!("counterfoil payments refund {} --key {key}", self.id);
                return Err(anyhow::Error::from(status).context(format!(
                    "it is not known yet whether the money was given back; ask again with the same key: {again}"
                )));
            }
            progress.count("asked for the refund", tries);
            tokio::time::sleep(wait).await;
        }
        one(&apis.get_payment(&self.id).await?)
    }
}

fn is_undecided(status: &Status) -> bool {
    use tonic::Code::{Aborted, DeadlineExceeded, Unavailable};
    matches!(status.code(), Unavailable | DeadlineExceeded)
        || status.code() == Aborted && wire::retry_after_of(status).is_some()
}

fn pending(payment: &Payment) -> String {
    match payment.pending_operation() {
        PendingOperation::None | PendingOperation::Unspecified => String::new(),
        other => short(other.as_str_name(), PENDING).to_owned(),
    }
}

fn one(payment: &Payment) -> anyhow::Result<Shown> {
    let card = payment.card.clone().unwrap_or_default();
    let facts = Table::of_facts([
        ("id", payment.id.clone()),
        ("order", payment.order_id.clone()),
        ("customer", payment.customer_id.clone()),
        ("status", short(payment.status().as_str_name(), STATUS).to_owned()),
        ("waits for", pending(payment)),
        ("failure reason", payment.failure_reason.clone()),
        ("amount", money(payment.amount_cents, &payment.currency_code)),
        ("authorized", money(payment.authorized_cents, &payment.currency_code)),
        ("captured", money(payment.captured_cents, &payment.currency_code)),
        ("refunded", money(payment.refunded_cents, &payment.currency_code)),
        ("card", format!("{} …{}", card.brand, card.last4)),
        ("description", payment.description.clone()),
        ("made", instant(payment.created_at)),
        ("changed", instant(payment.updated_at)),
        ("etag", payment.etag.clone()),
    ]);
    let mut tables = vec![facts];
    if !payment.refunds.is_empty() {
        let mut refunds = Table::new(["REFUND", "STATUS", "AMOUNT", "FAILURE REASON", "ASKED FOR", "REASON"]);
        for refund in &payment.refunds {
            refunds.row([
                refund.id.clone(),
                short(refund.status().as_str_name(), REFUND).to_owned(),
                money(refund.amount_cents, &payment.currency_code),
                refund.failure_reason.clone(),
                instant(refund.created_at),
                refund.reason.clone(),
            ]);
        }
        tables.push(refunds);
    }
    Ok(Shown {
        tables,
        json: json::of("payment.v1.Payment", payment)?,
    })
}
