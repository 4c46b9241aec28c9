//! What the generated code promises.

use api::{auth, calculator, order, user};
use kernel::Violation;
use proptest::prelude::*;
use prost::Message;
use wire::{Access, AccessLevel, CallKind, Field, Idempotency, Validate};

const ID: &str = "0190163d-8694-739b-aea5-966c26f8ad91";

fn violations(message: &impl Validate) -> Vec<Violation> {
    let mut found = Vec::new();
    message.validate(&Field::Root, &mut found);
    found
}

fn fields(message: &impl Validate) -> Vec<String> {
    violations(message)
        .into_iter()
        .map(|violation| violation.field)
        .collect()
}

fn item() -> order::v1::OrderItem {
    order::v1::OrderItem {
        sku: "tea".into(),
        name: "Tea".into(),
        quantity: 1,
        unit_price_cents: 250,
    }
}

fn valid() -> order::v1::CreateOrderRequest {
    order::v1::CreateOrderRequest {
        items: vec![item()],
        ..Default::default()
    }
}

#[test]
fn a_good_order_has_nothing_wrong() {
    assert_eq!(violations(&valid()), []);
    let full = order::v1::CreateOrderRequest {
        customer_id: ID.into(),
        currency_code: "EUR".into(),
        shipping_address: Some(order::v1::Address {
            recipient: "Ada".into(),
            line1: "1 Road".into(),
            city: "Bath".into(),
            country_code: "GB".into(),
            ..Default::default()
        }),
        metadata: [("gift".to_owned(), "yes".to_owned())].into(),
        external_reference: "A-1".into(),
        ..valid()
    };
    assert_eq!(violations(&full), []);
}

#[test]
fn everything_wrong_with_an_order_is_told_at_once_with_its_path() {
    let bad = order::v1::CreateOrderRequest {
        customer_id: ID.to_uppercase(),
        items: vec![
            item(),
            order::v1::OrderItem {
                sku: String::new(),
                name: "bell\u{7}".into(),
                quantity: 0,
                unit_price_cents: -1,
            },
        ],
        currency_code: "EURO".into(),
        shipping_address: Some(order::v1::Address::default()),
        metadata: [("note".to_owned(), "x".repeat(501)), ("k".repeat(41), String::new())].into(),
        external_reference: "x".repeat(101),
        payment_method: "x".repeat(65),
    };
    let expected = [
        "customer_id",
        "items[1].sku",
        "items[1].name",
        "items[1].quantity",
        "items[1].unit_price_cents",
        "currency_code",
        "shipping_address.recipient",
        "shipping_address.line1",
        "shipping_address.city",
        "shipping_address.country_code",
        "metadata",
        "metadata[\"note\"]",
        "external_reference",
        "payment_method",
    ];
    assert_eq!(fields(&bad), expected);
}

#[test]
fn a_violation_says_what_was_expected() {
    let mut bad = valid();
    bad.items[0].quantity = 0;
    let found = violations(&bad);
    assert_eq!(found, [Violation::new("items[0].quantity", "must be greater than 0")]);
    let empty = violations(&order::v1::CreateOrderRequest::default());
    assert_eq!(empty, [Violation::new("items", "must have 1 to 500 elements")]);
    let page = order::v1::ListOrdersRequest {
        page_size: 101,
        status: 77,
        ..Default::default()
    };
    let expected = [
        Violation::new("status", "must be a value that the contract defines"),
        Violation::new("page_size", "must be between 0 and 100"),
    ];
    assert_eq!(violations(&page), expected);
}

#[test]
fn too_many_lines_are_one_violation_however_bad_they_are() {
    let bad = order::v1::CreateOrderRequest {
        items: vec![order::v1::OrderItem::default(); 501],
        ..Default::default()
    };
    assert_eq!(fields(&bad), ["items"]);
}

#[test]
fn what_may_be_left_out_is_still_checked_when_given() {
    let watch = |order_id: &str| order::v1::WatchOrdersRequest {
        order_id: order_id.into(),
        ..Default::default()
    };
    assert_eq!(violations(&watch("")), []);
    assert_eq!(violations(&watch(ID)), []);
    assert_eq!(fields(&watch("7")), ["order_id"]);
}

#[test]
fn numbers_are_finite_and_roles_are_defined() {
    let numbers = calculator::v1::Numbers {
        a: f64::NAN,
        b: f64::INFINITY,
    };
    assert_eq!(fields(&numbers), ["a", "b"]);
    let roles = auth::v1::SetRolesRequest {
        user_id: ID.into(),
        roles: vec![auth::v1::Role::Staff.into(), 0, 9],
    };
    assert_eq!(fields(&roles), ["roles[1]", "roles[2]"]);
}

