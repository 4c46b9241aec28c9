use std::collections::BTreeMap;

use kernel::{Currency, InvalidInput, Money, Refusal, UserId, Violation, text};
use time::OffsetDateTime;

pub(crate) use self::paying::checked_payment_method;
pub use self::{
    changes::OrderChanges,
    checkout::{Ask, Checkout, CheckoutState, PaymentId, PaymentStatus, PaymentSummary, StartKey, Step, StepKey, Work},
    refused::{
        CancelRefused, CheckoutFailed, CheckoutNeedsAttention, CheckoutRunning, DeleteRefused, NotCancellable,
        NotCaptured, NotDeletable, NotPending, ShipRefused, StartRefused, Transition, UpdateRefused,
    },
    status::Status,
};
use crate::{Address, AddressFields, Item, OrderEvent, item, metadata, ports::Due};

mod changes;
mod checkout;
mod giving_back;
mod life;
mod paying;
mod refused;
mod status;

kernel::typed_id!(
    /// An order.
    OrderId
);

const REFERENCE: usize = 100;

/// The state of an order, without its address: what events carry and what is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderSnapshot {
    /// Identity.
    pub id: OrderId,
    /// Whose it is.
    pub customer_id: UserId,
    /// What is ordered.
    pub items: Vec<Item>,
    /// Where it is in its life.
    pub status: Status,
    /// What it costs; also tells the currency of the items.
    pub total: Money,
    /// How far paying for it has come.
    pub checkout: Checkout,
    /// Why it was cancelled, if somebody said so.
    pub cancel_reason: String,
    /// Left the lists.
    pub archived: bool,
    /// What the shop wants to remember with it.
    pub metadata: BTreeMap<String, String>,
    /// What it is called elsewhere.
    pub external_reference: String,
    /// When it was placed.
    pub created_at: OffsetDateTime,
    /// When it last changed.
    pub updated_at: OffsetDateTime,
    /// 1 when placed, one more with each event.
    pub version: i64,
}

/// What a new order is made of, as a caller wrote it.
#[derive(Debug, Clone, Default)]
pub struct OrderDraft {
    /// What is ordered.
    pub items: Vec<Item>,
    /// ISO 4217; empty means USD.
    pub currency_code: String,
    /// Where it is shipped to.
    pub shipping_address: Option<AddressFields>,
    /// What the shop wants to remember with it.
    pub metadata: BTreeMap<String, String>,
    /// What it is called elsewhere.
    pub external_reference: String,
}

/// An order.
///
/// Its total is the sum of its items; its status only moves as [`Status::may_become`] allows; it is CONFIRMED
/// only when its total is held or nothing; its version is one more than before with each event it gives.
/// Nothing changes it but its own functions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    state: OrderSnapshot,
    shipping_address: Option<Address>,
    has_new_address: bool,
    work: Option<Work>,
    has_new_checkout: bool,
    kept_version: i64,
    events: Vec<OrderEvent>,
    outcome: Option<CheckoutOutcome>,
}

/// How an attempt to pay ended, for the call that started it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckoutOutcome {
    /// The key of that call.
    pub started_by: StartKey,
    /// Why it failed; none when it did not, and the order as it is then is the answer.
    pub refusal: Option<Refusal>,
}

impl Order {
    /// Places a new order: PENDING, version 1.
    ///
    /// # Errors
    /// Everything that is wrong with the draft.
    pub fn place(
        id: OrderId,
        customer_id: UserId,
        draft: OrderDraft,
        now: OffsetDateTime,
    ) -> Result<Self, InvalidInput> {
        Self::place_until(id, customer_id, draft, None, now)
    }

    /// Places a new order that is cancelled at `expires_at` unless somebody tries to pay for it.
    ///
    /// # Errors
    /// Everything that is wrong with the draft.
    pub fn place_until(
        id: OrderId,
        customer_id: UserId,
        draft: OrderDraft,
        expires_at: Option<OffsetDateTime>,
        now: OffsetDateTime,
    ) -> Result<Self, InvalidInput> {
        let mut found = Vec::new();
        let currency = match draft.currency_code.as_str() {
            "" => Currency::USD,
            code => code.parse().unwrap_or_else(|error: kernel::BadCurrency| {
                found.push(Violation::new("currency_code", error.to_string()));
                Currency::USD
            }),
        };
        let (items, total) = item::checked(draft.items, currency, &mut found);
        let shipping_address = checked_address(draft.shipping_address.as_ref(), &mut found);
        let metadata = metadata::checked(draft.metadata, &mut found);
        let external_reference = checked_text("external_reference", &draft.external_reference, REFERENCE, &mut found);
        InvalidInput::unless_empty(found)?;
        let state = OrderSnapshot {
            id,
            customer_id,
            items,
            status: Status::Pending,
            total,
            checkout: Checkout {
                expires_at,
                ..Checkout::default()
            },
            cancel_reason: String::new(),
            archived: false,
            metadata,
            external_reference,
            created_at: now,
            updated_at: now,
            version: 1,
        };
        Ok(Self {
            events: vec![OrderEvent::Created(state.clone())],
            state,
            has_new_address: shipping_address.is_some(),
            shipping_address,
            work: expires_at.map(|at| paying::expiry(at, now)),
            has_new_checkout: expires_at.is_some(),
            kept_version: 0,
            outcome: None,
        })
    }

