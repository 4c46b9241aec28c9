use api::payment::v1::{CreatePaymentRequest, PaymentStatus};
use tokio::task::JoinSet;
use tonic::Code;

use crate::world::{
    Client, TestWorld, automatic, balance, capture, found, ledger, made, manual, refund, told, void, with_key,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Postgres: make test"]
async fn of_200_refunds_of_a_cent_exactly_as_many_succeed_as_there_are_cents() {
    let world = TestWorld::new().await;
    let replicas = [world.start().await, world.start().await];
    let clients = replicas.each_ref().map(|replica| world.clerk(replica));
    let mut staff = clients[0].clone();
    let request = CreatePaymentRequest {
        amount_cents: 100,
        ..automatic()
    };
    let payment = made(&mut staff, request).await;
    let mut refunds = JoinSet::new();
    for number in 0..200_usize {
        let (mut client, id) = (clients[number % 2].clone(), payment.id.clone());
        refunds.spawn(async move {
            client
                .refund_payment(with_key(refund(&id, 1), &format!("r{number}")))
                .await
        });
    }
    let (mut succeeded, mut refused) = (0, 0);
    while let Some(refund) = refunds.join_next().await {
        match refund.unwrap() {
            Ok(_) => succeeded += 1,
            error => {
                let (code, reason) = told(error);
                assert_eq!((code, reason.as_str()), (Code::FailedPrecondition, "REFUND_TOO_LARGE"));
                refused += 1;
            }
        }
    }
    assert_eq!((succeeded, refused), (100, 100));
    let payment = found(&mut staff, &payment.id).await;
    assert_eq!(
        (payment.status(), payment.refunded_cents, payment.refunds.len()),
        (PaymentStatus::Refunded, 100, 100)
    );
    let entries = ledger(&mut staff, &payment.id).await;
    assert_eq!(
        (balance(&entries, "refunds"), balance(&entries, "provider_clearing")),
        (100, 0)
    );
    assert_eq!(world.provider.charges()[0].refunded.minor(), 100);
}

/// Calls until what somebody else is at is decided.
async fn decided<F>(mut call: impl FnMut() -> F) -> Result<(), String>
where
    F: Future<Output = Result<(), tonic::Status>>,
{
    loop {
        match call().await {
            Ok(()) => return Ok(()),
            Err(status) if status.code() == Code::Aborted => {
                assert_eq!(wire::reason_of(&status).as_deref(), Some("PAYMENT_OPERATION_PENDING"));
                assert!(wire::retry_after_of(&status).is_some());
                tokio::task::yield_now().await;
            }
            Err(status) => return Err(wire::reason_of(&status).unwrap_or_default()),
        }
    }
}

async fn capture_against_void(client: &Client, id: &str) -> [Result<(), String>; 2] {
    let (one, other) = (client.clone(), client.clone());
    let (id, same) = (id.to_owned(), id.to_owned());
    let capture = tokio::spawn(async move {
        decided(|| {
            let (mut client, request) = (one.clone(), with_key(capture(&id, 0), &id));
            async move { client.capture_payment(request).await.map(drop) }
        })
        .await
    });
    let void = tokio::spawn(async move {
        decided(|| {
            let (mut client, request) = (other.clone(), with_key(void(&same), &same));
            async move { client.void_payment(request).await.map(drop) }
        })
        .await
    });
    [capture.await.unwrap(), void.await.unwrap()]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Postgres: make test"]
async fn a_capture_against_a_void_ends_in_one_of_both_200_times() {
    let world = TestWorld::new().await;
    let running = world.start().await;
    let mut staff = world.clerk(&running);
    let mut ends = [0, 0];
    for _ in 0..200 {
        let payment = made(&mut staff, manual()).await;
        let [captured, voided] = capture_against_void(&staff, &payment.id).await;
        let payment = found(&mut staff, &payment.id).await;
        let entries = ledger(&mut staff, &payment.id).await;
        let taken = match payment.status() {
            PaymentStatus::Captured => {
                assert_eq!((captured, voided), (Ok(()), Err("PAYMENT_CAPTURED".to_owned())));
                ends[0] += 1;
                1_000
            }
            PaymentStatus::Voided => {
                assert_eq!((captured, voided), (Err("PAYMENT_VOIDED".to_owned()), Ok(())));
                ends[1] += 1;
                0
            }
            other => panic!("{other:?}"),
        };
        assert_eq!(payment.captured_cents, taken);
        assert_eq!(balance(&entries, "provider_clearing"), taken);
        assert_eq!(balance(&entries, "authorizations"), 0);
        let charges = world.provider.charges();
        let charge = charges.iter().find(|charge| charge.reference == payment.id).unwrap();
        assert_eq!((charge.captured.minor(), charge.voided), (taken, taken == 0));
    }
    assert!(ends.iter().all(|won| *won > 10), "no race: {ends:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Postgres: make test"]
async fn the_same_key_in_parallel_charges_once() {
    let world = TestWorld::new().await;
    let replicas = [world.start().await, world.start().await];
    let clients = replicas.each_ref().map(|replica| world.clerk(replica));
    for round in 0..10 {
        let mut calls = JoinSet::new();
        for number in 0..20_usize {
            let mut client = clients[number % 2].clone();
            calls.spawn(async move { client.create_payment(with_key(automatic(), &format!("k{round}"))).await });
        }
        let mut paid = Vec::new();
        while let Some(call) = calls.join_next().await {
            match call.unwrap() {
                Ok(made) => paid.push(made.into_inner().payment.unwrap()),
                error => assert_eq!(told(error).1, "IDEMPOTENCY_KEY_IN_FLIGHT"),
            }
        }
        assert!(!paid.is_empty());
        paid.dedup();
        assert_eq!(paid.len(), 1, "everybody was answered the same");
        assert_eq!(world.provider.charges().len(), round + 1);
    }
    assert!(
        world
            .provider
            .charges()
            .iter()
            .all(|charge| charge.captured.minor() == 1_000)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Postgres: make test"]
async fn the_same_refund_in_parallel_gives_back_once() {
    let world = TestWorld::new().await;
    let running = world.start().await;
    let mut staff = world.clerk(&running);
    let payment = made(&mut staff, automatic()).await;
    let mut calls = JoinSet::new();
    for _ in 0..20 {
        let (mut client, id) = (staff.clone(), payment.id.clone());
        calls.spawn(async move { client.refund_payment(with_key(refund(&id, 10), "k")).await });
    }
    while let Some(call) = calls.join_next().await {
        if let Err(status) = call.unwrap() {
            assert_eq!(wire::reason_of(&status).as_deref(), Some("IDEMPOTENCY_KEY_IN_FLIGHT"));
        }
    }
    let payment = found(&mut staff, &payment.id).await;
    assert_eq!((payment.refunded_cents, payment.refunds.len()), (10, 1));
    assert_eq!(world.provider.charges()[0].refunded.minor(), 10);
}
