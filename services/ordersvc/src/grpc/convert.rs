//! Messages of `order.v1` and the words of the domain. Messages come in validated, so that going in is only a
//! matter of types; what the contract cannot say is checked by the domain.

use api::order::v1 as proto;
use kernel::{BadId, Etag, InvalidInput, UserId, Violation};
use order_core::{
    CancelOrder, CheckoutOrder, DeleteOrder, Order, OrderDraft, OrderEvent, OrderId, OrderSnapshot, PlaceOrder,
    RecordedEvent, Status, UpdateOrder, UpdateOrderStatus,
};
use prost_types::Timestamp;
use time::OffsetDateTime;

use self::parts::{address, address_fields, item, items};
pub use self::{
    checkout::checkout_state_named,
    kept::{Unreadable, kept_event, kept_order},
};

mod checkout;
mod kept;
mod parts;

/// An order as it travels.
pub fn order(order: &Order) -> proto::Order {
    let mut message = snapshot(order.snapshot());
    message.shipping_address = order.shipping_address().map(address);
    message
}

/// An order as it travels where its address does not.
pub fn snapshot(state: &OrderSnapshot) -> proto::Order {
    proto::Order {
        id: state.id.to_string(),
        customer_id: state.customer_id.to_string(),
        items: state.items.iter().map(item).collect(),
        status: status(state.status).into(),
        total_cents: state.total.minor(),
        created_at: Some(timestamp(state.created_at)),
        updated_at: Some(timestamp(state.updated_at)),
        currency_code: state.total.currency().to_string(),
        etag: Etag::of_version(state.version).to_string(),
        shipping_address: None,
        checkout: Some(checkout::checkout(&state.checkout)),
        cancel_reason: state.cancel_reason.clone(),
        archived: state.archived,
        metadata: state.metadata.clone(),
        external_reference: state.external_reference.clone(),
    }
}

/// An event as it travels; a history has no resume token.
pub fn event(recorded: &RecordedEvent, resume_token: String) -> proto::OrderEvent {
    let state = recorded.event.order();
    proto::OrderEvent {
        r#type: event_type(&recorded.event).into(),
        order: Some(snapshot(state)),
        emitted_at: Some(timestamp(state.updated_at)),
        resume_token,
        event_id: recorded.id.as_hyphenated().to_string(),
        version: state.version,
        actor: recorded.actor.clone(),
    }
}

/// What tells a watcher that it has caught up.
pub fn live(now: OffsetDateTime, resume_token: String) -> proto::OrderEvent {
    proto::OrderEvent {
        r#type: proto::order_event::Type::Live.into(),
        emitted_at: Some(timestamp(now)),
        resume_token,
        ..proto::OrderEvent::default()
    }
}

/// The status as it travels.
pub const fn status(status: Status) -> proto::OrderStatus {
    match status {
        Status::Pending => proto::OrderStatus::Pending,
        Status::Confirmed => proto::OrderStatus::Confirmed,
        Status::Shipped => proto::OrderStatus::Shipped,
        Status::Delivered => proto::OrderStatus::Delivered,
        Status::Cancelled => proto::OrderStatus::Cancelled,
    }
}

/// The status that a caller names; unspecified is none.
pub fn status_named(number: i32) -> Option<Status> {
    match proto::OrderStatus::try_from(number).unwrap_or_default() {
        proto::OrderStatus::Unspecified => None,
        proto::OrderStatus::Pending => Some(Status::Pending),
        proto::OrderStatus::Confirmed => Some(Status::Confirmed),
        proto::OrderStatus::Shipped => Some(Status::Shipped),
        proto::OrderStatus::Delivered => Some(Status::Delivered),
        proto::OrderStatus::Cancelled => Some(Status::Cancelled),
    }
}

/// An instant as it travels.
pub fn timestamp(at: OffsetDateTime) -> Timestamp {
    Timestamp {
        seconds: at.unix_timestamp(),
        nanos: i32::try_from(at.nanosecond()).unwrap_or_default(),
    }
}

/// The instant that a caller names.
///
/// # Errors
/// It lies outside of the years 1 to 9999.
pub fn instant(field: &str, sent: Option<Timestamp>) -> Result<Option<OffsetDateTime>, InvalidInput> {
    let Some(sent) = sent else { return Ok(None) };
    moment(sent)
        .map(Some)
        .ok_or_else(|| one_violation(field, "must be an instant of the years 1 to 9999"))
}

fn moment(sent: Timestamp) -> Option<OffsetDateTime> {
    let nanosecond = u32::try_from(sent.nanos).ok().filter(|nanos| *nanos < 1_000_000_000)?;
    let at = OffsetDateTime::from_unix_timestamp(sent.seconds).ok()?;
    (1..=9_999)
        .contains(&at.year())
        .then(|| at.replace_nanosecond(nanosecond).ok())
        .flatten()
}

