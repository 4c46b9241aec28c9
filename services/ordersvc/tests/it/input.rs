use api::order::v1::{
    Address, CreateOrderRequest, GetOrderRequest, ListOrdersRequest, UpdateOrderRequest, WatchOrdersRequest,
};
use prost_types::{FieldMask, Timestamp};
use tonic::Code;

use crate::{
    requests::{item, one_cake, place, two_teas},
    world::{TestWorld, fields, refusal, told},
};

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: make test"]
async fn what_is_wrong_with_an_order_is_told_by_field_and_at_once() {
    let world = TestWorld::new().await;
    let running = world.start().await;
    let mut alice = world.alice(&running);
    let with = |change: fn(&mut CreateOrderRequest)| {
        let mut request = two_teas();
        change(&mut request);
        request
    };
    let cases: [(CreateOrderRequest, &[&str]); 10] = [
        (with(|r| r.items.clear()), &["items"]),
        (with(|r| r.items = vec![item("tea", 1, 1); 501]), &["items"]),
        (
            with(|r| r.items = vec![item("a", 1, i64::MAX), item("b", 1, 1)]),
            &["items"],
        ),
        (with(|r| r.items = vec![item("a", i32::MAX, i64::MAX)]), &["items"]),
        (with(|r| r.currency_code = "XXX".to_owned()), &["currency_code"]),
        (with(|r| r.currency_code = "usd".to_owned()), &["currency_code"]),
        (with(|r| r.items[0].name = "a\u{7}b".to_owned()), &["items[0].name"]),
        (
            with(|r| r.external_reference = "a\nb".to_owned()),
            &["external_reference"],
        ),
        (
            with(|r| r.items = vec![item("", 0, -1)]),
            &["items[0].sku", "items[0].quantity", "items[0].unit_price_cents"],
        ),
        (
            with(|r| {
                r.shipping_address = Some(Address {
                    recipient: "A".to_owned(),
                    line1: "B".to_owned(),
                    city: "C".to_owned(),
                    country_code: "XX".to_owned(),
                    ..Address::default()
                });
            }),
            &["shipping_address.country_code"],
        ),
    ];
    for (request, expected) in cases {
        let refused = alice.create_order(request).await.map(|_| ());
        assert_eq!(told(refused.clone()), refusal(Code::InvalidArgument, "INVALID_INPUT"));
        assert_eq!(fields(refused), expected);
    }
    alice
        .create_order(with(|r| r.items = vec![item("tea", 1, 1); 500]))
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: make test"]
async fn unknown_mask_paths_are_refused() {
    let world = TestWorld::new().await;
    let running = world.start().await;
    let mut alice = world.alice(&running);
    let order = place(&mut alice).await;
    for path in ["status", "total_cents", "items.sku", "*", "", "shippingAddress"] {
        let request = UpdateOrderRequest {
            update_mask: Some(FieldMask {
                paths: vec!["items".to_owned(), path.to_owned()],
            }),
            ..one_cake(&order)
        };
        let refused = alice.update_order(request).await;
        assert_eq!(fields(refused), ["update_mask.paths[1]"], "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: make test"]
async fn ids_sizes_and_instants_that_are_none_are_refused() {
    let world = TestWorld::new().await;
    let running = world.start().await;
    let mut alice = world.alice(&running);
    for id in ["", "1", "0190163D-8694-739B-AEA5-966C26F8AD91"] {
        let refused = alice.get_order(GetOrderRequest { id: id.to_owned() }).await;
        assert_eq!(fields(refused), ["id"], "{id}");
    }
    let unknown = alice
        .get_order(GetOrderRequest {
            id: "0190163d-8694-739b-aea5-966c26f8ad91".to_owned(),
        })
        .await;
    assert_eq!(told(unknown), refusal(Code::NotFound, "ORDER_NOT_FOUND"));
    for page_size in [-1, 101] {
        let request = ListOrdersRequest {
            page_size,
            ..ListOrdersRequest::default()
        };
        assert_eq!(fields(alice.list_orders(request).await), ["page_size"]);
    }
    let request = ListOrdersRequest {
        created_after: Some(Timestamp {
            seconds: i64::MAX,
            nanos: 0,
        }),
        ..ListOrdersRequest::default()
    };
    assert_eq!(fields(alice.list_orders(request).await), ["created_after"]);
}

/// Every byte of a token, one bit off.
fn flipped(token: &str) -> Vec<String> {
    (0..token.len())
        .filter_map(|at| {
            let mut bytes = token.as_bytes().to_vec();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            String::from_utf8(bytes).ok()
        })
        .filter(|other| other != token)
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: make test"]
async fn page_tokens_are_of_use_only_where_they_were_given() {
    let world = TestWorld::new().await;
    let running = world.start().await;
    let mut alice = world.alice(&running);
    for _ in 0..3 {
        place(&mut alice).await;
    }
    let first = ListOrdersRequest {
        page_size: 1,
        ..ListOrdersRequest::default()
    };
    let token = alice
        .list_orders(first.clone())
        .await
        .unwrap()
        .into_inner()
        .next_page_token;
    let next = |page_token: String| ListOrdersRequest {
        page_token,
        ..first.clone()
    };
    alice.list_orders(next(token.clone())).await.unwrap();
    let bad = refusal(Code::InvalidArgument, "BAD_PAGE_TOKEN");
    for forged in flipped(&token) {
        assert_eq!(told(alice.list_orders(next(forged)).await), bad);
    }
    for garbage in ["x", "AAAA", "%%%", "\u{1F980}"] {
        assert_eq!(told(alice.list_orders(next(garbage.to_owned())).await), bad);
    }
    assert_eq!(told(world.bob(&running).list_orders(next(token.clone())).await), bad);
    let other_filter = ListOrdersRequest {
        include_archived: true,
        ..next(token.clone())
    };
    assert_eq!(told(alice.list_orders(other_filter).await), bad);
    let as_resume = WatchOrdersRequest {
        resume_token: token,
        ..WatchOrdersRequest::default()
    };
    let refused = alice.watch_orders(as_resume).await;
    assert_eq!(
        told(refused.map(|_| ())),
        refusal(Code::InvalidArgument, "BAD_RESUME_TOKEN")
    );
}
