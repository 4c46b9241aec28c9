//! Orders and their events as messages: what is kept under a key and in the event log.

use kernel::Kept;
use order_core::{Order, RecordedEvent};
use platform::postgres::{StoreError, events::NewEvent};
use prost::Message;

use crate::grpc::convert;

/// What is kept under a key: the order as it was answered.
pub(super) fn answer(order: &Order) -> Vec<u8> {
    convert::order(order).encode_to_vec()
}

/// What was kept under a key.
pub(super) fn kept_order(kept: Kept<Vec<u8>>) -> Result<Kept<Order>, StoreError> {
    match kept {
        Kept::Answer(bytes) => {
            let message = api::order::v1::Order::decode(bytes.as_slice()).map_err(StoreError::undecodable)?;
            let order = convert::kept_order(message).map_err(StoreError::undecodable)?;
            Ok(Kept::Answer(order))
        }
        Kept::Refusal(refusal) => Ok(Kept::Refusal(refusal)),
    }
}

/// Events as the log keeps them.
pub(super) fn new_events(events: &[RecordedEvent]) -> Vec<NewEvent> {
    let traceparent = platform::grpc::current_traceparent();
    events
        .iter()
        .map(|recorded| {
            let state = recorded.event.order();
            NewEvent {
                event_id: recorded.id,
                aggregate_type: "order",
                aggregate_id: state.id.as_uuid(),
                aggregate_version: state.version,
                owner_id: Some(state.customer_id.as_uuid()),
                event_type: recorded.event.name(),
                schema_version: 1,
                occurred_at: state.updated_at,
                actor: recorded.actor.clone(),
                traceparent: traceparent.clone(),
                payload: convert::event(recorded, String::new()).encode_to_vec(),
            }
        })
        .collect()
}
