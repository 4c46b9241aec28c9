use std::collections::BTreeMap;

use kernel::{Classify, Currency, ErrorKind, InvalidInput, Money, UserId, Violation, text};
use time::OffsetDateTime;

pub use self::status::Status;
use crate::{Address, AddressFields, Item, OrderEvent, item, metadata};

mod status;

kernel::typed_id!(
    /// An order.
    OrderId
);

const REFERENCE: usize = 100;
const REASON: usize = 500;

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
/// Its total is the sum of its items; its status only moves as [`Status::may_become`] allows; its version
/// is one more than before with each event it gives. Nothing changes it but its own functions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    state: OrderSnapshot,
    shipping_address: Option<Address>,
    has_new_address: bool,
    kept_version: i64,
    events: Vec<OrderEvent>,
}

/// A status change that the life of an order does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an order that is {from} cannot become {to}")]
pub struct Transition {
    /// What it is.
    pub from: Status,
    /// What was asked for.
    pub to: Status,
}

/// Only a pending order can be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the order is {0}: only a PENDING order can be changed")]
pub struct NotPending(pub Status);

/// Shipped and delivered orders are not cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the order is {0}: only a PENDING or CONFIRMED order can be cancelled")]
pub struct NotCancellable(pub Status);

/// Orders on their way are not deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the order is {0}: only a PENDING, CANCELLED or DELIVERED order can be deleted")]
pub struct NotDeletable(pub Status);

macro_rules! wrong_state {
    ($error:ty, $reason:literal, $status:expr) => {
        impl Classify for $error {
            fn kind(&self) -> ErrorKind {
                ErrorKind::WrongState
            }
            fn reason(&self) -> &str {
                $reason
            }
            fn metadata(&self) -> Vec<(String, String)> {
                let status: fn(&Self) -> Status = $status;
                vec![("status".to_owned(), status(self).to_string())]
            }
        }
    };
}
wrong_state!(Transition, "ILLEGAL_TRANSITION", |error| error.from);
wrong_state!(NotPending, "ORDER_NOT_PENDING", |error| error.0);
wrong_state!(NotCancellable, "ORDER_NOT_CANCELLABLE", |error| error.0);
wrong_state!(NotDeletable, "ORDER_NOT_DELETABLE", |error| error.0);

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
            kept_version: 0,
        })
    }

    /// Takes an order as it was kept.
    pub const fn restore(state: OrderSnapshot, shipping_address: Option<Address>) -> Self {
        Self {
            kept_version: state.version,
            state,
            shipping_address,
            has_new_address: false,
            events: Vec::new(),
        }
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

    /// Gives away what happened since it was read, oldest first.
    pub fn take_events(&mut self) -> Vec<OrderEvent> {
        std::mem::take(&mut self.events)
    }

    /// Puts other items, another address, other metadata in place of those it has. What is `None` stays.
    /// Changing nothing gives no event.
    ///
    /// # Errors
    /// It is not PENDING, or something is wrong with what is put in place.
    pub fn update(&mut self, changes: OrderChanges, now: OffsetDateTime) -> Result<(), UpdateRefused> {
        if self.state.status != Status::Pending {
            return Err(UpdateRefused::NotPending(NotPending(self.state.status)));
        }
        let changes = changes.checked(self.state.total.currency())?;
        if changes.is_nothing() {
            return Ok(());
        }
        if let Some((items, total)) = changes.items {
            self.state.items = items;
            self.state.total = total;
        }
        if let Some(address) = changes.shipping_address {
            self.shipping_address = address;
            self.has_new_address = true;
        }
        if let Some(metadata) = changes.metadata {
            self.state.metadata = metadata;
        }
        self.record(now, OrderEvent::Updated);
        Ok(())
    }

    /// PENDING -> CONFIRMED: it is paid for, or there is nothing to pay.
    ///
    /// # Errors
    /// It is not PENDING.
    pub fn confirm(&mut self, now: OffsetDateTime) -> Result<(), Transition> {
        self.become_status(Status::Confirmed, now, OrderEvent::StatusChanged)
    }

    /// CONFIRMED -> SHIPPED.
    ///
    /// # Errors
    /// It is not CONFIRMED.
    pub fn ship(&mut self, now: OffsetDateTime) -> Result<(), Transition> {
        self.become_status(Status::Shipped, now, OrderEvent::StatusChanged)
    }

    /// SHIPPED -> DELIVERED.
    ///
    /// # Errors
    /// It is not SHIPPED.
    pub fn deliver(&mut self, now: OffsetDateTime) -> Result<(), Transition> {
        self.become_status(Status::Delivered, now, OrderEvent::StatusChanged)
    }

    /// PENDING or CONFIRMED -> CANCELLED. Of a cancelled order: nothing happens, and the first reason stays.
    ///
    /// # Errors
    /// It is on its way or has arrived; the reason is too long or does not print.
    pub fn cancel(&mut self, reason: &str, now: OffsetDateTime) -> Result<(), CancelRefused> {
        let mut found = Vec::new();
        let reason = checked_text("reason", reason, REASON, &mut found);
        InvalidInput::unless_empty(found)?;
        if self.state.status == Status::Cancelled {
            return Ok(());
        }
        let from = self.state.status;
        if !from.may_become(Status::Cancelled) {
            return Err(CancelRefused::NotCancellable(NotCancellable(from)));
        }
        self.state.cancel_reason = reason;
        self.state.status = Status::Cancelled;
        self.record(now, OrderEvent::Cancelled);
        Ok(())
    }

    /// Archives it; a PENDING order is cancelled first. Of an archived order: nothing happens.
    ///
    /// # Errors
    /// It is paid for and not yet delivered.
    pub fn delete(&mut self, now: OffsetDateTime) -> Result<(), NotDeletable> {
        match self.state.status {
            _ if self.state.archived => return Ok(()),
            Status::Confirmed | Status::Shipped => return Err(NotDeletable(self.state.status)),
            Status::Pending => {
                self.state.status = Status::Cancelled;
                self.record(now, OrderEvent::Cancelled);
            }
            Status::Cancelled | Status::Delivered => {}
        }
        self.state.archived = true;
        self.record(now, OrderEvent::Deleted);
        Ok(())
    }

    fn become_status(
        &mut self,
        to: Status,
        now: OffsetDateTime,
        event: fn(OrderSnapshot) -> OrderEvent,
    ) -> Result<(), Transition> {
        let from = self.state.status;
        if !from.may_become(to) {
            return Err(Transition { from, to });
        }
        self.state.status = to;
        self.record(now, event);
        Ok(())
    }

    fn record(&mut self, now: OffsetDateTime, event: fn(OrderSnapshot) -> OrderEvent) {
        self.state.version += 1;
        self.state.updated_at = now;
        self.events.push(event(self.state.clone()));
    }
}

