use api::payment::v1::{
    ListLedgerEntriesRequest, ListPaymentsRequest, ListProviderChargesRequest, METHODS, Payment, ResolvePaymentRequest,
};
use kernel::{Caller, Role};
use payment_core::testing::user;
use tonic::{Code, Status};
use uuid::Uuid;

use crate::world::{ALICE, Client, TestWorld, capture, card, fresh, made, manual, refund, void};

/// Calls a method about Alice, or about a payment of hers.
async fn call(client: &mut Client, method: &str, payment: &Payment) -> Result<(), Status> {
    let id = payment.id.clone();
    match method {
        "TokenizeCard" => client.tokenize_card(card("4242424242424242", "123")).await.map(drop),
        "CreatePayment" => client.create_payment(fresh(manual())).await.map(drop),
        "GetPayment" => {
            let request = api::payment::v1::GetPaymentRequest { id };
            client.get_payment(request).await.map(drop)
        }
        "ListPayments" => {
            let request = ListPaymentsRequest {
                customer_id: ALICE.to_string(),
                ..ListPaymentsRequest::default()
            };
            client.list_payments(request).await.map(drop)
        }
        "CapturePayment" => client.capture_payment(fresh(capture(&id, 0))).await.map(drop),
        "VoidPayment" => client.void_payment(void(&id)).await.map(drop),
        "RefundPayment" => client.refund_payment(fresh(refund(&id, 1))).await.map(drop),
        "ResolvePayment" => client.resolve_payment(ResolvePaymentRequest { id }).await.map(drop),
        "ListLedgerEntries" => {
            let request = ListLedgerEntriesRequest::default();
            client.list_ledger_entries(request).await.map(drop)
        }
        "ListProviderCharges" => {
            let request = ListProviderChargesRequest::default();
            client.list_provider_charges(request).await.map(drop)
        }
        other => panic!("no call for {other}"),
    }
}

/// What a caller is told about a payment that is authorized.
fn expected(method: &str, who: &str) -> Code {
    let may = match method {
        "TokenizeCard" => who != "checkout",
        "ListPayments" => matches!(who, "owner" | "staff" | "admin"),
        "ResolvePayment" | "ListLedgerEntries" | "ListProviderCharges" => matches!(who, "staff" | "admin"),
        _ => matches!(who, "staff" | "admin" | "checkout"),
    };
    match method {
        _ if !may => Code::PermissionDenied,
        // It is not captured.
        "RefundPayment" => Code::FailedPrecondition,
        _ => Code::Ok,
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: make test"]
async fn a_payment_is_for_staff_and_the_checkout_and_its_owner_sees_it_listed() {
    let world = TestWorld::new().await;
    let running = world.start_alone().await;
    let mut checkout = world.checkout(&running);
    let admin = Caller::user(user(0xd), [Role::Admin], Uuid::nil());
    let mut callers = [
        ("owner", world.alice(&running)),
        ("stranger", world.bob(&running)),
        ("staff", world.clerk(&running)),
        ("admin", world.client(&running, &admin)),
        ("checkout", world.checkout(&running)),
    ];
    for method in METHODS {
        let (_, name) = method.service_and_name();
        for (who, client) in &mut callers {
            let payment = made(&mut checkout, manual()).await;
            let code = call(client, name, &payment)
                .await
                .err()
                .map_or(Code::Ok, |status| status.code());
            assert_eq!(code, expected(name, who), "{name} by {who}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: make test"]
async fn every_method_admits_exactly_whom_the_contract_says() {
    let world = TestWorld::new().await;
    let running = world.start_alone().await;
    testkit::assert_access(&running.channel, METHODS, &world.issuer).await;
}
