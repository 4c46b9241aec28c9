use std::time::Duration;

use api::payment::v1::{GetPaymentRequest, ListPaymentsRequest, ListProviderChargesRequest, PaymentStatus};
use testkit::wait_for_async;
use tonic::Code;

use crate::world::{
    PATIENCE, TestWorld, automatic, card, fact, found, fresh, made, manual, refund, refusal, told, with_key,
};

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn a_provider_that_is_away_leaves_payments_pending_until_it_is_back() {
    let world = TestWorld::new().await;
    let running = world.start().await;
    let mut staff = world.clerk(&running);
    let captured = made(&mut staff, automatic()).await;
    world.provider.set_away(true);
    let status = staff.create_payment(with_key(automatic(), "k")).await.unwrap_err();
    let id = fact(&status, "payment_id");
    assert!(wire::retry_after_of(&status).is_some_and(|after| after > Duration::ZERO));
    assert_eq!(
        told(Err::<(), _>(status)),
        refusal(Code::Unavailable, "PAYMENT_PENDING")
    );
    let status = staff.refund_payment(fresh(refund(&captured.id, 0))).await.unwrap_err();
    assert_eq!(fact(&status, "payment_id"), captured.id);
    assert_eq!(
        told(Err::<(), _>(status)),
        refusal(Code::Unavailable, "PAYMENT_PENDING")
    );
    let tokenized = world
        .alice(&running)
        .tokenize_card(card("4242424242424242", "123"))
        .await;
    assert_eq!(tokenized.unwrap_err().code(), Code::Unavailable);
    let charges = staff
        .list_provider_charges(ListProviderChargesRequest::default())
        .await
        .unwrap_err();
    assert_eq!(charges.code(), Code::Unavailable);
    // What needs no provider goes on.
    assert_eq!(found(&mut staff, &id).await.status(), PaymentStatus::Processing);
    staff.list_payments(ListPaymentsRequest::default()).await.unwrap();
    world.provider.set_away(false);
    let settled = || async {
        let mut staff = staff.clone();
        found(&mut staff, &id).await.status() == PaymentStatus::Captured
            && found(&mut staff, &captured.id).await.status() == PaymentStatus::Refunded
    };
    wait_for_async(settled, PATIENCE).await;
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn a_database_that_is_away_is_told_and_nothing_is_asked_of_the_provider() {
    let world = TestWorld::proxied().await;
    let running = world.start_alone().await;
    let mut staff = world.clerk(&running);
    let payment = made(&mut staff, manual()).await;
    let asked = world.provider.asked().len();
    world.proxy.as_ref().unwrap().cut();
    for status in [
        staff.create_payment(with_key(automatic(), "k")).await.unwrap_err(),
        staff.refund_payment(fresh(refund(&payment.id, 1))).await.unwrap_err(),
        staff
            .get_payment(GetPaymentRequest { id: payment.id.clone() })
            .await
            .unwrap_err(),
        staff.list_payments(ListPaymentsRequest::default()).await.unwrap_err(),
    ] {
        assert!(wire::retry_after_of(&status).is_some());
        assert_eq!(
            told(Err::<(), _>(status)),
            refusal(Code::Unavailable, "DATABASE_UNAVAILABLE")
        );
    }
    assert_eq!(world.provider.asked().len(), asked);
    world.proxy.as_ref().unwrap().restore();
    let back = || async { staff.clone().create_payment(with_key(automatic(), "k")).await.is_ok() };
    wait_for_async(back, PATIENCE).await;
    assert_eq!(world.provider.charges().len(), 2);
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn a_database_that_goes_while_the_provider_is_asked_loses_no_charge() {
    let world = TestWorld::proxied().await;
    let running = world.start().await;
    let mut staff = world.clerk(&running);
    made(&mut staff, manual()).await;
    world.provider.set_open(false);
    let mut caller = staff.clone();
    let asked = world.provider.asked().len();
    let call = tokio::spawn(async move { caller.create_payment(with_key(automatic(), "k")).await });
    testkit::wait_for(|| world.provider.asked().len() > asked, PATIENCE).await;
    world.proxy.as_ref().unwrap().cut();
    world.provider.set_open(true);
    let status = call.await.unwrap().unwrap_err();
    let id = fact(&status, "payment_id");
    assert_eq!(
        told(Err::<(), _>(status)),
        refusal(Code::Unavailable, "PAYMENT_PENDING")
    );
    assert_eq!(world.provider.charges().len(), 2, "the provider did what it was asked");
    world.proxy.as_ref().unwrap().restore();
    let settled = || async {
        let request = GetPaymentRequest { id: id.clone() };
        let answer = staff.clone().get_payment(request).await;
        answer.is_ok_and(|answer| answer.into_inner().payment.unwrap().status() == PaymentStatus::Captured)
    };
    wait_for_async(settled, PATIENCE).await;
    let again = staff
        .create_payment(with_key(automatic(), "k"))
        .await
        .unwrap()
        .into_inner()
        .payment
        .unwrap();
    assert_eq!(again.id, id);
    assert_eq!(world.provider.charges().len(), 2);
}