/// The order that a caller names.
///
/// # Errors
/// It is no id.
pub fn order_id(field: &str, text: &str) -> Result<OrderId, InvalidInput> {
    text.parse().map_err(|bad: BadId| one_violation(field, bad))
}

/// The order that a caller names, or none.
///
/// # Errors
/// It is no id.
pub fn order_id_if_set(field: &str, text: &str) -> Result<Option<OrderId>, InvalidInput> {
    if text.is_empty() {
        Ok(None)
    } else {
        order_id(field, text).map(Some)
    }
}

/// The user that a caller names.
///
/// # Errors
/// It is no id.
pub fn user_id(field: &str, text: &str) -> Result<UserId, InvalidInput> {
    text.parse().map_err(|bad: BadId| one_violation(field, bad))
}

/// The user that a caller names, or none.
///
/// # Errors
/// It is no id.
pub fn user_id_if_set(field: &str, text: &str) -> Result<Option<UserId>, InvalidInput> {
    if text.is_empty() {
        Ok(None)
    } else {
        user_id(field, text).map(Some)
    }
}

fn one_violation(field: &str, expected: impl ToString) -> InvalidInput {
    InvalidInput(vec![Violation::new(field, expected.to_string())])
}

/// The order to place.
///
/// # Errors
/// The customer is no id.
pub fn place_order(sent: proto::CreateOrderRequest) -> Result<PlaceOrder, InvalidInput> {
    Ok(PlaceOrder {
        customer_id: user_id_if_set("customer_id", &sent.customer_id)?,
        draft: OrderDraft {
            items: items(sent.items),
            currency_code: sent.currency_code,
            shipping_address: sent.shipping_address.map(address_fields),
            metadata: sent.metadata,
            external_reference: sent.external_reference,
        },
        payment_method: sent.payment_method,
    })
}

/// What to change of an order.
///
/// # Errors
/// The order is no id.
pub fn update_order(sent: proto::UpdateOrderRequest) -> Result<UpdateOrder, InvalidInput> {
    Ok(UpdateOrder {
        id: order_id("id", &sent.id)?,
        etag: Etag::sent(&sent.etag),
        mask: sent.update_mask.map(|mask| mask.paths).unwrap_or_default(),
        items: items(sent.items),
        shipping_address: sent.shipping_address.map(address_fields),
        metadata: sent.metadata,
    })
}

/// The order to cancel.
///
/// # Errors
/// The order is no id.
pub fn cancel_order(sent: proto::CancelOrderRequest) -> Result<CancelOrder, InvalidInput> {
    Ok(CancelOrder {
        id: order_id("id", &sent.id)?,
        reason: sent.reason,
        etag: Etag::sent(&sent.etag),
    })
}

/// The order to pay for.
///
/// # Errors
/// The order is no id.
pub fn checkout_order(sent: proto::CheckoutOrderRequest) -> Result<CheckoutOrder, InvalidInput> {
    Ok(CheckoutOrder {
        id: order_id("id", &sent.id)?,
        payment_method: sent.payment_method,
        etag: Etag::sent(&sent.etag),
    })
}

/// The order to move on.
///
/// # Errors
/// The order is no id; no status is named.
pub fn update_status(sent: &proto::UpdateOrderStatusRequest) -> Result<UpdateOrderStatus, InvalidInput> {
    Ok(UpdateOrderStatus {
        id: order_id("id", &sent.id)?,
        status: status_named(sent.status).ok_or_else(|| one_violation("status", "must be SHIPPED or DELIVERED"))?,
        etag: Etag::sent(&sent.etag),
    })
}

/// The order to archive.
///
/// # Errors
/// The order is no id.
pub fn delete_order(sent: proto::DeleteOrderRequest) -> Result<DeleteOrder, InvalidInput> {
    Ok(DeleteOrder {
        id: order_id("id", &sent.id)?,
        etag: Etag::sent(&sent.etag),
    })
}

const fn event_type(event: &OrderEvent) -> proto::order_event::Type {
    use proto::order_event::Type;
    match event {
        OrderEvent::Created(_) => Type::Created,
        OrderEvent::Updated(_) => Type::Updated,
        OrderEvent::StatusChanged(_) => Type::StatusChanged,
        OrderEvent::Cancelled(_) => Type::Cancelled,
        OrderEvent::Deleted(_) => Type::Deleted,
        OrderEvent::CheckoutChanged(_) => Type::CheckoutChanged,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_of_no_calendar_are_refused() {
        for (seconds, nanos) in [
            (i64::MAX, 0),
            (i64::MIN, 0),
            (0, -1),
            (0, 1_000_000_000),
            (-70_000_000_000, 0),
        ] {
            assert!(instant("created_after", Some(Timestamp { seconds, nanos })).is_err());
        }
        assert_eq!(instant("created_after", None), Ok(None));
    }
}
