//! Messages that were kept: answers under keys, events in the log.

use api::order::v1 as proto;
use kernel::{Etag, Money};
use order_core::{Address, Order, OrderEvent, OrderSnapshot, RecordedEvent};
use prost_types::Timestamp;

use super::{
    checkout::kept_checkout,
    moment,
    parts::{address_fields, items},
    status_named,
};

/// Why a kept message does not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// It is not what was kept.
    #[error("a kept message does not read as what was kept")]
    Broken,
    /// It says something that only a newer binary knows.
    #[error("a kept message was written by a newer binary")]
    Newer,
}

/// An order as it was kept.
///
/// # Errors
/// It was not written by [`order`](super::order) or [`snapshot`](super::snapshot) of this binary or an older one.
pub fn kept_order(message: proto::Order) -> Result<Order, Unreadable> {
    const BROKEN: Unreadable = Unreadable::Broken;
    let currency = message.currency_code.parse().map_err(|_| BROKEN)?;
    let at = |sent: Option<Timestamp>| sent.and_then(moment).ok_or(BROKEN);
    let address = message.shipping_address.map(address_fields).map(Address::restore);
    let status = proto::OrderStatus::try_from(message.status).map_err(|_| Unreadable::Newer)?;
    let state = OrderSnapshot {
        id: message.id.parse().map_err(|_| BROKEN)?,
        customer_id: message.customer_id.parse().map_err(|_| BROKEN)?,
        items: items(message.items),
        status: status_named(status.into()).ok_or(BROKEN)?,
        total: Money::new(message.total_cents, currency),
        checkout: kept_checkout(message.checkout)?,
        cancel_reason: message.cancel_reason,
        archived: message.archived,
        metadata: message.metadata,
        external_reference: message.external_reference,
        created_at: at(message.created_at)?,
        updated_at: at(message.updated_at)?,
        version: version_of(&message.etag).ok_or(BROKEN)?,
    };
    Ok(Order::restore(state, address, None))
}

/// An event as it was kept.
///
/// # Errors
/// It was not written by [`event`](super::event) of this binary or an older one.
pub fn kept_event(message: proto::OrderEvent) -> Result<RecordedEvent, Unreadable> {
    use proto::order_event::Type;
    let id = message.event_id.parse().map_err(|_| Unreadable::Broken)?;
    let kind = Type::try_from(message.r#type).map_err(|_| Unreadable::Newer)?;
    let (state, _) = kept_order(message.order.ok_or(Unreadable::Broken)?)?.into_parts();
    let event = match kind {
        Type::Created => OrderEvent::Created(state),
        Type::Updated => OrderEvent::Updated(state),
        Type::StatusChanged => OrderEvent::StatusChanged(state),
        Type::Cancelled => OrderEvent::Cancelled(state),
        Type::Deleted => OrderEvent::Deleted(state),
        Type::CheckoutChanged => OrderEvent::CheckoutChanged(state),
        Type::Unspecified | Type::Live => return Err(Unreadable::Broken),
    };
    Ok(RecordedEvent {
        id,
        actor: message.actor,
        event,
    })
}

/// The inverse of [`Etag::of_version`], for etags of our own.
fn version_of(etag: &str) -> Option<i64> {
    let version = etag.strip_prefix('v')?.parse().ok()?;
    (Etag::of_version(version).as_str() == etag).then_some(version)
}

#[cfg(test)]
mod tests {
    use order_core::{
        OrderDraft, OrderId, PaymentId,
        testing::{address as london, draft, user},
    };
    use time::OffsetDateTime;
    use uuid::Uuid;

    use super::{
        super::{event, order},
        *,
    };

    fn placed() -> Order {
        let at = OffsetDateTime::UNIX_EPOCH + time::Duration::microseconds(1_800_000_000_123_456);
        let full = OrderDraft {
            shipping_address: Some(london()),
            metadata: [("k".to_owned(), "v".to_owned())].into(),
            external_reference: "A-1".to_owned(),
            ..draft()
        };
        Order::place(OrderId::new(Uuid::from_u128(7)), user(1), full, at).unwrap()
    }

    fn declined() -> Order {
        let (mut order, at) = (placed(), placed().snapshot().created_at);
        order.start_checkout("pm_card_declined", None, at).unwrap();
        let payment = PaymentId::new(Uuid::from_u128(5));
        order.authorization_refused(1, "CARD_DECLINED", Some(payment), at + time::Duration::HOUR, at);
        order
    }

    #[test]
    fn a_kept_order_reads_as_it_was() {
        for kept in [placed(), declined()] {
            assert_eq!(kept_order(order(&kept)), Ok(kept.as_answered()));
        }
    }

    #[test]
    fn an_order_that_was_kept_before_there_were_checkouts_has_none() {
        let mut message = order(&placed());
        message.checkout = None;
        assert_eq!(kept_order(message), Ok(placed().as_answered()));
    }

    #[test]
    fn a_kept_event_reads_as_it_was_and_has_no_address() {
        for event_of in [
            OrderEvent::Created,
            OrderEvent::Updated,
            OrderEvent::StatusChanged,
            OrderEvent::Cancelled,
            OrderEvent::Deleted,
            OrderEvent::CheckoutChanged,
        ] {
            let recorded = RecordedEvent {
                id: Uuid::from_u128(9),
                actor: "user:x".to_owned(),
                event: event_of(declined().snapshot().clone()),
            };
            let message = event(&recorded, String::new());
            assert_eq!(
                message.order.as_ref().and_then(|order| order.shipping_address.as_ref()),
                None
            );
            assert_eq!(kept_event(message), Ok(recorded));
        }
    }

    #[test]
    fn what_a_newer_binary_kept_is_told_from_what_is_broken() {
        let recorded = RecordedEvent {
            id: Uuid::from_u128(9),
            actor: "user:x".to_owned(),
            event: OrderEvent::Created(placed().snapshot().clone()),
        };
        let kept = event(&recorded, String::new());
        let of_type = |r#type| proto::OrderEvent { r#type, ..kept.clone() };
        assert_eq!(kept_event(of_type(99)), Err(Unreadable::Newer));
        assert_eq!(kept_event(of_type(0)), Err(Unreadable::Broken));
        let mut of_status = kept.clone();
        of_status.order.as_mut().unwrap().status = 99;
        assert_eq!(kept_event(of_status), Err(Unreadable::Newer));
        let mut of_checkout = kept;
        of_checkout.order.as_mut().unwrap().checkout.as_mut().unwrap().state = 99;
        assert_eq!(kept_event(of_checkout), Err(Unreadable::Newer));
    }
}
