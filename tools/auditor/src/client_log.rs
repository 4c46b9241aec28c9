//! What callers did and were told: JSON lines, one for each attempt of a call.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{BufRead, BufReader},
    path::Path,
};

use anyhow::Context;
use api::order::v1 as order;
use serde::{Deserialize, Serialize};
use tonic::Code;
use tonic_types::StatusExt;
use uuid::Uuid;

use crate::words::{CheckoutState, Status};

/// One attempt of a call: what was asked and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// Numbers calls; the attempts of one call have the same.
    pub call: u64,
    /// Who called: `user:<id>`.
    pub caller: String,
    /// The idempotency key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// When it was sent, RFC 3339.
    pub sent_at: String,
    /// When it ended, RFC 3339.
    pub ended_at: String,
    /// What was asked.
    pub asked: Asked,
    /// What came of it.
    pub answer: Answer,
}

/// What a caller asks. A marker is text of which every call has its own; it is kept with what the call does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "method", rename_all = "snake_case")]
pub enum Asked {
    /// CreateOrder, with the marker as external reference.
    Create {
        /// See [`Asked`].
        marker: String,
        /// What its items cost, in minor units.
        total: i64,
        /// The currency.
        currency_code: String,
        /// What to pay with at once, if anything.
        payment_method: String,
    },
    /// CheckoutOrder.
    Checkout {
        /// The order.
        #[serde(with = "id_text")]
        order: Uuid,
        /// What to pay with.
        payment_method: String,
    },
    /// UpdateOrder, with the marker in the metadata under [`MARKER`].
    Update {
        /// The order.
        #[serde(with = "id_text")]
        order: Uuid,
        /// See [`Asked`].
        marker: String,
    },
    /// CancelOrder, with the marker as reason.
    Cancel {
        /// The order.
        #[serde(with = "id_text")]
        order: Uuid,
        /// See [`Asked`].
        marker: String,
    },
    /// DeleteOrder.
    Delete {
        /// The order.
        #[serde(with = "id_text")]
        order: Uuid,
    },
    /// UpdateOrderStatus.
    Move {
        /// The order.
        #[serde(with = "id_text")]
        order: Uuid,
        /// Where to.
        to: Status,
    },
    /// RefundPayment, with the marker as reason.
    Refund {
        /// The payment.
        #[serde(with = "id_text")]
        payment: Uuid,
        /// How much, in minor units; 0 is all that is left.
        amount: i64,
        /// See [`Asked`].
        marker: String,
    },
    /// GetOrder.
    Get {
        /// The order.
        #[serde(with = "id_text")]
        order: Uuid,
    },
}

/// The name under which an update keeps its marker in the metadata.
pub const MARKER: &str = "changed-by";

impl Asked {
    /// The method, as its RPC is called.
    pub const fn method(&self) -> &'static str {
        match self {
            Self::Create { .. } => "CreateOrder",
            Self::Checkout { .. } => "CheckoutOrder",
            Self::Update { .. } => "UpdateOrder",
            Self::Cancel { .. } => "CancelOrder",
            Self::Delete { .. } => "DeleteOrder",
            Self::Move { .. } => "UpdateOrderStatus",
            Self::Refund { .. } => "RefundPayment",
            Self::Get { .. } => "GetOrder",
        }
    }
}

/// What came of an attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Answer {
    /// The order, acknowledged.
    Order(Box<OrderState>),
    /// The refund, acknowledged.
    Refund(RefundState),
    /// A refusal.
    Refused(Refusal),
    /// The caller did not wait for an answer.
    GaveUp,
}

/// A refusal as it travels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The gRPC code: `FailedPrecondition`.
    pub code: String,
    /// The stable reason; empty when the refusal has none.
    pub reason: String,
    /// What else it tells.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
    /// Whether it says when to try again.
    pub passing: bool,
}

impl Refusal {
    /// Whether the same key must be refused like this for ever.
    pub fn is_final(&self) -> bool {
        !self.passing && matches!(self.code.as_str(), "FailedPrecondition" | "AlreadyExists")
    }
}

