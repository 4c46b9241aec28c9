//! What the four books say, in the words that are compared.

use std::collections::{BTreeMap, BTreeSet};

use api::{
    order::v1::{self as order, CheckoutState, OrderStatus},
    payment::v1::{self as payment, PaymentStatus, PendingOperation, RefundStatus},
};
use prost_types::Timestamp;
use time::OffsetDateTime;

/// A UUID as it travels.
pub type Id = String;

/// Orders, payments, ledger and provider.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Books {
    /// By id.
    pub orders: BTreeMap<Id, Order>,
    /// By id.
    pub payments: BTreeMap<Id, Payment>,
    /// By the payment they belong to.
    pub entries: BTreeMap<Id, Vec<Entry>>,
    /// By the payment they name, which need not exist.
    pub charges: BTreeMap<String, Vec<Charge>>,
}

/// An order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Its id.
    pub id: Id,
    /// Whose it is.
    pub customer_id: Id,
    /// Where it is.
    pub status: OrderStatus,
    /// What it costs, in minor units.
    pub total: i64,
    /// The currency of that.
    pub currency: String,
    /// How far paying for it has come.
    pub checkout: CheckoutState,
    /// The payment of its last attempt.
    pub payment_id: Option<Id>,
    /// Why that failed.
    pub failure_reason: String,
    /// When it last changed.
    pub updated_at: OffsetDateTime,
    /// Its version, opaque.
    pub etag: String,
}

/// A payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// Its id.
    pub id: Id,
    /// Which order it pays for.
    pub order_id: Option<Id>,
    /// Whose it is.
    pub customer_id: Id,
    /// Where it is.
    pub status: PaymentStatus,
    /// What was asked for, in minor units.
    pub amount: i64,
    /// The currency of all amounts.
    pub currency: String,
    /// What the provider authorized.
    pub authorized: i64,
    /// What was taken.
    pub captured: i64,
    /// What was given back.
    pub refunded: i64,
    /// What the succeeded refunds sum to.
    pub refunds: i64,
    /// The provider was asked something and has not answered.
    pub is_pending: bool,
    /// When it last changed.
    pub updated_at: OffsetDateTime,
    /// Its version, opaque.
    pub etag: String,
}

/// One side of a movement of the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The movement.
    pub transfer_id: Id,
    /// On which account.
    pub account: String,
    /// Positive is a debit.
    pub amount: i64,
    /// The currency of that.
    pub currency: String,
}

/// A charge on the books of the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charge {
    /// The provider's own id.
    pub id: String,
    /// What is held, or was before it was taken or released.
    pub authorized: i64,
    /// What was taken.
    pub captured: i64,
    /// What was given back.
    pub refunded: i64,
    /// It was released.
    pub voided: bool,
    /// The currency of all amounts.
    pub currency: String,
}

/// A book says something that this program has no words for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} {id} says something that this program does not understand: it may be older than the services")]
pub struct NotUnderstood {
    what: &'static str,
    id: String,
}

impl Books {
    /// Takes in an order.
    ///
    /// # Errors
    /// It is not understood.
    pub fn add_order(&mut self, order: order::Order) -> Result<(), NotUnderstood> {
        let order = Order::read(order)?;
        self.orders.insert(order.id.clone(), order);
        Ok(())
    }

    /// Takes in a payment.
    ///
    /// # Errors
    /// It is not understood.
    pub fn add_payment(&mut self, payment: payment::Payment) -> Result<(), NotUnderstood> {
        let payment = Payment::read(payment)?;
        self.payments.insert(payment.id.clone(), payment);
        Ok(())
    }

    /// Takes in an entry of the ledger.
    pub fn add_entry(&mut self, entry: payment::LedgerEntry) {
        let of_payment = self.entries.entry(entry.payment_id).or_default();
        of_payment.push(Entry {
            transfer_id: entry.transfer_id,
            account: entry.account,
            amount: entry.amount_cents,
            currency: entry.currency_code,
        });
    }

    /// Takes in a charge.
    pub fn add_charge(&mut self, charge: payment::ProviderCharge) {
        let of_payment = self.charges.entry(charge.payment_id).or_default();
        of_payment.push(Charge {
            id: charge.id,
            authorized: charge.authorized_cents,
            captured: charge.captured_cents,
            refunded: charge.refunded_cents,
            voided: charge.voided,
            currency: charge.currency_code,
        });
    }

