//! What callers may change of an order.

use std::collections::BTreeMap;

use kernel::{Currency, InvalidInput, Money};
use time::OffsetDateTime;

use super::{Order, checked_address};
use crate::{
    Address, AddressFields, CheckoutRunning, CheckoutState, Item, NotPending, OrderEvent, Status, UpdateRefused, item,
    metadata,
};

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

impl Order {
    /// Puts other items, another address, other metadata in place of those it has. What is `None` stays.
    /// Changing nothing gives no event.
    ///
    /// # Errors
    /// It is not PENDING, it is being paid for, or something is wrong with what is put in place.
    pub fn update(&mut self, changes: OrderChanges, now: OffsetDateTime) -> Result<(), UpdateRefused> {
        if self.state.status != Status::Pending {
            return Err(NotPending(self.state.status).into());
        }
        if matches!(
            self.state.checkout.state,
            CheckoutState::Running | CheckoutState::NeedsAttention
        ) {
            return Err(CheckoutRunning.into());
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
}
