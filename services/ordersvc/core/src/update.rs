//! Changing what an order is made of.

use std::collections::BTreeMap;

use kernel::{Caller, Change, Etag, IdempotencyKey, InvalidInput, Violation};

use crate::{AddressFields, ChangeError, Item, Order, OrderChanges, OrderId, Ordering, change::Target};

/// What to put in place of what an order has.
#[derive(Debug, Clone)]
pub struct UpdateOrder {
    /// Which order.
    pub id: OrderId,
    /// The version the caller looked at.
    pub etag: Option<Etag>,
    /// Which of the fields count: `items`, `shipping_address`, `metadata`. Empty means every one that is set.
    pub mask: Vec<String>,
    /// Other items.
    pub items: Vec<Item>,
    /// Another address; named by the mask and left out, the order has none afterwards.
    pub shipping_address: Option<AddressFields>,
    /// Other metadata.
    pub metadata: BTreeMap<String, String>,
}

impl UpdateOrder {
    fn changes(self) -> Result<OrderChanges, InvalidInput> {
        if self.mask.is_empty() {
            return Ok(OrderChanges {
                items: (!self.items.is_empty()).then_some(self.items),
                shipping_address: self.shipping_address.map(Some),
                metadata: (!self.metadata.is_empty()).then_some(self.metadata),
            });
        }
        let mut changes = OrderChanges::default();
        let mut found = Vec::new();
        for (index, path) in self.mask.iter().enumerate() {
            match path.as_str() {
                "items" => changes.items = Some(self.items.clone()),
                "shipping_address" => changes.shipping_address = Some(self.shipping_address.clone()),
                "metadata" => changes.metadata = Some(self.metadata.clone()),
                _ => found.push(Violation::new(
                    format!("update_mask.paths[{index}]"),
                    "must be items, shipping_address or metadata",
                )),
            }
        }
        InvalidInput::unless_empty(found)?;
        Ok(changes)
    }
}

impl Ordering {
    /// Changes a PENDING order.
    ///
    /// # Errors
    /// See [`ChangeError`].
    pub async fn update(
        &self,
        caller: &Caller,
        input: UpdateOrder,
        key: Option<IdempotencyKey>,
    ) -> Result<Change<Order>, ChangeError> {
        let target = Target {
            caller,
            id: input.id,
            etag: input.etag.clone(),
            key,
        };
        let changes = input.changes()?;
        self.change(target, |order| Ok(order.update(changes.clone(), self.now())?))
            .await
    }
}
