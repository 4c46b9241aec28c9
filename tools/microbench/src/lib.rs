//! Inputs for the benchmarks of pure code: an order of so many lines, as bytes and as a draft.

use api::order::v1::{CreateOrderRequest, OrderItem};
use order_core::{Item, OrderDraft};
use prost::Message as _;

/// The request to place an order of so many lines, encoded as it arrives.
pub fn encoded_request(lines: usize) -> Vec<u8> {
    let items = (0..lines)
        .map(|n| OrderItem {
            sku: format!("SKU-{n:05}"),
            name: format!("Thing number {n}"),
            quantity: 2,
            unit_price_cents: 1_299,
        })
        .collect();
    CreateOrderRequest {
        items,
        ..Default::default()
    }
    .encode_to_vec()
}

/// The same order as the domain takes it.
pub fn draft(lines: usize) -> OrderDraft {
    let items = (0..lines)
        .map(|n| Item {
            sku: format!("SKU-{n:05}"),
            name: format!("Thing number {n}"),
            quantity: 2,
            unit_price_minor: 1_299,
        })
        .collect();
    OrderDraft {
        items,
        ..Default::default()
    }
}
