use std::{
    collections::BTreeSet,
    process::ExitCode,
    sync::atomic::{AtomicBool, Ordering},
};

use api::{order::v1::CheckoutState, payment::v1::CaptureMethod};
use futures::future::join_all;
use kernel::{Currency, Money};
use payment_core::{
    OperationId, PaymentId,
    ports::{ChargeId, ChargeRequest, Provider},
};
use sandbox_psp::Control;
use serde_json::Value;
use testkit::wait_for_async;

use crate::world::{PATIENCE, World, payment_of, tamper};

/// Nothing is young here.
const ALL: [&str; 5] = ["reconcile", "--pending-for", "0s", "--output", "json"];

fn kinds(report: &Value) -> BTreeSet<String> {
    let all = report["disagreements"].as_array().unwrap().iter();
    all.map(|found| found["kind"].as_str().unwrap().to_owned()).collect()
}

impl World {
    /// What disagrees; the exit code says whether something does.
    async fn disagreements(&self) -> BTreeSet<String> {
        let ended = self.run(&ALL).await;
        let kinds = kinds(&ended.json());
        let expected = if kinds.is_empty() {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        };
        assert_eq!(ended.code, expected);
        kinds
    }

    async fn fixed(&self) -> Value {
        self.run(&[&ALL[..], &["--fix"]].concat()).await.json()
    }

    /// Whatever is on its way has arrived.
    async fn is_at_rest(&self) {
        wait_for_async(|| async { self.disagreements().await.is_empty() }, PATIENCE).await;
    }

    /// The provider's charge for a payment.
    async fn charge_of(&self, payment: &str) -> ChargeId {
        let page = self
            .provider
            .list_charges(None, kernel::PageSize::DEFAULT)
            .await
            .unwrap();
        let mut charges = page.items.into_iter();
        charges.find(|charge| charge.reference == payment).unwrap().id
    }

    fn key(&self) -> OperationId {
        OperationId::new(self.ids().next())
    }
}

fn set(kinds: &[&str]) -> BTreeSet<String> {
    kinds.iter().map(|kind| (*kind).to_owned()).collect()
}