#[test]
fn answers_are_taken_as_they_are() {
    let answer = order::v1::GetOrderResponse {
        order: Some(order::v1::Order {
            status: 99,
            customer_id: "guest".into(),
            ..Default::default()
        }),
    };
    assert_eq!(violations(&answer), []);
}

#[test]
fn secrets_and_personal_data_are_not_shown() {
    let login = auth::v1::LoginRequest {
        email: "ada@example.com".into(),
        password: "correct horse battery".into(),
    };
    let shown = format!("{login:?}");
    assert!(!shown.contains("ada@"), "{shown}");
    assert!(!shown.contains("horse"), "{shown}");
    let profile = user::v1::GetUserResponse {
        user: Some(user::v1::User {
            id: ID.into(),
            name: "Ada".into(),
            ..Default::default()
        }),
    };
    let shown = format!("{profile:?}");
    assert!(!shown.contains("Ada"), "{shown}");
    assert!(shown.contains(ID), "{shown}");
}

#[test]
fn the_tables_hold_every_method_of_the_descriptors_and_each_has_access() {
    let set = prost_types::FileDescriptorSet::decode(api::FILE_DESCRIPTOR_SET).unwrap();
    let mut declared = Vec::new();
    for file in &set.file {
        for service in &file.service {
            for method in &service.method {
                let kind = match (method.client_streaming(), method.server_streaming()) {
                    (false, false) => CallKind::Unary,
                    (true, false) => CallKind::ClientStream,
                    (false, true) => CallKind::ServerStream,
                    (true, true) => CallKind::Bidirectional,
                };
                let path = format!("/{}.{}/{}", file.package(), service.name(), method.name());
                declared.push((path, kind));
            }
        }
    }
    declared.sort_by(|left, right| left.0.cmp(&right.0));
    let mut tabled: Vec<_> = api::all_methods()
        .map(|method| (method.path.to_owned(), method.kind))
        .collect();
    tabled.sort_by(|left, right| left.0.cmp(&right.0));
    assert_eq!(tabled, declared);
    assert!(api::all_methods().all(|method| method.access.is_some()));
}

#[test]
fn options_become_entries_of_the_table() {
    let find = |path: &str| *api::all_methods().find(|method| method.path == path).unwrap();
    let create_user = find("/user.v1.UserService/CreateUser");
    let staff_or_service = Access {
        level: AccessLevel::Staff,
        permission: Some("users:write"),
    };
    assert_eq!(create_user.access, Some(staff_or_service));
    assert_eq!(create_user.idempotency, Idempotency::Optional);
    assert_eq!(find("/auth.v1.AuthService/Login").idempotency, Idempotency::NeverStored);
    let watch = find("/order.v1.OrderService/WatchOrders");
    assert_eq!(
        (watch.idempotency, watch.kind),
        (Idempotency::Read, CallKind::ServerStream)
    );
    assert_eq!(watch.access.map(|access| access.level), Some(AccessLevel::Own));
}

/// Decodes and validates, as the codec does.
fn take<M: Message + Default + Validate>(bytes: &[u8]) {
    if let Ok(message) = M::decode(bytes) {
        violations(&message);
    }
}

proptest! {
    #[test]
    fn no_bytes_make_decoding_or_validating_panic(bytes in prop::collection::vec(any::<u8>(), 0..256)) {
        take::<order::v1::CreateOrderRequest>(&bytes);
        take::<order::v1::UpdateOrderRequest>(&bytes);
        take::<order::v1::WatchOrdersResponse>(&bytes);
        take::<auth::v1::SetRolesRequest>(&bytes);
        take::<user::v1::UpdateUserRequest>(&bytes);
        take::<calculator::v1::Numbers>(&bytes);
    }

    #[test]
    fn any_text_is_judged_without_panic(text in any::<String>(), number in any::<i32>(), cents in any::<i64>()) {
        let request = order::v1::CreateOrderRequest {
            customer_id: text.clone(),
            items: vec![order::v1::OrderItem {
                sku: text.clone(),
                name: text.clone(),
                quantity: number,
                unit_price_cents: cents,
            }],
            currency_code: text.clone(),
            metadata: [(text.clone(), text.clone())].into(),
            ..Default::default()
        };
        let printable = !text.chars().any(char::is_control);
        let found = fields(&request);
        prop_assert_eq!(found.contains(&"items[0].quantity".to_owned()), number <= 0);
        prop_assert_eq!(found.contains(&"items[0].unit_price_cents".to_owned()), cents < 0);
        prop_assert!(printable || found.contains(&"items[0].name".to_owned()));
    }
}
