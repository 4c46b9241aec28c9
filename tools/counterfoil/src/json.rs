//! Messages as the contract has them in JSON: lowerCamelCase, defaults printed, 64-bit integers as text.

use std::sync::LazyLock;

use anyhow::Context;
use prost::Message;
use prost_reflect::{
    DescriptorPool, DynamicMessage, FieldDescriptor, Kind, MapKey, ReflectMessage, Value as Reflected,
};
use serde_json::{Map, Value, json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

static POOL: LazyLock<Result<DescriptorPool, prost_reflect::DescriptorError>> =
    LazyLock::new(|| DescriptorPool::decode(api::FILE_DESCRIPTOR_SET));

/// A message of this full name.
pub(crate) fn of(name: &str, message: &impl Message) -> anyhow::Result<Value> {
    let pool = POOL.as_ref().context("could not read the contracts")?;
    let descriptor = pool
        .get_message_by_name(name)
        .with_context(|| format!("the contracts have no {name}"))?;
    let dynamic = DynamicMessage::decode(descriptor, message.encode_to_vec().as_slice())
        .with_context(|| format!("could not read a {name}"))?;
    Ok(object(&dynamic))
}

fn object(message: &DynamicMessage) -> Value {
    if message.descriptor().full_name() == "google.protobuf.Timestamp" {
        return timestamp(message);
    }
    let fields = message.descriptor();
    let set = fields
        .fields()
        .filter(|field| message.has_field(field) || !field.supports_presence());
    let members: Map<String, Value> = set
        .map(|field| (field.json_name().to_owned(), value(&message.get_field(&field), &field)))
        .collect();
    Value::Object(members)
}

fn value(found: &Reflected, field: &FieldDescriptor) -> Value {
    match found {
        Reflected::List(items) => items.iter().map(|item| single(item, &field.kind())).collect(),
        Reflected::Map(entries) => {
            let kind = match field.kind() {
                Kind::Message(entry) => entry.map_entry_value_field().kind(),
                other => other,
            };
            // In the order of keys, so that the same message reads the same.
            let mut members: Vec<_> = entries
                .iter()
                .map(|(key, item)| (key_text(key), single(item, &kind)))
                .collect();
            members.sort_by(|one, other| one.0.cmp(&other.0));
            Value::Object(members.into_iter().collect())
        }
        other => single(other, &field.kind()),
    }
}

fn single(found: &Reflected, kind: &Kind) -> Value {
    match (found, kind) {
        (Reflected::Bool(value), _) => json!(value),
        (Reflected::I32(value), _) => json!(value),
        (Reflected::U32(value), _) => json!(value),
        (Reflected::I64(value), _) => json!(value.to_string()),
        (Reflected::U64(value), _) => json!(value.to_string()),
        (Reflected::F32(value), _) => json!(value),
        (Reflected::F64(value), _) => json!(value),
        (Reflected::String(value), _) => json!(value),
        (Reflected::EnumNumber(number), Kind::Enum(of)) => match of.get_value(*number) {
            Some(known) => json!(known.name()),
            None => json!(number),
        },
        (Reflected::Message(message), _) => object(message),
        // No message that is shown has others.
        _ => Value::Null,
    }
}

fn key_text(key: &MapKey) -> String {
    match key {
        MapKey::String(text) => text.clone(),
        MapKey::Bool(value) => value.to_string(),
        MapKey::I32(value) => value.to_string(),
        MapKey::I64(value) => value.to_string(),
        MapKey::U32(value) => value.to_string(),
        MapKey::U64(value) => value.to_string(),
    }
}

fn timestamp(message: &DynamicMessage) -> Value {
    let number = |name: &str| {
        let field = message.get_field_by_name(name);
        field.and_then(|field| field.as_i64().or_else(|| field.as_i32().map(i64::from)))
    };
    let seconds = number("seconds").unwrap_or_default();
    let nanos = number("nanos").unwrap_or_default();
    let at = OffsetDateTime::from_unix_timestamp_nanos(i128::from(seconds) * 1_000_000_000 + i128::from(nanos));
    match at.map(|at| at.format(&Rfc3339)) {
        Ok(Ok(text)) => json!(text),
        _ => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use api::order::v1::{Checkout, Order, OrderItem};
    use prost_types::Timestamp;

    use super::*;

    #[test]
    fn messages_are_as_the_contract_has_them() {
        let order = Order {
            id: "1".to_owned(),
            items: vec![OrderItem {
                sku: "TEA".to_owned(),
                quantity: 2,
                ..OrderItem::default()
            }],
            status: 2,
            total_cents: 9_007_199_254_740_993,
            created_at: Some(Timestamp {
                seconds: 1_782_907_200,
                nanos: 500_000_000,
            }),
            checkout: Some(Checkout {
                state: 99,
                ..Checkout::default()
            }),
            metadata: [("b", "2"), ("a", "1")]
                .map(|(k, v)| (k.to_owned(), v.to_owned()))
                .into(),
            ..Order::default()
        };
        let json = of("order.v1.Order", &order).unwrap();
        assert_eq!(json["status"], "ORDER_STATUS_CONFIRMED");
        assert_eq!(json["totalCents"], "9007199254740993");
        assert_eq!(json["createdAt"], "2026-07-01T12:00:00.5Z");
        assert_eq!(json["items"][0]["unitPriceCents"], "0");
        assert_eq!(json["checkout"]["state"], 99);
        assert_eq!(json["archived"], false);
        assert_eq!(json["metadata"], json!({"a": "1", "b": "2"}));
        assert!(json.get("shippingAddress").is_none());
    }
}
