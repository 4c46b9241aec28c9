use api::payment::v1::{CreatePaymentRequest, GetPaymentRequest, TokenizeCardRequest};
use tonic::{Code, Status};
use tonic_types::StatusExt;

use crate::world::{TestWorld, card, fresh, manual, refund, refusal, told};

fn fields(status: &Status) -> Vec<String> {
    let violations = status
        .get_details_bad_request()
        .map(|bad| bad.field_violations)
        .unwrap_or_default();
    violations.into_iter().map(|violation| violation.field).collect()
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn what_is_wrong_with_a_payment_is_told_by_field() {
    let world = TestWorld::new().await;
    let running = world.start_alone().await;
    let mut staff = world.clerk(&running);
    let wrong: [(&str, CreatePaymentRequest); 8] = [
        (
            "amount_cents",
            CreatePaymentRequest {
                amount_cents: 0,
                ..manual()
            },
        ),
        (
            "amount_cents",
            CreatePaymentRequest {
                amount_cents: i64::MIN,
                ..manual()
            },
        ),
        (
            "currency_code",
            CreatePaymentRequest {
                currency_code: "usd".to_owned(),
                ..manual()
            },
        ),
        (
            "customer_id",
            CreatePaymentRequest {
                customer_id: "Alice".to_owned(),
                ..manual()
            },
        ),
        (
            "order_id",
            CreatePaymentRequest {
                order_id: "7".to_owned(),
                ..manual()
            },
        ),
        (
            "payment_method",
            CreatePaymentRequest {
                payment_method: String::new(),
                ..manual()
            },
        ),
        (
            "capture_method",
            CreatePaymentRequest {
                capture_method: 9,
                ..manual()
            },
        ),
        (
            "description",
            CreatePaymentRequest {
                description: "a\u{7}b".to_owned(),
                ..manual()
            },
        ),
    ];
    for (field, request) in wrong {
        let status = staff.create_payment(fresh(request)).await.unwrap_err();
        assert_eq!(
            (status.code(), fields(&status)),
            (Code::InvalidArgument, vec![field.to_owned()])
        );
    }
    let status = staff.refund_payment(fresh(refund("7", -1))).await.unwrap_err();
    assert_eq!(fields(&status), ["id", "amount_cents"]);
    let unknown = uuid::Uuid::from_u128(7).to_string();
    let missing = staff.get_payment(GetPaymentRequest { id: unknown.clone() }).await;
    assert_eq!(told(missing), refusal(Code::NotFound, "PAYMENT_NOT_FOUND"));
    let missing = staff.refund_payment(fresh(refund(&unknown, 1))).await;
    assert_eq!(told(missing), refusal(Code::NotFound, "PAYMENT_NOT_FOUND"));
    assert!(world.provider.asked().is_empty());
}

#[tokio::test]
#[ignore = "needs Postgres: make test"]
async fn what_is_wrong_with_a_card_is_told_by_field() {
    let world = TestWorld::new().await;
    let running = world.start_alone().await;
    let mut alice = world.alice(&running);
    let status = alice.tokenize_card(card("4242424242424241", "12a")).await.unwrap_err();
    assert_eq!(fields(&status), ["number", "cvc"]);
    assert_eq!(
        told(Err::<(), _>(status)),
        refusal(Code::InvalidArgument, "INVALID_CARD_NUMBER")
    );
    let old = TokenizeCardRequest {
        exp_year: 2020,
        ..card("4242424242424242", "123")
    };
    let status = alice.tokenize_card(old).await.unwrap_err();
    assert_eq!(fields(&status), ["exp_year"]);
    assert_eq!(
        told(Err::<(), _>(status)),
        refusal(Code::InvalidArgument, "INVALID_INPUT")
    );
    let short = alice.tokenize_card(card("4242", "1")).await.unwrap_err();
    assert_eq!(fields(&short), ["number", "cvc"]);
}