fn dollars(minor: i64) -> Money {
    Money::new(minor, Currency::USD)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Postgres: make test"]
async fn whatever_became_of_orders_the_books_agree() {
    let world = World::new().await;
    world.placed(500).await;
    let free = world.placed(0).await;
    world.checked_out(&free, "").await.unwrap();
    let paid = world.paid().await;
    let declined = world.placed(500).await;
    assert!(world.checked_out(&declined, "pm_card_declined").await.is_err());
    world.checked_out(&declined, "pm_card_lost_reply").await.unwrap();
    let refused = world.placed(500).await;
    assert!(world.checked_out(&refused, "pm_card_capture_refused").await.is_err());
    let cancelled = world.paid().await;
    world.json(&["orders", "cancel", &cancelled.id]).await;
    world.json(&["orders", "cancel", &world.placed(500).await.id]).await;
    world.payment("pm_card_visa", CaptureMethod::Manual).await.unwrap();
    let partly = world.payment("pm_card_visa", CaptureMethod::Automatic).await.unwrap();
    world.json(&["payments", "refund", &partly.id, "--amount", "300"]).await;
    world.is_at_rest().await;
    let report = world.json(&ALL[..3]).await;
    assert_eq!(report["compared"]["orders"], 7);
    assert_eq!(report["compared"]["charges"], 7);
    let table = world.run(&ALL[..3]).await.out;
    assert!(table.contains("disagreements   0"), "{table}");
    assert!(!table.contains(&paid.id));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Postgres: make test"]
async fn an_order_that_did_not_hear_of_a_refund_is_told_and_fixed() {
    let world = World::new().await;
    let order = world.paid().await;
    world
        .json(&["payments", "refund", &payment_of(&order), "--amount", "1000"])
        .await;
    assert_eq!(world.disagreements().await, set(&["ORDER_BEHIND_PAYMENT"]));
    // It may still be on its way.
    let patient = world.run(&["reconcile"]).await;
    assert!(patient.succeeded(), "{}", patient.out);
    let report = world.fixed().await;
    assert_eq!(kinds(&report), set(&[]));
    assert_eq!(report["ended"][0]["orderId"], order.id);
    assert_eq!(report["tried"][0]["failure"], Value::Null);
    let shown = world.json(&["orders", "show", &order.id]).await;
    assert_eq!(shown["checkout"]["state"], CheckoutState::Refunded.as_str_name());
    assert_eq!(world.disagreements().await, set(&[]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Postgres: make test"]
async fn a_payment_whose_answer_is_not_known_is_told_and_resolved() {
    let world = World::new().await;
    // Done, never answered, and neither are the worker's questions.
    world.sandbox.control(Control {
        drop_next: 1_000,
        ..Control::default()
    });
    let pending = world.payment("pm_card_visa", CaptureMethod::Manual).await.unwrap_err();
    assert_eq!(wire::reason_of(&pending).as_deref(), Some("PAYMENT_PENDING"));
    assert_eq!(world.disagreements().await, set(&["OPERATION_PENDING"]));
    // Looking it up moves no money, so it is answered all the same.
    let report = world.fixed().await;
    assert_eq!(kinds(&report), set(&[]));
    assert_eq!(report["ended"][0]["kind"], "OPERATION_PENDING");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Postgres: make test"]
async fn what_was_done_behind_our_back_at_the_provider_is_told_and_not_fixed() {
    let world = World::new().await;
    let held = world.payment("pm_card_visa", CaptureMethod::Manual).await.unwrap();
    let order = world.paid().await;
    assert_eq!(world.disagreements().await, set(&[]));

    let charge = world.charge_of(&held.id).await;
    world
        .provider
        .capture(world.key(), &charge, dollars(400))
        .await
        .unwrap();
    assert_eq!(world.disagreements().await, set(&["PROVIDER_DIFFERS"]));

    let charge = world.charge_of(&payment_of(&order)).await;
    world.provider.refund(world.key(), &charge, dollars(1)).await.unwrap();
    let report = world.fixed().await;
    assert_eq!(kinds(&report), set(&["PROVIDER_DIFFERS"]));
    assert_eq!(report["disagreements"].as_array().unwrap().len(), 2);

    let foreign = ChargeRequest {
        payment_id: PaymentId::new(world.ids().next()),
        amount: dollars(700),
        card: "pm_card_visa".to_owned(),
    };
    world.provider.authorize(world.key(), &foreign).await.unwrap();
    let twice = ChargeRequest {
        payment_id: payment_of(&order).parse().unwrap(),
        ..foreign
    };
    world.provider.authorize(world.key(), &twice).await.unwrap();
    let expected = ["PROVIDER_DIFFERS", "CHARGE_WITHOUT_PAYMENT", "SEVERAL_CHARGES"];
    assert_eq!(world.disagreements().await, set(&expected));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Postgres: make test"]
async fn what_was_done_to_the_rows_is_told() {
    let world = World::new().await;
    let order = world.paid().await;
    let payment = payment_of(&order);
    let (orders, payments) = (&world.orders_db, &world.payments_db);

    let more =
        "UPDATE ledger_transfers SET amount_minor = amount_minor + 1 WHERE payment_id = $1 AND movement = 'CAPTURE'";
    let less =
        "UPDATE ledger_transfers SET amount_minor = amount_minor - 1 WHERE payment_id = $1 AND movement = 'CAPTURE'";
    tamper(payments, more, &payment).await;
    assert_eq!(world.disagreements().await, set(&["LEDGER_DIFFERS"]));
    tamper(payments, less, &payment).await;
    assert_eq!(world.disagreements().await, set(&[]));

    let failed = "UPDATE checkouts SET state = 'FAILED' WHERE order_id = $1";
    tamper(orders, failed, &order.id).await;
    assert_eq!(
        world.disagreements().await,
        set(&["ORDER_INCONSISTENT", "UNCLAIMED_MONEY"])
    );
    let attention = "UPDATE checkouts SET state = 'NEEDS_ATTENTION' WHERE order_id = $1";
    tamper(orders, attention, &order.id).await;
    assert_eq!(world.disagreements().await, set(&["CHECKOUT_NEEDS_ATTENTION"]));
    let paid = "UPDATE checkouts SET state = 'PAID' WHERE order_id = $1";
    tamper(orders, paid, &order.id).await;

    let other_order = "UPDATE payments SET order_id = gen_random_uuid() WHERE id = $1";
    tamper(payments, other_order, &payment).await;
    assert_eq!(
        world.disagreements().await,
        set(&["ORDER_WITHOUT_PAYMENT", "PAYMENT_WITHOUT_ORDER"])
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Postgres: make test"]
async fn a_refund_that_the_provider_refuses_is_told_until_it_is_given_back() {
    let world = World::new().await;
    let order = world.placed(500).await;
    let order = world.checked_out(&order, "pm_card_refund_refused").await.unwrap();
    world.json(&["orders", "cancel", &order.id]).await;
    wait_for_async(
        || async { world.disagreements().await == set(&["REFUND_FAILED"]) },
        PATIENCE,
    )
    .await;
    let report = world.fixed().await;
    assert_eq!(kinds(&report), set(&["REFUND_FAILED"]));
    let remedy = format!("counterfoil payments refund {}", payment_of(&order));
    assert_eq!(report["disagreements"][0]["remedy"], remedy);

    world.sandbox.control(Control {
        relent: true,
        ..Control::default()
    });
    world.json(&["payments", "refund", &payment_of(&order)]).await;
    assert_eq!(kinds(&world.fixed().await), set(&[]));
    let shown = world.json(&["orders", "show", &order.id]).await;
    assert_eq!(shown["checkout"]["state"], "CHECKOUT_STATE_REFUNDED");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Postgres: make test"]
async fn while_everything_moves_nothing_is_told() {
    let world = World::new().await;
    let done = AtomicBool::new(false);
    let shopping = async {
        for round in 0..6 {
            let cards = ["pm_card_visa", "pm_card_lost_reply", "pm_card_declined"];
            let paying = cards.map(|card| async {
                let order = world.placed(500).await;
                drop(world.checked_out(&order, card).await);
                if round % 2 == 0 {
                    world.json(&["orders", "cancel", &order.id]).await;
                }
            });
            join_all(paying).await;
        }
        done.store(true, Ordering::SeqCst);
    };
    let comparing = async {
        let mut compared = 0;
        while !done.load(Ordering::SeqCst) {
            let ended = world.run(&["reconcile", "--output", "json"]).await;
            assert!(ended.succeeded(), "{}", ended.out);
            compared += 1;
        }
        compared
    };
    let ((), compared) = futures::join!(shopping, comparing);
    assert!(compared > 0);
    world.is_at_rest().await;
}
