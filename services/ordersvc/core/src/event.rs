use uuid::Uuid;

use crate::{CheckoutState, OrderSnapshot, Status};

/// What happened to an order, with the order as it was right after, without its address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrderEvent {
    /// It was placed.
    Created(OrderSnapshot),
    /// Its items, address or metadata were changed.
    Updated(OrderSnapshot),
    /// It moved on: confirmed, shipped, delivered.
    StatusChanged(OrderSnapshot),
    /// It was given up.
    Cancelled(OrderSnapshot),
    /// It was archived.
    Deleted(OrderSnapshot),
    /// Paying for it moved on.
    CheckoutChanged(OrderSnapshot),
}

impl OrderEvent {
    /// The order as it was right after; its version is the event's, its `updated_at` the event's time.
    pub const fn order(&self) -> &OrderSnapshot {
        match self {
            OrderEvent::Created(order)
            | OrderEvent::Updated(order)
            | OrderEvent::StatusChanged(order)
            | OrderEvent::Cancelled(order)
            | OrderEvent::Deleted(order)
            | OrderEvent::CheckoutChanged(order) => order,
        }
    }

    /// The name under which the event is published.
    pub const fn name(&self) -> &'static str {
        match self {
            OrderEvent::Created(_) => "order.created",
            OrderEvent::Updated(_) => "order.updated",
            OrderEvent::StatusChanged(order) => match order.status {
                Status::Confirmed => "order.confirmed",
                Status::Shipped => "order.shipped",
                Status::Delivered => "order.delivered",
                Status::Pending | Status::Cancelled => "order.status_changed",
            },
            OrderEvent::Cancelled(_) => "order.cancelled",
            OrderEvent::Deleted(_) => "order.deleted",
            OrderEvent::CheckoutChanged(order) => match order.checkout.state {
                CheckoutState::Failed => "order.checkout_failed",
                _ => "order.checkout_changed",
            },
        }
    }
}

/// An event with what the world adds to it: an identity and who caused it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedEvent {
    /// Identity of the event, for de-duplication.
    pub id: Uuid,
    /// Who caused it, as [`kernel::Caller`] displays it.
    pub actor: String,
    /// What happened.
    pub event: OrderEvent,
}
