//! What orders are made of.

use api::order::v1 as proto;
use order_core::{Address, AddressFields, Item};

pub(super) fn item(item: &Item) -> proto::OrderItem {
    proto::OrderItem {
        sku: item.sku.clone(),
        name: item.name.clone(),
        quantity: item.quantity,
        unit_price_cents: item.unit_price_minor,
    }
}

pub(super) fn items(sent: Vec<proto::OrderItem>) -> Vec<Item> {
    sent.into_iter()
        .map(|item| Item {
            sku: item.sku,
            name: item.name,
            quantity: item.quantity,
            unit_price_minor: item.unit_price_cents,
        })
        .collect()
}

pub(super) fn address(address: &Address) -> proto::Address {
    let fields = address.fields().clone();
    proto::Address {
        recipient: fields.recipient,
        line1: fields.line1,
        line2: fields.line2,
        city: fields.city,
        region: fields.region,
        postal_code: fields.postal_code,
        country_code: fields.country_code,
        phone: fields.phone,
    }
}

pub(super) fn address_fields(sent: proto::Address) -> AddressFields {
    AddressFields {
        recipient: sent.recipient,
        line1: sent.line1,
        line2: sent.line2,
        city: sent.city,
        region: sent.region,
        postal_code: sent.postal_code,
        country_code: sent.country_code,
        phone: sent.phone,
    }
}
