use api::payment::v1::CaptureMethod;
use sandbox_psp::Control;
use serde_json::json;
use testkit::wait_for_async;

use crate::world::{ALICE, PATIENCE, World, payment_of};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Postgres: make test"]
async fn orders_are_listed_shown_and_cancelled() {
    let world = World::new().await;
    let placed = world.placed(500).await;
    let paid = world.paid().await;
    let table = world.run(&["orders", "list"]).await.out;
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines.len(), 3, "{table}");
    assert!(lines[0].starts_with("ID"), "{table}");
    assert!(
        lines[1].starts_with(&paid.id) && lines[1].contains("CONFIRMED  PAID"),
        "{table}"
    );
    assert!(
        lines[2].starts_with(&placed.id) && lines[2].contains("PENDING    NONE"),
        "{table}"
    );

    let ids = |json: &serde_json::Value| -> Vec<String> {
        let orders = json.as_array().unwrap().iter();
        orders.map(|order| order["id"].as_str().unwrap().to_owned()).collect()
    };
    let alice = ALICE.to_string();
    for (arguments, expected) in [
        (vec!["--status", "confirmed"], vec![&paid.id]),
        (vec!["--checkout", "none"], vec![&placed.id]),
        (vec!["--checkout", "needs-attention"], vec![]),
        (vec!["--customer", &alice], vec![&paid.id, &placed.id]),
        (vec!["--limit", "1"], vec![&paid.id]),
        (vec!["--limit", "0"], vec![&paid.id, &placed.id]),
    ] {
        let listed = world.json(&[&["orders", "list"], &arguments[..]].concat()).await;
        assert_eq!(ids(&listed).iter().collect::<Vec<_>>(), expected, "{arguments:?}");
    }

    let shown = world.json(&["orders", "show", &paid.id]).await;
    assert_eq!(shown["totalCents"], "1000");
    assert_eq!(shown["checkout"]["paymentId"], payment_of(&paid));
    let table = world.run(&["orders", "show", &paid.id]).await.out;
    assert!(table.contains("TEA-1") && table.contains(&payment_of(&paid)), "{table}");

    let cancelled = world
        .json(&["orders", "cancel", &paid.id, "--reason", "out of tea"])
        .await;
    assert_eq!(cancelled["status"], "ORDER_STATUS_CANCELLED");
    assert_eq!(cancelled["cancelReason"], "out of tea");
    assert!(
        !world
            .run(&["orders", "show", "01900000-0000-7000-8000-00000000dead"])
            .await
            .succeeded()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Postgres: make test"]
async fn payments_are_listed_shown_refunded_and_resolved() {
    let world = World::new().await;
    let order = world.paid().await;
    let alone = world.payment("pm_card_visa", CaptureMethod::Manual).await.unwrap();
    let listed = world.json(&["payments", "list"]).await;
    assert_eq!(listed.as_array().unwrap().len(), 2);
    let held = world.json(&["payments", "list", "--status", "requires-capture"]).await;
    assert_eq!(held[0]["id"], alone.id);
    let of_order = world.json(&["payments", "list", "--order", &order.id]).await;
    assert_eq!(of_order[0]["id"], payment_of(&order));

    let refunded = world
        .json(&[
            "payments",
            "refund",
            &payment_of(&order),
            "--amount",
            "400",
            "--reason",
            "a cup broke",
        ])
        .await;
    assert_eq!(refunded["refundedCents"], "400");
    assert_eq!(refunded["refunds"][0]["reason"], "a cup broke");
    let table = world.run(&["payments", "show", &payment_of(&order)]).await.out;
    assert!(
        table.contains("PARTIALLY_REFUNDED") && table.contains("a cup broke"),
        "{table}"
    );
    let rest = world.json(&["payments", "refund", &payment_of(&order)]).await;
    assert_eq!(rest["status"], "PAYMENT_STATUS_REFUNDED");
    assert!(
        !world
            .run(&["payments", "refund", &payment_of(&order)])
            .await
            .succeeded()
    );

    let resolved = world.json(&["payments", "resolve", &alone.id]).await;
    assert_eq!(resolved["status"], "PAYMENT_STATUS_REQUIRES_CAPTURE");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Postgres: make test"]
async fn a_refund_whose_answer_gets_lost_is_asked_for_again_and_made_once() {
    let world = World::new().await;
    let payment = payment_of(&world.paid().await);
    world.sandbox.control(Control {
        drop_next: 2,
        ..Control::default()
    });
    let refunded = world.json(&["payments", "refund", &payment, "--amount", "400"]).await;
    assert_eq!(refunded["refundedCents"], "400");
    assert_eq!(refunded["refunds"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Postgres: make test"]
async fn the_history_of_an_order_is_told_oldest_first() {
    let world = World::new().await;
    let order = world.paid().await;
    let events = world.run(&["events", &order.id]).await.out;
    let happened: Vec<String> = events
        .lines()
        .map(|line| line.split_whitespace().skip(2).take(3).collect::<Vec<_>>().join(" "))
        .collect();
    assert_eq!(
        happened,
        [
            "CREATED PENDING NONE",
            "CHECKOUT_CHANGED PENDING RUNNING",
            "STATUS_CHANGED CONFIRMED RUNNING",
            "CHECKOUT_CHANGED CONFIRMED PAID"
        ]
    );
    let json = world.run(&["events", &order.id, "--output", "json"]).await.out;
    let versions: Vec<_> = json
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["version"].clone())
        .collect();
    assert_eq!(versions, [json!("1"), json!("2"), json!("3"), json!("4")]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Postgres: make test"]
async fn a_watch_tells_the_history_and_then_what_happens() {
    use std::{
        io::{self, Write},
        sync::{Arc, Mutex},
    };

    use clap::Parser;
    use counterfoil::{CommandLine, Progress};

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);
    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    let world = World::new().await;
    let order = world.paid().await;
    let kept = Kept::default();
    let said = || {
        String::from_utf8(kept.0.lock().unwrap().clone())
            .unwrap()
            .lines()
            .count()
    };
    let line = CommandLine::try_parse_from(["counterfoil", "events", &order.id, "--watch"]).unwrap();
    let (apis, mut to) = (world.apis(), kept.clone());
    let watching = async { line.run_over(&apis, Progress::silent(), &mut to).await };
    let shopping = async {
        testkit::wait_for(|| said() == 4, PATIENCE).await;
        world.json(&["orders", "cancel", &order.id]).await;
        wait_for_async(|| async { said() == 7 }, PATIENCE).await;
    };
    tokio::select! {
        code = watching => panic!("it ended with {code:?}"),
        () = shopping => {}
    }
    let text = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
    let last = text.lines().last().unwrap();
    assert!(last.contains("CHECKOUT_CHANGED") && last.contains("REFUNDED"), "{text}");
}
