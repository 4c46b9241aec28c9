mod fake;

use std::sync::Arc;

use api::payment::v1::{PaymentStatus, PendingOperation};
use kernel::SystemClock;

use self::fake::{Fake, World, id};
use super::*;

fn comparing(fake: &Arc<Fake>) -> Reconciliation {
    Reconciliation {
        services: fake.clone(),
        pending_for: Duration::from_secs(60),
        clock: Arc::new(SystemClock),
        progress: Progress::silent(),
    }
}

async fn compared(fake: &Arc<Fake>) -> Report {
    comparing(fake).run().await.unwrap()
}

fn kinds(disagreements: &[Disagreement]) -> Vec<&'static str> {
    disagreements.iter().map(|found| found.kind.as_str()).collect()
}

#[tokio::test(start_paused = true)]
async fn every_page_of_every_book_is_read() {
    let fake = Fake::with(|world| (0..230).for_each(|number| world.add_paid_order(number)));
    let report = compared(&fake).await;
    assert_eq!(kinds(&report.disagreements), [""; 0]);
    let read = (report.orders, report.payments, report.entries, report.charges);
    assert_eq!(read, (230, 230, 230 * 6, 230));
    assert_eq!(
        fake.asked("get_payment"),
        0,
        "nothing is read again when nothing is suspected"
    );
}

#[tokio::test(start_paused = true)]
async fn what_moves_between_the_pages_is_not_told() {
    // Each happens after the payments were read and before the provider's books are.
    let changes: [fn(&mut World); 3] = [
        |world| world.refund(1, 400),
        |world| world.add_paid_order(7),
        |world| {
            world.refund(1, 400);
            world.refund(1, 600);
        },
    ];
    for change in changes {
        let fake = Fake::with(|world| world.add_paid_order(1));
        fake.after("list_payments", 1, change);
        let report = compared(&fake).await;
        assert_eq!((kinds(&report.disagreements), report.moving), (vec![], 0));
        assert!(fake.asked("get_order") > 0, "it was suspected");
    }
}

#[tokio::test(start_paused = true)]
async fn what_never_rests_is_counted_and_not_told() {
    let fake = Fake::with(|world| {
        world.add_paid_order(1);
        world.charge(1).captured_cents = 999;
    });
    for call in 0..100 {
        fake.after("get_payment", call, |world| world.touch(1));
    }
    let report = compared(&fake).await;
    assert_eq!((kinds(&report.disagreements), report.moving), (vec![], 1));
}

#[tokio::test(start_paused = true)]
async fn what_rests_is_told_while_others_move() {
    let fake = Fake::with(|world| {
        (1..=3).for_each(|number| world.add_paid_order(number));
        world.charge(2).captured_cents = 999;
        world.charge(3).captured_cents = 999;
    });
    for call in 0..100 {
        fake.after("get_payment", call, |world| world.touch(3));
    }
    fake.after("list_payments", 1, |world| world.refund(1, 1));
    let report = compared(&fake).await;
    assert_eq!(
        (kinds(&report.disagreements), report.moving),
        (vec!["PROVIDER_DIFFERS"], 1)
    );
    assert_eq!(report.disagreements[0].payment_id, Some(id(2)));
}

#[tokio::test(start_paused = true)]
async fn a_reference_of_the_provider_that_is_no_id_is_told() {
    let fake = Fake::with(|world| {
        world.add_paid_order(1);
        let mut foreign = world.charge(1).clone();
        foreign.id = "ch_foreign".to_owned();
        foreign.payment_id = "somebody else's".to_owned();
        world.charges.push(foreign);
    });
    let report = compared(&fake).await;
    assert_eq!(kinds(&report.disagreements), ["CHARGE_WITHOUT_PAYMENT"]);
    assert_eq!(report.disagreements[0].charge_id.as_deref(), Some("ch_foreign"));
}

