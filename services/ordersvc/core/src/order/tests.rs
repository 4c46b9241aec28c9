use time::Duration;
use uuid::Uuid;

use super::*;

mod commands;
mod giving_back;
mod paying;
mod rules;
mod states;
mod table;

fn at(seconds: i64) -> OffsetDateTime {
    OffsetDateTime::UNIX_EPOCH + Duration::seconds(seconds)
}

fn draft() -> OrderDraft {
    OrderDraft {
        items: vec![item("tea", 2, 450)],
        ..OrderDraft::default()
    }
}

fn item(sku: &str, quantity: i32, unit_price_minor: i64) -> Item {
    Item {
        sku: sku.to_owned(),
        name: String::new(),
        quantity,
        unit_price_minor,
    }
}

fn placed() -> Order {
    let id = OrderId::new(Uuid::from_u128(1));
    let customer = UserId::new(Uuid::from_u128(2));
    Order::place(id, customer, draft(), at(0)).unwrap()
}

/// An order with this status, as if it had been read.
fn with_status(status: Status) -> Order {
    let (mut state, address) = placed().into_parts();
    state.status = status;
    state.version = 7;
    Order::restore(state, address, None)
}

#[test]
fn the_table_of_transitions_is_the_contract_s() {
    let legal: Vec<String> = Status::ALL
        .into_iter()
        .flat_map(|from| Status::ALL.map(|to| (from, to)))
        .filter(|(from, to)| from.may_become(*to))
        .map(|(from, to)| format!("{from}>{to}"))
        .collect();
    assert_eq!(
        legal,
        [
            "PENDING>CONFIRMED",
            "PENDING>CANCELLED",
            "CONFIRMED>SHIPPED",
            "CONFIRMED>CANCELLED",
            "SHIPPED>DELIVERED"
        ]
    );
}

#[test]
fn a_new_order_is_pending_in_dollars_and_has_its_total() {
    let mut order = placed();
    assert_eq!(order.status(), Status::Pending);
    assert_eq!(order.total(), Money::new(900, Currency::USD));
    assert_eq!((order.version(), order.kept_version()), (1, 0));
    let events = order.take_events();
    assert_eq!(events, [OrderEvent::Created(order.snapshot().clone())]);
    assert_eq!(order.take_events(), []);
}

#[test]
fn everything_that_is_wrong_with_a_draft_is_told_at_once() {
    let bad = OrderDraft {
        items: vec![],
        currency_code: "usd".to_owned(),
        shipping_address: Some(AddressFields::default()),
        metadata: [(String::new(), String::new())].into(),
        external_reference: "x".repeat(101),
    };
    let id = OrderId::new(Uuid::from_u128(1));
    let refused = Order::place(id, UserId::new(Uuid::from_u128(2)), bad, at(0)).unwrap_err();
    let fields: Vec<_> = refused.0.iter().map(|violation| violation.field.as_str()).collect();
    assert_eq!(
        fields,
        [
            "currency_code",
            "items",
            "shipping_address.recipient",
            "shipping_address.line1",
            "shipping_address.city",
            "shipping_address.country_code",
            "metadata",
            "external_reference"
        ]
    );
}

#[test]
fn a_total_that_does_not_fit_is_refused() {
    let big = OrderDraft {
        items: vec![item("a", 1, i64::MAX), item("b", 1, 1)],
        ..OrderDraft::default()
    };
    let id = OrderId::new(Uuid::from_u128(1));
    let refused = Order::place(id, UserId::new(Uuid::from_u128(2)), big, at(0)).unwrap_err();
    assert_eq!(refused.0[0].field, "items");
}

#[test]
fn an_update_keeps_the_currency_and_recomputes_the_total() {
    let mut order = with_status(Status::Pending);
    let changes = OrderChanges {
        items: Some(vec![item("cake", 3, 100)]),
        ..OrderChanges::default()
    };
    order.update(changes, at(1)).unwrap();
    assert_eq!(order.total(), Money::new(300, Currency::USD));
}

#[test]
fn an_update_of_nothing_is_no_event() {
    let mut order = with_status(Status::Pending);
    order.update(OrderChanges::default(), at(1)).unwrap();
    assert_eq!(order.take_events(), []);
    assert_eq!(order.version(), 7);
}

#[test]
fn a_wrong_update_leaves_the_order_as_it_was() {
    let mut order = with_status(Status::Pending);
    let before = order.clone();
    let changes = OrderChanges {
        items: Some(vec![]),
        metadata: Some([("k".to_owned(), "v".to_owned())].into()),
        shipping_address: None,
    };
    assert!(matches!(order.update(changes, at(1)), Err(UpdateRefused::Invalid(_))));
    assert_eq!(order, before);
}

#[test]
fn the_first_reason_of_a_cancellation_stays() {
    let mut order = with_status(Status::Pending);
    order.cancel(" too late ", false, at(1)).unwrap();
    order.cancel("other", false, at(2)).unwrap();
    assert_eq!(order.snapshot().cancel_reason, "too late");
    assert_eq!(order.take_events().len(), 1);
}

#[test]
fn deleting_twice_archives_once() {
    let mut order = with_status(Status::Cancelled);
    order.delete(false, at(1)).unwrap();
    order.delete(false, at(2)).unwrap();
    assert!(order.is_archived());
    assert_eq!(order.take_events().len(), 1);
}