    /// The payments of each order, oldest first.
    pub(crate) fn payments_of_orders(&self) -> BTreeMap<&str, Vec<&Payment>> {
        let mut all: BTreeMap<&str, Vec<&Payment>> = BTreeMap::new();
        for payment in self.payments.values() {
            if let Some(order) = &payment.order_id {
                all.entry(order).or_default().push(payment);
            }
        }
        all
    }

    /// What cannot have changed between two readings, if these are they: orders and payments that are in both as
    /// they were, and that wait for nothing.
    pub(crate) fn unchanged_since(&self, before: &Books) -> BTreeSet<Id> {
        let orders = self.orders.iter().filter(|(id, order)| {
            let then = before.orders.get(*id);
            then.is_some_and(|then| then.etag == order.etag)
        });
        let payments = self.payments.iter().filter(|(id, payment)| {
            let then = before.payments.get(*id);
            then.is_some_and(|then| then.etag == payment.etag && then.is_pending == payment.is_pending)
        });
        let orders = orders.map(|(id, _)| id.clone());
        orders.chain(payments.map(|(id, _)| id.clone())).collect()
    }
}

impl Order {
    fn read(order: order::Order) -> Result<Self, NotUnderstood> {
        let not_understood = || NotUnderstood {
            what: "order",
            id: order.id.clone(),
        };
        let checkout = order.checkout.as_ref().ok_or_else(not_understood)?;
        let status = OrderStatus::try_from(order.status).map_err(|_| not_understood())?;
        let state = CheckoutState::try_from(checkout.state).map_err(|_| not_understood())?;
        if status == OrderStatus::Unspecified || state == CheckoutState::Unspecified {
            return Err(not_understood());
        }
        Ok(Self {
            updated_at: instant(order.updated_at).ok_or_else(not_understood)?,
            status,
            checkout: state,
            payment_id: if_set(&checkout.payment_id),
            failure_reason: checkout.failure_reason.clone(),
            total: order.total_cents,
            currency: order.currency_code,
            customer_id: order.customer_id,
            etag: order.etag,
            id: order.id,
        })
    }
}

impl Payment {
    fn read(payment: payment::Payment) -> Result<Self, NotUnderstood> {
        let not_understood = || NotUnderstood {
            what: "payment",
            id: payment.id.clone(),
        };
        let status = PaymentStatus::try_from(payment.status).map_err(|_| not_understood())?;
        let pending = PendingOperation::try_from(payment.pending_operation).map_err(|_| not_understood())?;
        if status == PaymentStatus::Unspecified || pending == PendingOperation::Unspecified {
            return Err(not_understood());
        }
        let (mut refunds, mut is_pending) = (0, pending != PendingOperation::None);
        for refund in &payment.refunds {
            match refund.status() {
                RefundStatus::Succeeded => refunds += refund.amount_cents,
                RefundStatus::Pending => is_pending = true,
                RefundStatus::Failed => {}
                RefundStatus::Unspecified => return Err(not_understood()),
            }
        }
        Ok(Self {
            updated_at: instant(payment.updated_at).ok_or_else(not_understood)?,
            status,
            order_id: if_set(&payment.order_id),
            customer_id: payment.customer_id,
            amount: payment.amount_cents,
            currency: payment.currency_code,
            authorized: payment.authorized_cents,
            captured: payment.captured_cents,
            refunded: payment.refunded_cents,
            refunds,
            is_pending,
            etag: payment.etag,
            id: payment.id,
        })
    }

    /// What is held of the customer's money and not taken.
    pub(crate) fn held(&self) -> i64 {
        if self.status == PaymentStatus::RequiresCapture {
            self.authorized
        } else {
            0
        }
    }

    /// What was taken and not given back.
    pub(crate) const fn kept(&self) -> i64 {
        self.captured - self.refunded
    }
}

fn if_set(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

fn instant(at: Option<Timestamp>) -> Option<OffsetDateTime> {
    const NANOS: i128 = 1_000_000_000;
    let at = at?;
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(at.seconds) * NANOS + i128::from(at.nanos)).ok()
}