#[tokio::test(start_paused = true)]
async fn a_payment_that_another_order_names_is_told_apart_from_one_that_is_not_there() {
    let fake = Fake::with(|world| {
        (1..=2).for_each(|number| world.add_paid_order(number));
        world.order(1).checkout.as_mut().unwrap().payment_id = id(2);
    });
    let report = compared(&fake).await;
    let told: Vec<_> = report
        .disagreements
        .iter()
        .map(|found| (found.kind.as_str(), found.found.clone()))
        .collect();
    let other = format!("it is of order {}", fake::order_id(2));
    assert!(told.contains(&("ORDER_WITHOUT_PAYMENT", other)), "{told:?}");
}

#[tokio::test(start_paused = true)]
async fn fixing_resolves_payments_then_lets_orders_follow_and_compares_again() {
    let fake = Fake::with(|world| {
        world.add_paid_order(1);
        let payment = world.payment(1);
        payment.set_status(PaymentStatus::Processing);
        payment.set_pending_operation(PendingOperation::Authorize);
        (payment.authorized_cents, payment.captured_cents) = (0, 0);
        world.entries.clear();
        world.add_paid_order(2);
        world.refund(2, 1_000);
        world.follow(2, false);
        world.add_paid_order(3);
        world.charge(3).captured_cents = 999;
    });
    let before = compared(&fake).await;
    assert_eq!(
        kinds(&before.disagreements),
        [
            "OPERATION_PENDING",
            "ORDER_BEHIND_PAYMENT",
            "ORDER_AHEAD_OF_PAYMENT",
            "PROVIDER_DIFFERS"
        ]
    );
    let report = comparing(&fake).fix().await.unwrap();
    assert_eq!(kinds(&report.disagreements), ["PROVIDER_DIFFERS"]);
    assert_eq!(
        kinds(&report.ended),
        ["OPERATION_PENDING", "ORDER_BEHIND_PAYMENT", "ORDER_AHEAD_OF_PAYMENT"]
    );
    let tried: Vec<_> = report
        .tried
        .iter()
        .map(|tried| (tried.remedy.text(), tried.failure.clone()))
        .collect();
    assert_eq!(
        tried,
        [
            (format!("counterfoil payments resolve {}", id(1)), None),
            (format!("counterfoil orders sync {}", fake::order_id(2)), None),
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_remedy_that_fails_is_told_and_the_rest_is_tried() {
    let fake = Fake::with(|world| {
        for number in 1..=2 {
            world.add_paid_order(number);
            world.payment(number).set_pending_operation(PendingOperation::Void);
        }
        world.unresolvable = vec![id(1)];
    });
    let report = comparing(&fake).fix().await.unwrap();
    assert_eq!(kinds(&report.disagreements), ["OPERATION_PENDING"]);
    let failures: Vec<bool> = report.tried.iter().map(|tried| tried.failure.is_some()).collect();
    assert_eq!(failures, [true, false]);
}

#[tokio::test(start_paused = true)]
async fn a_book_that_cannot_be_read_is_no_agreement() {
    for call in [
        "list_orders",
        "list_payments",
        "list_ledger_entries",
        "list_provider_charges",
    ] {
        let fake = Fake::with(|world| world.away = call);
        let error = comparing(&fake).run().await.unwrap_err();
        assert!(error.to_string().starts_with("could not read "), "{error}");
    }
    let strange = Fake::with(|world| {
        world.add_paid_order(1);
        world.payment(1).status = 99;
    });
    let error = comparing(&strange).run().await.unwrap_err().to_string();
    assert!(
        error.starts_with(&format!("payment {} says something", id(1))),
        "{error}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_case_that_cannot_be_read_again_is_no_agreement() {
    let fake = Fake::with(|world| {
        world.add_paid_order(1);
        world.charge(1).captured_cents = 999;
        world.away = "get_order";
    });
    assert!(comparing(&fake).run().await.is_err());
}