impl From<&tonic::Status> for Refusal {
    fn from(status: &tonic::Status) -> Self {
        let passing = wire::retry_after_of(status).is_some()
            || matches!(
                status.code(),
                Code::Unavailable | Code::DeadlineExceeded | Code::Cancelled | Code::Aborted | Code::ResourceExhausted
            );
        let info = status.get_details_error_info();
        Self {
            code: format!("{:?}", status.code()),
            reason: wire::reason_of(status).unwrap_or_default(),
            metadata: info.map(|info| info.metadata.into_iter().collect()).unwrap_or_default(),
            passing,
        }
    }
}

/// An order as callers and events see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderState {
    /// Its id.
    #[serde(with = "id_text")]
    pub id: Uuid,
    /// Whose it is.
    #[serde(with = "id_text")]
    pub customer_id: Uuid,
    /// Where it is.
    pub status: Status,
    /// Its price, in minor units.
    pub total: i64,
    /// The currency.
    pub currency_code: String,
    /// Its version, opaque: compared, never read.
    pub etag: String,
    /// How far paying has come.
    pub checkout: CheckoutState,
    /// How often it was tried.
    pub attempt: u32,
    /// The payment of the last attempt.
    #[serde(with = "id_text::optional")]
    pub payment_id: Option<Uuid>,
    /// Why the last attempt failed.
    pub failure_reason: String,
    /// Why it was cancelled.
    pub cancel_reason: String,
    /// Whether it left the lists.
    pub archived: bool,
    /// What its caller remembers.
    pub metadata: BTreeMap<String, String>,
    /// Its caller's own name for it.
    pub external_reference: String,
}

/// A refund as callers see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundState {
    /// Its id.
    pub id: String,
    /// The payment.
    #[serde(with = "id_text")]
    pub payment: Uuid,
    /// How much, in minor units.
    pub amount: i64,
    /// Where it is, as the contract names it.
    pub status: String,
}

impl TryFrom<&order::Order> for OrderState {
    type Error = anyhow::Error;

    fn try_from(message: &order::Order) -> anyhow::Result<Self> {
        let checkout = message.checkout.clone().unwrap_or_default();
        let state = checkout.state();
        let state = match state {
            order::CheckoutState::Unspecified => CheckoutState::None,
            _ => state.as_str_name().trim_start_matches("CHECKOUT_STATE_").parse()?,
        };
        let payment_id = (!checkout.payment_id.is_empty()).then(|| checkout.payment_id.parse());
        Ok(Self {
            id: message.id.parse().context("an order without an id")?,
            customer_id: message.customer_id.parse().context("an order without a customer")?,
            status: message
                .status()
                .as_str_name()
                .trim_start_matches("ORDER_STATUS_")
                .parse()?,
            total: message.total_cents,
            currency_code: message.currency_code.clone(),
            etag: message.etag.clone(),
            checkout: state,
            attempt: checkout.attempt.try_into()?,
            payment_id: payment_id.transpose()?,
            failure_reason: checkout.failure_reason,
            cancel_reason: message.cancel_reason.clone(),
            archived: message.archived,
            metadata: message.metadata.clone().into_iter().collect(),
            external_reference: message.external_reference.clone(),
        })
    }
}

/// Ids are written as text.
mod id_text {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};
    use uuid::Uuid;

    pub(super) fn serialize<S: Serializer>(id: &Uuid, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(id)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Uuid, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }

    pub(super) mod optional {
        use serde::{Deserialize, Deserializer, Serializer, de::Error};
        use uuid::Uuid;

        pub(in super::super) fn serialize<S: Serializer>(id: &Option<Uuid>, serializer: S) -> Result<S::Ok, S::Error> {
            match id {
                Some(id) => serializer.collect_str(id),
                None => serializer.serialize_none(),
            }
        }

        pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
            deserializer: D,
        ) -> Result<Option<Uuid>, D::Error> {
            let text = Option::<String>::deserialize(deserializer)?;
            text.map(|text| text.parse().map_err(D::Error::custom)).transpose()
        }
    }
}

/// Reads a log from its file.
///
/// # Errors
/// The file cannot be read, or a line is no attempt.
pub fn read(path: &Path) -> anyhow::Result<Vec<Attempt>> {
    let file = File::open(path).with_context(|| format!("could not open {}", path.display()))?;
    BufReader::new(file)
        .lines()
        .enumerate()
        .map(|(index, line)| {
            serde_json::from_str(&line?).with_context(|| format!("{}:{} is no attempt", path.display(), index + 1))
        })
        .collect()
}
