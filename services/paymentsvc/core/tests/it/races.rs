use std::sync::Arc;

use kernel::Classify;
use payment_core::{
    Account, CaptureMethod, CapturePayment, PaymentId, PaymentSnapshot, RefundPayment, Status, Transfer,
    testing::{World, checkout, fields, key, staff},
};

async fn made(world: &World, amount: i64, method: CaptureMethod) -> PaymentId {
    let made = world
        .paying
        .create(&checkout(), fields(amount, method), None)
        .await
        .unwrap();
    made.into_inner().payment.id
}

async fn found(world: &World, id: PaymentId) -> PaymentSnapshot {
    world.paying.get(&checkout(), id).await.unwrap()
}

fn balance(world: &World, account: Account) -> i64 {
    let transfers = world.payments.transfers();
    let entries = transfers.iter().flat_map(Transfer::entries);
    entries.filter(|entry| entry.0 == account).map(|entry| entry.1).sum()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_200_refunds_of_a_cent_exactly_as_many_succeed_as_there_are_cents() {
    let world = Arc::new(World::new());
    let id = made(&world, 100, CaptureMethod::Automatic).await;
    let refunds = (0..200).map(|number| {
        let world = world.clone();
        tokio::spawn(async move {
            let refund = RefundPayment {
                id,
                amount_minor: 1,
                reason: String::new(),
            };
            let own = Some(key(&staff(9), &number.to_string(), 1));
            world.paying.refund(&staff(9), refund, own).await
        })
    });
    let (mut succeeded, mut too_large) = (0, 0);
    for refund in refunds.collect::<Vec<_>>() {
        match refund.await.unwrap() {
            Ok(_) => succeeded += 1,
            Err(error) => {
                assert_eq!(error.reason(), "REFUND_TOO_LARGE");
                too_large += 1;
            }
        }
    }
    assert_eq!((succeeded, too_large), (100, 100));
    let payment = found(&world, id).await;
    assert_eq!((payment.status, payment.refunded_minor), (Status::Refunded, 100));
    assert_eq!(balance(&world, Account::Refunds), 100);
    assert_eq!(balance(&world, Account::ProviderClearing), 0);
    assert_eq!(world.provider.charges()[0].refunded.minor(), 100);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_capture_against_a_void_ends_in_one_of_both() {
    let mut ends = [0; 2];
    for round in 0..200 {
        let world = Arc::new(World::new());
        let id = made(&world, 1_000, CaptureMethod::Manual).await;
        let capture = {
            let world = world.clone();
            tokio::spawn(async move {
                let capture = CapturePayment { id, amount_minor: 0 };
                world.paying.capture(&checkout(), capture, None).await
            })
        };
        let void = {
            let world = world.clone();
            tokio::spawn(async move { world.paying.void(&checkout(), id, None).await })
        };
        let (capture, void) = (capture.await.unwrap(), void.await.unwrap());
        let payment = found(&world, id).await;
        let charge = &world.provider.charges()[0];
        let taken = payment.captured_minor;
        assert_eq!((charge.captured.minor(), charge.voided), (taken, taken == 0));
        assert_eq!(balance(&world, Account::ProviderClearing), taken);
        assert_eq!(balance(&world, Account::Authorizations), 0);
        match payment.status {
            Status::Captured => {
                ends[0] += 1;
                assert!(capture.is_ok(), "round {round}");
                let reason = void.unwrap_err().reason().to_owned();
                assert!(
                    ["PAYMENT_CAPTURED", "PAYMENT_OPERATION_PENDING"].contains(&reason.as_str()),
                    "{reason}"
                );
            }
            Status::Voided => {
                ends[1] += 1;
                assert!(void.is_ok(), "round {round}");
                let reason = capture.unwrap_err().reason().to_owned();
                assert!(
                    ["PAYMENT_VOIDED", "PAYMENT_OPERATION_PENDING"].contains(&reason.as_str()),
                    "{reason}"
                );
            }
            other => panic!("{other}"),
        }
    }
    assert_eq!(ends[0] + ends[1], 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_key_in_parallel_charges_once() {
    let world = Arc::new(World::new());
    let calls = (0..50).map(|_| {
        let world = world.clone();
        tokio::spawn(async move {
            let caller = checkout();
            let own = Some(key(&caller, "a", 1));
            world
                .paying
                .create(&caller, fields(1_000, CaptureMethod::Automatic), own)
                .await
        })
    });
    for call in calls.collect::<Vec<_>>() {
        match call.await.unwrap() {
            Ok(made) => assert_eq!(made.into_inner().payment.captured_minor, 1_000),
            Err(error) => assert_eq!(error.reason(), "IDEMPOTENCY_KEY_IN_FLIGHT"),
        }
    }
    assert_eq!(world.provider.charges().len(), 1);
    assert_eq!(balance(&world, Account::Sales), -1_000);
}
