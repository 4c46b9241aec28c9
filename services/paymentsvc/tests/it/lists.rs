use api::payment::v1::{
    CaptureMethod, CreatePaymentRequest, ListLedgerEntriesRequest, ListPaymentsRequest, ListProviderChargesRequest,
    PaymentStatus,
};
use tonic::Code;

use crate::world::{ALICE, BOB, Client, TestWorld, automatic, fresh, made, manual, paying_with, refund, refusal, told};

async fn pages(client: &mut Client, request: ListPaymentsRequest) -> Vec<String> {
    let (mut ids, mut token) = (Vec::new(), String::new());
    loop {
        let request = ListPaymentsRequest {
            page_token: token,
            ..request.clone()
        };
        let page = client.list_payments(request).await.unwrap().into_inner();
        ids.extend(page.payments.into_iter().map(|payment| payment.id));
        token = page.next_page_token;
        if token.is_empty() {
            return ids;
        }
    }
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn customers_list_their_own_payments_and_staff_those_they_ask_for() {
    let world = TestWorld::new().await;
    let running = world.start_alone().await;
    let (mut staff, mut checkout) = (world.clerk(&running), world.checkout(&running));
    let order_id = uuid::Uuid::from_u128(7).to_string();
    let (mut own, mut others) = (Vec::new(), Vec::new());
    for number in 0..7 {
        let request = CreatePaymentRequest {
            customer_id: if number % 3 == 0 { BOB } else { ALICE }.to_string(),
            order_id: if number == 4 { order_id.clone() } else { String::new() },
            ..manual()
        };
        let id = made(&mut checkout, request).await.id;
        if number % 3 == 0 { &mut others } else { &mut own }.insert(0, id);
    }
    let in_twos = ListPaymentsRequest {
        page_size: 2,
        ..ListPaymentsRequest::default()
    };
    assert_eq!(pages(&mut world.alice(&running), in_twos.clone()).await, own);
    assert_eq!(pages(&mut world.bob(&running), in_twos.clone()).await, others);
    assert_eq!(pages(&mut staff, in_twos.clone()).await.len(), 7);
    let of_alice = ListPaymentsRequest {
        customer_id: ALICE.to_string(),
        ..in_twos.clone()
    };
    assert_eq!(pages(&mut staff, of_alice.clone()).await, own);
    let denied = world.bob(&running).list_payments(of_alice).await;
    assert_eq!(told(denied), refusal(Code::PermissionDenied, "NOT_ALLOWED"));
    let of_order = ListPaymentsRequest {
        order_id,
        ..in_twos.clone()
    };
    assert_eq!(pages(&mut staff, of_order.clone()).await.len(), 1);
    assert_eq!(pages(&mut world.bob(&running), of_order).await.len(), 0);
    let request = fresh(paying_with("pm_card_declined", CaptureMethod::Automatic));
    staff.create_payment(request).await.unwrap_err();
    let declined = ListPaymentsRequest {
        status: PaymentStatus::Declined.into(),
        ..in_twos
    };
    assert_eq!(pages(&mut staff, declined).await.len(), 1);
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn a_page_token_is_of_use_only_where_it_was_given() {
    let world = TestWorld::new().await;
    let running = world.start_alone().await;
    let mut staff = world.clerk(&running);
    for _ in 0..3 {
        made(&mut staff, automatic()).await;
    }
    let first = ListPaymentsRequest {
        page_size: 1,
        ..ListPaymentsRequest::default()
    };
    let token = staff
        .list_payments(first.clone())
        .await
        .unwrap()
        .into_inner()
        .next_page_token;
    let with_token = |request: ListPaymentsRequest| ListPaymentsRequest {
        page_token: token.clone(),
        ..request
    };
    let other = ListPaymentsRequest {
        customer_id: ALICE.to_string(),
        ..with_token(first.clone())
    };
    let bad = refusal(Code::InvalidArgument, "BAD_PAGE_TOKEN");
    assert_eq!(told(staff.list_payments(other).await), bad);
    assert_eq!(told(world.alice(&running).list_payments(with_token(first)).await), bad);
    let ledger = ListLedgerEntriesRequest {
        page_token: token.clone(),
        ..ListLedgerEntriesRequest::default()
    };
    assert_eq!(told(staff.list_ledger_entries(ledger).await), bad);
    let charges = ListProviderChargesRequest {
        page_token: token,
        page_size: 0,
    };
    assert_eq!(told(staff.list_provider_charges(charges).await), bad);
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn the_ledger_and_the_books_of_the_provider_are_listed_in_pages() {
    let world = TestWorld::new().await;
    let running = world.start_alone().await;
    let mut staff = world.clerk(&running);
    let mut made_ids = Vec::new();
    for _ in 0..5 {
        made_ids.push(made(&mut staff, automatic()).await.id);
    }
    staff.refund_payment(fresh(refund(&made_ids[2], 250))).await.unwrap();
    let (mut entries, mut token) = (Vec::new(), String::new());
    loop {
        let request = ListLedgerEntriesRequest {
            page_size: 3,
            page_token: token,
            payment_id: String::new(),
        };
        let page = staff.list_ledger_entries(request).await.unwrap().into_inner();
        assert!(page.entries.len() <= 6, "two entries a movement");
        entries.extend(page.entries);
        token = page.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(entries.len(), 2 * (5 * 3 + 1));
    assert_eq!((entries[0].account.as_str(), entries[0].amount_cents), ("refunds", 250));

    let (mut charges, mut token) = (Vec::new(), String::new());
    loop {
        let request = ListProviderChargesRequest {
            page_size: 2,
            page_token: token,
        };
        let page = staff.list_provider_charges(request).await.unwrap().into_inner();
        charges.extend(page.charges);
        token = page.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    let told: Vec<_> = charges.iter().map(|charge| charge.payment_id.clone()).collect();
    assert_eq!(told, made_ids);
    let charge = &charges[2];
    let amounts = (charge.authorized_cents, charge.captured_cents, charge.refunded_cents);
    assert_eq!(
        (amounts, charge.voided, charge.currency_code.as_str()),
        ((1_000, 1_000, 250), false, "USD")
    );
}
