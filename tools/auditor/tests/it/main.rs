//! The auditor as a person runs it, on the real tables.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod kept;

use std::process::{Command, Output};

use kept::Kept;

/// Judges what is kept; with these arguments besides.
async fn audit(kept: &Kept, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_auditor"));
    command
        .args(["--orders-db", &kept.orders_db()])
        .args(["--payments-db", &kept.payments_db()])
        .args(["--provider", &kept.provider()])
        .args(arguments);
    tokio::task::spawn_blocking(move || command.output().unwrap())
        .await
        .unwrap()
}

fn told(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Postgres: make test"]
async fn nothing_wrong_is_told_with_0_and_something_wrong_with_1() {
    let kept = Kept::new().await;
    let clean = audit(&kept, &[]).await;
    assert_eq!(clean.status.code(), Some(0), "{clean:?}");
    assert!(
        told(&clean).contains("judged 0 attempts, 1 orders with 4 events, 1 payments"),
        "{clean:?}"
    );

    // The provider took the money and says so; somebody else changed the payment.
    kept.change_payments("UPDATE payments SET refunded_minor = 100, refund_reserved_minor = 100")
        .await;
    let spoiled = audit(&kept, &[]).await;
    assert_eq!(spoiled.status.code(), Some(1), "{spoiled:?}");
    for kind in [
        "payment-contradicts-itself",
        "provider-disagrees-with-payment",
        "ledger-disagrees-with-payment",
        "paid-without-capture",
    ] {
        assert!(told(&spoiled).contains(kind), "{kind}: {spoiled:?}");
    }
    let json = audit(&kept, &["--output", "json"]).await;
    let json: serde_json::Value = serde_json::from_str(&told(&json)).unwrap();
    assert_eq!(json["judged"]["orders"], 1);
    assert_eq!(json["kinds"]["paid-without-capture"], 1);
    assert!(json["violations"].as_array().unwrap().len() >= 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Postgres: make test"]
async fn what_callers_were_told_is_read_from_their_log() {
    let kept = Kept::new().await;
    let log = kept.log(&[
        r#"{"call":1,"caller":"user:a","key":"k","sent_at":"","ended_at":"","#,
        r#""asked":{"method":"create","marker":"paid","total":500,"currency_code":"USD","payment_method":"pm_card_visa"},"#,
        r#""answer":{"outcome":"gave_up"}}"#,
    ]);
    let clean = audit(&kept, &["--client-log", &log]).await;
    assert_eq!(clean.status.code(), Some(0), "{clean:?}");
    assert!(told(&clean).contains("judged 1 attempts"), "{clean:?}");

    let log = kept.log(&[]);
    let unasked = audit(&kept, &["--client-log", &log]).await;
    assert_eq!(unasked.status.code(), Some(1), "{unasked:?}");
    assert!(told(&unasked).contains("unasked-order"), "{unasked:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Postgres: make test"]
async fn what_cannot_be_read_is_told_with_2_and_judged_as_nothing() {
    let mut kept = Kept::new().await;
    let log = kept.log(&["no JSON"]);
    let unreadable = audit(&kept, &["--client-log", &log]).await;
    kept.stop_provider();
    let away = audit(&kept, &[]).await;
    for output in [unreadable, away] {
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert_eq!(told(&output), "");
        assert!(!output.stderr.is_empty());
    }
}
