//! The words of sandbox-psp.

use kernel::{Currency, Money};
use payment_core::ports::{Charge, ChargeId, ProviderCard};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::call::CallError;

pub(super) fn text(message: &impl Serialize) -> Result<String, CallError> {
    serde_json::to_string(message).map_err(|error| CallError::Unspeakable(Box::new(error)))
}

/// Has no `Debug`.
#[derive(Serialize)]
pub(super) struct Card<'a> {
    pub(super) number: &'a str,
    pub(super) exp_month: u8,
    pub(super) exp_year: i32,
    pub(super) cvc: &'a str,
}

#[derive(Deserialize)]
pub(super) struct Tokenized {
    pub(super) id: String,
    pub(super) brand: String,
    pub(super) last4: String,
}

/// What handing over a card led to.
pub(super) enum CardToken {
    Made(ProviderCard),
    NoCard,
}

#[derive(Serialize)]
pub(super) struct NewCharge<'a> {
    pub(super) amount: i64,
    pub(super) currency: &'a str,
    pub(super) payment_method: &'a str,
    pub(super) reference: &'a str,
}

#[derive(Serialize)]
pub(super) struct Amount {
    amount: i64,
}

impl Amount {
    pub(super) fn text(amount: Money) -> Result<String, CallError> {
        text(&Self { amount: amount.minor() })
    }
}

#[derive(Serialize)]
pub(super) struct Nothing {}

#[derive(Deserialize)]
pub(super) struct Booked {
    pub(super) id: String,
    reference: String,
    amount: i64,
    currency: String,
    status: Status,
    captured: i64,
    refunded: i64,
}

#[derive(Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum Status {
    Authorized,
    Captured,
    Voided,
    Declined,
}

impl Booked {
    /// Nothing when its currency is none.
    pub(super) fn charge(&self) -> Option<Charge> {
        let currency: Currency = self.currency.parse().ok()?;
        let money = |minor| Money::new(minor, currency);
        let held = if self.status == Status::Declined {
            0
        } else {
            self.amount
        };
        Some(Charge {
            id: ChargeId::new(self.id.clone()),
            reference: self.reference.clone(),
            authorized: money(held),
            captured: money(self.captured),
            refunded: money(self.refunded),
            voided: self.status == Status::Voided,
        })
    }
}

#[derive(Deserialize)]
pub(super) struct Told {
    pub(super) charges: Vec<Booked>,
    pub(super) next: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct OperationTold<'a> {
    pub(super) operation: String,
    pub(super) status: u16,
    #[serde(borrow)]
    pub(super) body: &'a RawValue,
}

#[derive(Deserialize)]
pub(super) struct Problem {
    pub(super) error: Code,
}

#[derive(Deserialize)]
pub(super) struct Code {
    pub(super) code: String,
}
