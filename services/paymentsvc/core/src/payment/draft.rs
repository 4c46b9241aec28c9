use kernel::{Currency, InvalidInput, Money, UserId, Violation, text};

use super::{CaptureMethod, OrderId};

const DESCRIPTION: usize = 200;

/// A new payment, as a caller wrote it.
#[derive(Debug, Clone)]
pub struct PaymentFields {
    /// Which order it pays for, if one.
    pub order_id: Option<OrderId>,
    /// Whose it is.
    pub customer_id: UserId,
    /// How much; more than nothing.
    pub amount_minor: i64,
    /// ISO 4217; empty means USD.
    pub currency_code: String,
    /// What pays.
    pub payment_method: String,
    /// When the money is taken.
    pub capture_method: CaptureMethod,
    /// What it is for.
    pub description: String,
}

/// A new payment, checked.
#[derive(Debug, Clone)]
pub struct PaymentDraft {
    pub(super) fields: PaymentFields,
    pub(super) amount: Money,
    pub(super) description: String,
}

impl PaymentDraft {
    /// Checks a payment before anything is looked up.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn try_new(fields: PaymentFields) -> Result<Self, InvalidInput> {
        let mut found = Vec::new();
        if fields.amount_minor <= 0 {
            found.push(Violation::new("amount_cents", "must be greater than 0"));
        }
        let currency = match fields.currency_code.as_str() {
            "" => Currency::USD,
            code => code.parse().unwrap_or_else(|error: kernel::BadCurrency| {
                found.push(Violation::new("currency_code", error.to_string()));
                Currency::USD
            }),
        };
        if fields.payment_method.is_empty() {
            found.push(Violation::new("payment_method", "must be set"));
        }
        let description = checked_text("description", &fields.description, DESCRIPTION, &mut found);
        InvalidInput::unless_empty(found)?;
        Ok(Self {
            amount: Money::new(fields.amount_minor, currency),
            fields,
            description,
        })
    }

    /// What pays.
    pub fn payment_method(&self) -> &str {
        &self.fields.payment_method
    }

    /// It pays for an order.
    pub const fn is_of_order(&self) -> bool {
        self.fields.order_id.is_some()
    }

    /// Whose it is.
    pub const fn customer_id(&self) -> UserId {
        self.fields.customer_id
    }
}

pub(crate) fn checked_text(field: &str, raw: &str, max: usize, found: &mut Vec<Violation>) -> String {
    text::clean(raw, 0, max).unwrap_or_else(|error| {
        found.push(Violation::new(field, error.to_string()));
        String::new()
    })
}