    /// Takes an order as it was kept; with what is to be done for it, unless it is only to be shown.
    pub const fn restore(state: OrderSnapshot, shipping_address: Option<Address>, work: Option<Work>) -> Self {
        Self {
            kept_version: state.version,
            state,
            shipping_address,
            has_new_address: false,
            work,
            has_new_checkout: false,
            events: Vec::new(),
            outcome: None,
        }
    }

    /// The order as who reads it next gets it, once it is kept.
    #[must_use]
    pub fn as_kept(self) -> Self {
        Self::restore(self.state, self.shipping_address, self.work)
    }

    /// The order as it is answered: what is to be done for it is nobody's business.
    #[must_use]
    pub fn as_answered(self) -> Self {
        Self::restore(self.state, self.shipping_address, None)
    }

    /// The state, without the address.
    pub const fn snapshot(&self) -> &OrderSnapshot {
        &self.state
    }

    /// The state and the address, for good.
    pub fn into_parts(self) -> (OrderSnapshot, Option<Address>) {
        (self.state, self.shipping_address)
    }

    /// Identity.
    pub const fn id(&self) -> OrderId {
        self.state.id
    }

    /// Whose it is.
    pub const fn customer_id(&self) -> UserId {
        self.state.customer_id
    }

    /// Where it is in its life.
    pub const fn status(&self) -> Status {
        self.state.status
    }

    /// What it costs.
    pub const fn total(&self) -> Money {
        self.state.total
    }

    /// 1 when placed, one more with each event.
    pub const fn version(&self) -> i64 {
        self.state.version
    }

    /// The version it was read at: what a write must still find. 0 for a new order.
    pub const fn kept_version(&self) -> i64 {
        self.kept_version
    }

    /// Left the lists.
    pub const fn is_archived(&self) -> bool {
        self.state.archived
    }

    /// Where it is shipped to.
    pub const fn shipping_address(&self) -> Option<&Address> {
        self.shipping_address.as_ref()
    }

    /// The address is not the one it was read with. Whoever keeps the order leaves an address alone that did
    /// not change: it may have been erased since.
    pub const fn has_new_address(&self) -> bool {
        self.has_new_address
    }

    /// How far paying for it has come.
    pub const fn checkout(&self) -> &Checkout {
        &self.state.checkout
    }

    /// What is to be done next to pay for it, or to take that back.
    pub const fn work(&self) -> Option<&Work> {
        self.work.as_ref()
    }

    /// The same, as [`Checkouts`](crate::ports::Checkouts) know it.
    pub fn due(&self) -> Option<Due> {
        self.work.as_ref().map(|work| Due {
            order_id: self.state.id,
            attempt: self.state.checkout.attempt,
            step: work.step,
            tries: work.tries,
            since: work.since,
        })
    }

    /// Its checkout or its work is not the one it was read with. Whoever keeps the order leaves them alone
    /// otherwise: the work may have been taken up since.
    pub const fn has_new_checkout(&self) -> bool {
        self.has_new_checkout
    }

    /// Nobody else takes up the new work before this instant: whoever changed the order does it.
    pub const fn hold_work(&mut self, until: OffsetDateTime) {
        if let (true, Some(work)) = (self.has_new_checkout, &mut self.work)
            && !matches!(work.step, Step::Expire)
        {
            work.due_at = until;
        }
    }

    /// Gives away what happened since it was read, oldest first.
    pub fn take_events(&mut self) -> Vec<OrderEvent> {
        std::mem::take(&mut self.events)
    }

    /// Gives away how the attempt that ended since it was read ended, if the call that started it had a key.
    pub const fn take_outcome(&mut self) -> Option<CheckoutOutcome> {
        self.outcome.take()
    }

    fn record(&mut self, now: OffsetDateTime, event: fn(OrderSnapshot) -> OrderEvent) {
        self.state.version += 1;
        self.state.updated_at = now;
        self.events.push(event(self.state.clone()));
    }
}

fn checked_address(raw: Option<&AddressFields>, found: &mut Vec<Violation>) -> Option<Address> {
    match Address::try_new(raw?) {
        Ok(address) => Some(address),
        Err(violations) => {
            found.extend(violations);
            None
        }
    }
}

fn checked_text(field: &str, raw: &str, max: usize, found: &mut Vec<Violation>) -> String {
    text::clean(raw, 0, max).unwrap_or_else(|error| {
        found.push(Violation::new(field, error.to_string()));
        String::new()
    })
}

#[cfg(test)]
mod tests;
