use kernel::{Caller, Classify, ErrorKind};
use payment_core::{
    CardInput,
    ports::{PaymentMethods, RefusalReason},
    testing::{Fault, World, card, checkout, customer, user},
};

#[tokio::test]
async fn a_card_becomes_a_token_and_nothing_else_of_it_is_kept() {
    let world = World::new();
    let made = world
        .paying
        .tokenize(&customer(1), &card("4000 0566 5566 5556"))
        .await
        .unwrap();
    assert!(made.token.starts_with("pm_"), "{}", made.token);
    assert_eq!((made.card.last4.as_str(), made.customer_id), ("5556", user(1)));
    let kept = world.methods.find(&made.token).await.unwrap().unwrap();
    assert_eq!(kept, made);
    assert!(!format!("{kept:?}").contains("40000566"));
    let again = world
        .paying
        .tokenize(&customer(1), &card("4000056655665556"))
        .await
        .unwrap();
    assert_ne!(again.token, made.token);
    assert_eq!(again.fingerprint, made.fingerprint);
}

#[tokio::test]
async fn what_is_no_card_is_told_without_showing_it() {
    let world = World::new();
    let number = "4242424242424241";
    let error = world.paying.tokenize(&customer(1), &card(number)).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.reason()),
        (ErrorKind::InvalidInput, "INVALID_CARD_NUMBER")
    );
    let shown = format!("{error} {error:?} {:?}", error.violations());
    assert!(!shown.contains("4242"), "{shown}");
    let old = CardInput {
        exp_year: 2020,
        ..card("4242424242424242")
    };
    let error = world.paying.tokenize(&customer(1), &old).await.unwrap_err();
    assert_eq!(
        (error.reason(), error.violations()[0].field.as_str()),
        ("INVALID_INPUT", "exp_year")
    );
}

#[tokio::test]
async fn what_the_provider_does_not_take_is_told_by_field() {
    let world = World::new();
    let reasons = [
        (RefusalReason::InvalidCardNumber, "INVALID_CARD_NUMBER", "number"),
        (RefusalReason::ExpiredCard, "INVALID_INPUT", "exp_year"),
        (RefusalReason::IncorrectCvc, "INVALID_INPUT", "cvc"),
    ];
    for (refusal, reason, field) in reasons {
        world.provider.fail([Fault::Refused(refusal)]);
        let error = world
            .paying
            .tokenize(&customer(1), &card("4242424242424242"))
            .await
            .unwrap_err();
        assert_eq!((error.reason(), error.violations()[0].field.as_str()), (reason, field));
    }
    world.provider.set_away(true);
    let error = world
        .paying
        .tokenize(&customer(1), &card("4242424242424242"))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
}

#[tokio::test]
async fn a_token_needs_somebody_whose_it_is() {
    let world = World::new();
    for caller in [Caller::Anonymous, checkout()] {
        let error = world
            .paying
            .tokenize(&caller, &card("4242424242424242"))
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotAllowed, "{caller}");
    }
}
