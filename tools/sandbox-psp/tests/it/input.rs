use http::Method;
use serde_json::{Value, json};

use crate::world::{World, charge};

fn without(mut value: Value, field: &str) -> Value {
    value.as_object_mut().unwrap().remove(field);
    value
}

fn with(mut value: Value, field: &str, new: Value) -> Value {
    value[field] = new;
    value
}

#[tokio::test]
async fn what_is_no_charge_is_refused_and_leaves_no_key_behind() {
    let world = World::new().await;
    let good = charge(500, "pm_card_visa");
    let mut bad = vec![
        with(good.clone(), "amount", json!(0)),
        with(good.clone(), "amount", json!(-1)),
        with(good.clone(), "amount", json!(1.5)),
        with(good.clone(), "amount", json!("500")),
        with(good.clone(), "amount", json!(9_223_372_036_854_775_808_u64)),
        with(good.clone(), "currency", json!("usd")),
        with(good.clone(), "currency", json!("USDT")),
        with(good.clone(), "reference", json!("")),
        with(good.clone(), "reference", json!("x".repeat(256))),
        with(good.clone(), "payment_method", json!("pm_card_nobody_knows")),
        with(good.clone(), "tip", json!(1)),
        json!([]),
        json!("text"),
    ];
    for field in ["amount", "currency", "reference", "payment_method"] {
        bad.push(without(good.clone(), field));
    }
    for body in bad {
        let answer = world.client.post("/v1/charges", "a", body.clone()).await;
        assert_eq!((answer.status, answer.code()), (400, "invalid_request"), "{body}");
    }
    assert_eq!(world.client.post("/v1/charges", "a", good).await.status, 200);
}

#[tokio::test]
async fn a_key_is_needed_and_is_one() {
    let world = World::new().await;
    let body = charge(500, "pm_card_visa").to_string();
    let long = "k".repeat(256);
    for key in [None, Some(""), Some("with space"), Some(long.as_str())] {
        let answer = world
            .client
            .send(Method::POST, "/v1/charges", key, body.clone())
            .await
            .unwrap();
        assert_eq!((answer.status, answer.code()), (400, "invalid_request"), "{key:?}");
    }
    assert!(world.client.charges().await.is_empty());
}

#[tokio::test]
async fn what_is_no_card_is_refused() {
    let world = World::new().await;
    let good = json!({"number": "4242424242424242", "exp_month": 12, "exp_year": 2099, "cvc": "123"});
    let number = world
        .client
        .post(
            "/v1/payment_methods",
            "a",
            with(good.clone(), "number", json!("4242424242424241")),
        )
        .await;
    assert_eq!((number.status, number.code()), (400, "invalid_number"));
    for (field, value) in [
        ("exp_month", json!(13)),
        ("exp_month", json!(0)),
        ("exp_year", json!(99)),
        ("cvc", json!("12")),
        ("cvc", json!("12a")),
        ("number", json!(4_242_424_242_424_242_u64)),
        ("name", json!("Ada")),
    ] {
        let answer = world
            .client
            .post("/v1/payment_methods", "a", with(good.clone(), field, value))
            .await;
        assert_eq!((answer.status, answer.code()), (400, "invalid_request"), "{field}");
    }
}

#[tokio::test]
async fn what_is_not_there_is_told_apart() {
    let world = World::new().await;
    let id = world.client.charge("a", 500, "pm_card_visa").await.id();
    let cases = [
        (Method::GET, "/v1/charges/ch_none".to_owned(), 404, "not_found"),
        (Method::GET, "/v1/nothing".to_owned(), 404, "not_found"),
        (Method::POST, "/v1/charges/ch_none/void".to_owned(), 404, "not_found"),
        (Method::DELETE, format!("/v1/charges/{id}"), 405, "method_not_allowed"),
        (
            Method::GET,
            "/v1/charges?after=ch_none".to_owned(),
            400,
            "invalid_request",
        ),
        (Method::GET, "/v1/charges?limit=0".to_owned(), 400, "invalid_request"),
        (Method::GET, "/v1/charges?limit=101".to_owned(), 400, "invalid_request"),
        (Method::GET, "/v1/charges?limit=many".to_owned(), 400, "invalid_request"),
    ];
    for (method, path, status, code) in cases {
        let answer = world
            .client
            .send(method, &path, Some("k"), String::new())
            .await
            .unwrap();
        assert_eq!((answer.status, answer.code()), (status, code), "{path}");
    }
    let huge = "x".repeat(20_000);
    let answer = world
        .client
        .send(Method::POST, "/v1/charges", Some("k"), huge)
        .await
        .unwrap();
    assert_eq!(answer.status, 413);
    assert_eq!(world.client.get("/healthz").await.status, 200);
}

#[tokio::test]
async fn pages_hold_every_charge_once_while_more_are_added() {
    let world = World::new().await;
    for number in 0..5 {
        world
            .client
            .charge(&format!("a-{number}"), 100 + number, "pm_card_visa")
            .await;
    }
    let first = world.client.get("/v1/charges?limit=3").await;
    world.client.charge("later", 105, "pm_card_visa").await;
    let next = first.body["next"].as_str().unwrap();
    let second = world.client.get(&format!("/v1/charges?limit=3&after={next}")).await;
    let amounts = |page: &crate::world::Answered| -> Vec<i64> {
        let charges = page.body["charges"].as_array().unwrap();
        charges
            .iter()
            .map(|charge| charge["amount"].as_i64().unwrap())
            .collect()
    };
    assert_eq!(
        (amounts(&first), amounts(&second)),
        (vec![100, 101, 102], vec![103, 104, 105])
    );
    assert_eq!(second.body["next"], Value::Null);
}
