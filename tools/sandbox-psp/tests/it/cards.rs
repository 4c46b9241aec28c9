use std::time::{Duration, Instant};

use serde_json::json;

use crate::world::{World, charge};

/// Token, number, and what becomes of a charge, a capture and a refund of it.
const CARDS: [(&str, Option<&str>, [&str; 3]); 10] = [
    ("pm_card_visa", Some("4242424242424242"), ["", "", ""]),
    ("pm_card_declined", Some("4000000000000002"), ["card_declined"; 3]),
    (
        "pm_card_insufficient_funds",
        Some("4000000000009995"),
        ["insufficient_funds"; 3],
    ),
    ("pm_card_expired", Some("4000000000000069"), ["expired_card"; 3]),
    ("pm_card_incorrect_cvc", Some("4000000000000127"), ["incorrect_cvc"; 3]),
    (
        "pm_card_processing_error",
        Some("4000000000000119"),
        ["processing_error"; 3],
    ),
    ("pm_card_slow", Some("4000000000000077"), ["", "", ""]),
    ("pm_card_lost_reply", None, ["", "", ""]),
    ("pm_card_capture_refused", None, ["", "capture_refused", "wrong_state"]),
    ("pm_card_refund_refused", None, ["", "", "refund_refused"]),
];

impl World {
    /// Asks again until there is an answer, as everybody must.
    async fn persistently(&self, path: &str, key: &str, body: serde_json::Value) -> crate::world::Answered {
        match self.client.try_post(path, key, body.clone()).await {
            Some(answer) => answer,
            None => self.client.post(path, key, body).await,
        }
    }

    async fn plays(&self, card: &str, expected: [&str; 3]) {
        let made = self
            .persistently("/v1/charges", &format!("{card}-a"), charge(500, card))
            .await;
        assert_eq!(made.code(), expected[0], "{card}");
        if !expected[0].is_empty() {
            assert_eq!(made.status, 402, "{card}");
            let declined = self.client.show(made.body["charge"].as_str().unwrap()).await;
            assert_eq!(declined.standing(), ("declined", 0, 0), "{card}");
            return;
        }
        assert_eq!(made.standing(), ("authorized", 0, 0), "{card}");
        let path = format!("/v1/charges/{}", made.id());
        let steps = [("capture", 300, expected[1]), ("refunds", 100, expected[2])];
        for (step, amount, code) in steps {
            let body = json!({"amount": amount});
            let answer = self
                .persistently(&format!("{path}/{step}"), &format!("{card}-{step}"), body)
                .await;
            assert_eq!(answer.code(), code, "{card} {step}");
        }
    }
}

#[tokio::test]
async fn every_card_does_what_it_is_known_for_by_its_token_and_by_its_number() {
    let world = World::new().await;
    for (token, number, expected) in CARDS {
        world.plays(token, expected).await;
        let Some(number) = number else { continue };
        let card = json!({"number": number, "exp_month": 12, "exp_year": 2099, "cvc": "123"});
        let made = world.client.post("/v1/payment_methods", "unused", card).await;
        assert_eq!(made.status, 200, "{token}");
        assert_eq!(
            (&made.body["brand"], &made.body["last4"]),
            (&json!("visa"), &json!(number[12..]))
        );
        assert!(made.id().starts_with("card_"));
        world.plays(&made.id(), expected).await;
    }
}

#[tokio::test]
async fn any_other_number_is_a_good_card() {
    let world = World::new().await;
    let card = json!({"number": "5555 5555 5555 4444", "exp_month": 1, "exp_year": 2099, "cvc": "1234"});
    let made = world.client.post("/v1/payment_methods", "unused", card).await;
    assert_eq!(made.body["brand"], "mastercard");
    world.plays(&made.id(), ["", "", ""]).await;
}

#[tokio::test]
async fn the_readme_tells_every_card() {
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    for (token, number, _) in CARDS {
        let row = readme.lines().find(|line| line.starts_with(&format!("| `{token}`")));
        let row = row.unwrap_or_else(|| panic!("{token} is not in the table"));
        assert!(number.is_none_or(|number| row.contains(number)), "{row}");
    }
}

#[tokio::test]
async fn a_lost_reply_is_lost_once_and_everything_was_done_once() {
    let world = World::new().await;
    let body = charge(500, "pm_card_lost_reply");
    assert_eq!(world.client.try_post("/v1/charges", "a", body.clone()).await, None);
    let done = world.client.get("/v1/operations/a").await;
    assert_eq!(done.body["status"], 200, "{done:?}");
    let again = world.client.post("/v1/charges", "a", body).await;
    assert_eq!(again.standing(), ("authorized", 0, 0));
    let path = format!("/v1/charges/{}/capture", again.id());
    assert_eq!(world.client.try_post(&path, "b", json!({"amount": 500})).await, None);
    assert_eq!(world.client.show(&again.id()).await.standing(), ("captured", 500, 0));
    assert_eq!(world.client.post(&path, "b", json!({"amount": 500})).await.status, 200);
    assert_eq!(world.client.charges().await.len(), 1);
}

#[tokio::test]
async fn a_slow_card_takes_two_seconds_and_its_key_is_in_use_meanwhile() {
    let world = World::new().await;
    let began = Instant::now();
    let slow = world.client.charge("a", 500, "pm_card_slow");
    let meanwhile = async {
        testkit::wait_for_async(
            || async { world.client.get("/v1/operations/a").await.code() == "key_in_use" },
            Duration::from_secs(2),
        )
        .await;
        let again = world.client.charge("a", 500, "pm_card_slow").await;
        assert_eq!((again.status, again.code()), (409, "key_in_use"));
    };
    let (answer, ()) = futures::join!(slow, meanwhile);
    assert_eq!(answer.status, 200);
    assert!(began.elapsed() >= Duration::from_secs(2));
    let replayed = Instant::now();
    assert_eq!(world.client.charge("a", 500, "pm_card_slow").await, answer);
    assert!(replayed.elapsed() < Duration::from_secs(1));
}

#[tokio::test]
async fn an_amount_beyond_the_largest_is_refused_and_kept() {
    let world = World::new().await;
    assert_eq!(world.client.charge("a", 99_999_999, "pm_card_visa").await.status, 200);
    let beyond = world.client.charge("b", 100_000_000, "pm_card_visa").await;
    assert_eq!((beyond.status, beyond.code()), (402, "amount_too_large"));
    assert_eq!(world.client.charge("b", 100_000_000, "pm_card_visa").await, beyond);
}