/// What to put in place of what an order has; `None` leaves it.
#[derive(Debug, Clone, Default)]
pub struct OrderChanges {
    /// Other items.
    pub items: Option<Vec<Item>>,
    /// Another address, or none.
    pub shipping_address: Option<Option<AddressFields>>,
    /// Other metadata.
    pub metadata: Option<BTreeMap<String, String>>,
}

struct CheckedChanges {
    items: Option<(Vec<Item>, Money)>,
    shipping_address: Option<Option<Address>>,
    metadata: Option<BTreeMap<String, String>>,
}

impl OrderChanges {
    fn checked(self, currency: Currency) -> Result<CheckedChanges, InvalidInput> {
        let mut found = Vec::new();
        let checked = CheckedChanges {
            items: self.items.map(|items| item::checked(items, currency, &mut found)),
            shipping_address: self
                .shipping_address
                .map(|address| checked_address(address.as_ref(), &mut found)),
            metadata: self.metadata.map(|pairs| metadata::checked(pairs, &mut found)),
        };
        InvalidInput::unless_empty(found)?;
        Ok(checked)
    }
}

impl CheckedChanges {
    const fn is_nothing(&self) -> bool {
        self.items.is_none() && self.shipping_address.is_none() && self.metadata.is_none()
    }
}

/// Why an order was not updated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UpdateRefused {
    /// It is no longer free to change.
    #[error(transparent)]
    NotPending(#[from] NotPending),
    /// What was to be put in place is wrong.
    #[error(transparent)]
    Invalid(#[from] InvalidInput),
}

/// Why an order was not cancelled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CancelRefused {
    /// It is on its way or has arrived.
    #[error(transparent)]
    NotCancellable(#[from] NotCancellable),
    /// The reason given is wrong.
    #[error(transparent)]
    Invalid(#[from] InvalidInput),
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
