//! What every adapter of [`Provider`] must do, as functions that panic when it does not. They use the cards that a
//! sandbox knows by name. [`provider_contract!`](crate::provider_contract) makes tests of them.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "the suite is test code that other crates run"
)]

use std::{collections::BTreeSet, sync::Arc};

use kernel::{Currency, Money, PageSize};
use time::OffsetDateTime;
use uuid::Uuid;

use super::card;
use crate::{
    CardDetails, OperationId, PaymentId,
    ports::{Charge, ChargeId, ChargeRequest, Outcome, Provider, ProviderError, RefusalReason},
};

/// Makes a test of every function of [`testing::provider_contract`](crate::testing::provider_contract). The argument
/// is an async function without arguments that makes something with a field `provider: Arc<dyn Provider>`.
#[macro_export]
macro_rules! provider_contract {
    ($(#[$meta:meta])* $subject:path) => {
        $crate::provider_contract! { @all [$(#[$meta])*] $subject,
            a_charge_is_held_taken_and_given_back
            a_charge_is_released
            a_part_is_taken_and_the_rest_is_not
            asking_again_moves_nothing_again_and_tells_the_same
            asking_at_the_same_time_moves_nothing_twice
            a_refused_card_is_refused_again_under_its_key
            a_lost_answer_is_told_when_it_is_asked_for_again
            what_became_of_an_operation_is_found_by_its_key
            a_capture_and_a_refund_can_be_refused
            nothing_is_done_twice_under_two_keys
            what_is_released_already_is_released
            charges_are_listed_once_each_oldest_first
            a_card_that_was_handed_over_pays
            amounts_keep_their_currency
        }
    };
    (@all $metas:tt $subject:path, $($name:ident)*) => {
        $($crate::provider_contract! { @one $metas $subject, $name })*
    };
    (@one [$($meta:tt)*] $subject:path, $name:ident) => {
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        $($meta)*
        async fn $name() {
            let subject = $subject().await;
            $crate::testing::provider_contract::$name(&subject.provider).await;
        }
    };
}

fn operation(number: u128) -> OperationId {
    OperationId::new(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0001_0000 + number))
}

fn payment(number: u128) -> PaymentId {
    PaymentId::new(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0002_0000 + number))
}

const fn dollars(minor: i64) -> Money {
    Money::new(minor, Currency::USD)
}

fn request(provider: &Arc<dyn Provider>, number: u128, amount: Money, card: &str) -> ChargeRequest {
    ChargeRequest {
        payment_id: payment(number),
        amount,
        card: provider.well_known(card).unwrap().token,
    }
}

/// Holds 1000 cents of a card for payment `number`, under the key of the same number.
async fn held(provider: &Arc<dyn Provider>, number: u128, card: &str) -> ChargeId {
    let request = request(provider, number, dollars(1_000), card);
    provider.authorize(operation(number), &request).await.unwrap()
}

async fn all(provider: &Arc<dyn Provider>) -> Vec<Charge> {
    let size = PageSize::try_from(100).unwrap();
    provider.list_charges(None, size).await.unwrap().items
}

async fn charge_of(provider: &Arc<dyn Provider>, number: u128) -> Charge {
    let reference = payment(number).to_string();
    let mut found = all(provider)
        .await
        .into_iter()
        .filter(|charge| charge.reference == reference);
    let charge = found.next().unwrap();
    assert_eq!(found.next(), None, "one charge for one payment");
    charge
}

fn amounts(charge: &Charge) -> (i64, i64, i64, bool) {
    let (authorized, captured, refunded) = (charge.authorized, charge.captured, charge.refunded);
    (authorized.minor(), captured.minor(), refunded.minor(), charge.voided)
}

fn refusal<T: std::fmt::Debug>(answer: Result<T, ProviderError>) -> RefusalReason {
    match answer {
        Err(ProviderError::Refused(reason)) => reason,
        other => panic!("not refused: {other:?}"),
    }
}

/// Held, taken and given back.
pub async fn a_charge_is_held_taken_and_given_back(provider: &Arc<dyn Provider>) {
    let charge = held(provider, 1, "pm_card_visa").await;
    assert_eq!(amounts(&charge_of(provider, 1).await), (1_000, 0, 0, false));
    provider.capture(operation(2), &charge, dollars(1_000)).await.unwrap();
    assert_eq!(amounts(&charge_of(provider, 1).await), (1_000, 1_000, 0, false));
    provider.refund(operation(3), &charge, dollars(400)).await.unwrap();
    provider.refund(operation(4), &charge, dollars(600)).await.unwrap();
    assert_eq!(amounts(&charge_of(provider, 1).await), (1_000, 1_000, 1_000, false));
    assert_eq!(charge_of(provider, 1).await.id, charge);
}

/// Held and released.
pub async fn a_charge_is_released(provider: &Arc<dyn Provider>) {
    let charge = held(provider, 1, "pm_card_visa").await;
    provider.void(operation(2), &charge).await.unwrap();
    let (_, captured, refunded, voided) = amounts(&charge_of(provider, 1).await);
    assert_eq!((captured, refunded, voided), (0, 0, true));
}

/// Taken in part.
pub async fn a_part_is_taken_and_the_rest_is_not(provider: &Arc<dyn Provider>) {
    let charge = held(provider, 1, "pm_card_visa").await;
    provider.capture(operation(2), &charge, dollars(300)).await.unwrap();
    assert_eq!(charge_of(provider, 1).await.captured, dollars(300));
    let answer = provider.refund(operation(3), &charge, dollars(301)).await;
    assert_eq!(refusal(answer), RefusalReason::RefundRefused);
}

/// The same key, the same answer.
pub async fn asking_again_moves_nothing_again_and_tells_the_same(provider: &Arc<dyn Provider>) {
    let charge = held(provider, 1, "pm_card_visa").await;
    for _ in 0..3 {
        assert_eq!(held(provider, 1, "pm_card_visa").await, charge);
    }
    for _ in 0..3 {
        provider.capture(operation(2), &charge, dollars(1_000)).await.unwrap();
    }
    for _ in 0..3 {
        provider.refund(operation(3), &charge, dollars(100)).await.unwrap();
    }
    assert_eq!(amounts(&charge_of(provider, 1).await), (1_000, 1_000, 100, false));
}

/// The same key at the same time.
pub async fn asking_at_the_same_time_moves_nothing_twice(provider: &Arc<dyn Provider>) {
    let asked = (0..8).map(|_| {
        let provider = Arc::clone(provider);
        tokio::spawn(async move {
            let request = request(&provider, 1, dollars(1_000), "pm_card_visa");
            provider.authorize(operation(1), &request).await
        })
    });
    let mut charges = BTreeSet::new();
    for asked in asked.collect::<Vec<_>>() {
        match asked.await.unwrap() {
            Ok(charge) => drop(charges.insert(charge)),
            Err(ProviderError::Unknown(_)) => {}
            Err(error) => panic!("{error}"),
        }
    }
    charges.insert(held(provider, 1, "pm_card_visa").await);
    assert_eq!(charges.len(), 1);
    assert_eq!(amounts(&charge_of(provider, 1).await), (1_000, 0, 0, false));
}

/// Declines, again and again.
pub async fn a_refused_card_is_refused_again_under_its_key(provider: &Arc<dyn Provider>) {
    let cards = [
        ("pm_card_declined", RefusalReason::CardDeclined),
        ("pm_card_insufficient_funds", RefusalReason::InsufficientFunds),
        ("pm_card_expired", RefusalReason::ExpiredCard),
        ("pm_card_incorrect_cvc", RefusalReason::IncorrectCvc),
        ("pm_card_processing_error", RefusalReason::ProcessingError),
    ];
    for (number, (card, reason)) in cards.into_iter().enumerate() {
        let number = u128::try_from(number).unwrap();
        let request = request(provider, number, dollars(1_000), card);
        for _ in 0..2 {
            assert_eq!(refusal(provider.authorize(operation(number), &request).await), reason);
        }
        let found = provider.find(operation(number)).await.unwrap();
        assert_eq!(found, Some(Outcome::Refused(reason)));
    }
    for charge in all(provider).await {
        assert_eq!(amounts(&charge), (0, 0, 0, false));
    }
}

/// Charged, and the answer dropped.
pub async fn a_lost_answer_is_told_when_it_is_asked_for_again(provider: &Arc<dyn Provider>) {
    let request = request(provider, 1, dollars(1_000), "pm_card_lost_reply");
    let lost = provider.authorize(operation(1), &request).await;
    assert!(matches!(lost, Err(ProviderError::Unknown(_))), "{lost:?}");
    let charge = charge_of(provider, 1).await.id;
    assert_eq!(
        provider.find(operation(1)).await.unwrap(),
        Some(Outcome::Done(charge.clone()))
    );
    assert_eq!(provider.authorize(operation(1), &request).await.unwrap(), charge);
    assert_eq!(amounts(&charge_of(provider, 1).await), (1_000, 0, 0, false));
}

/// By its key, also what nobody asked for.
pub async fn what_became_of_an_operation_is_found_by_its_key(provider: &Arc<dyn Provider>) {
    assert_eq!(provider.find(operation(1)).await.unwrap(), None);
    let charge = held(provider, 1, "pm_card_visa").await;
    provider.capture(operation(2), &charge, dollars(1_000)).await.unwrap();
    provider.refund(operation(3), &charge, dollars(100)).await.unwrap();
    for number in 1..=3 {
        let found = provider.find(operation(number)).await.unwrap();
        assert_eq!(found, Some(Outcome::Done(charge.clone())), "{number}");
    }
    assert_eq!(provider.find(operation(4)).await.unwrap(), None);
}

/// Refused for good, and nothing moved.
pub async fn a_capture_and_a_refund_can_be_refused(provider: &Arc<dyn Provider>) {
    let charge = held(provider, 1, "pm_card_capture_refused").await;
    for _ in 0..2 {
        let answer = provider.capture(operation(2), &charge, dollars(1_000)).await;
        assert_eq!(refusal(answer), RefusalReason::CaptureRefused);
    }
    let found = provider.find(operation(2)).await.unwrap();
    assert_eq!(found, Some(Outcome::Refused(RefusalReason::CaptureRefused)));
    provider.void(operation(3), &charge).await.unwrap();

    let charge = held(provider, 4, "pm_card_refund_refused").await;
    provider.capture(operation(5), &charge, dollars(1_000)).await.unwrap();
    for _ in 0..2 {
        let answer = provider.refund(operation(6), &charge, dollars(1)).await;
        assert_eq!(refusal(answer), RefusalReason::RefundRefused);
    }
    assert_eq!(amounts(&charge_of(provider, 4).await), (1_000, 1_000, 0, false));
}

/// What is taken is not taken again, nor released; what is released is not taken.
pub async fn nothing_is_done_twice_under_two_keys(provider: &Arc<dyn Provider>) {
    let taken = held(provider, 1, "pm_card_visa").await;
    provider.capture(operation(2), &taken, dollars(1_000)).await.unwrap();
    let again = provider.capture(operation(3), &taken, dollars(1_000)).await;
    assert_eq!(refusal(again), RefusalReason::CaptureRefused);
    assert_eq!(
        refusal(provider.void(operation(4), &taken).await),
        RefusalReason::VoidRefused
    );
    assert_eq!(amounts(&charge_of(provider, 1).await), (1_000, 1_000, 0, false));
    let released = held(provider, 5, "pm_card_visa").await;
    provider.void(operation(6), &released).await.unwrap();
    let late = provider.capture(operation(7), &released, dollars(1_000)).await;
    assert_eq!(refusal(late), RefusalReason::CaptureRefused);
    assert_eq!(charge_of(provider, 5).await.captured, dollars(0));
}

/// What somebody else released is released: so it was wanted.
pub async fn what_is_released_already_is_released(provider: &Arc<dyn Provider>) {
    let charge = held(provider, 1, "pm_card_visa").await;
    provider.void(operation(2), &charge).await.unwrap();
    for _ in 0..2 {
        provider.void(operation(3), &charge).await.unwrap();
    }
    assert_eq!(amounts(&charge_of(provider, 1).await), (1_000, 0, 0, true));
    let nobodys = provider.void(operation(4), &ChargeId::new("ch_nobodys")).await;
    assert!(nobodys.is_err(), "{nobodys:?}");
}

/// In pages of two, while more are added.
pub async fn charges_are_listed_once_each_oldest_first(provider: &Arc<dyn Provider>) {
    let mut made = Vec::new();
    for number in 0..5 {
        made.push(held(provider, number, "pm_card_visa").await);
    }
    let size = PageSize::try_from(2).unwrap();
    let (mut listed, mut after) = (Vec::new(), None::<String>);
    for page in 0.. {
        let found = provider.list_charges(after.as_deref(), size).await.unwrap();
        assert!(found.items.len() <= 2);
        listed.extend(found.items.into_iter().map(|charge| charge.id));
        if page == 0 {
            made.push(held(provider, 9, "pm_card_visa").await);
        }
        after = found.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(listed, made);
}

/// A number becomes a token that pays.
pub async fn a_card_that_was_handed_over_pays(provider: &Arc<dyn Provider>) {
    let details = CardDetails::read(&card("4242 4242 4242 4242"), OffsetDateTime::UNIX_EPOCH).unwrap();
    let known = provider.tokenize(&details).await.unwrap();
    assert_eq!((known.brand.as_str(), known.last4.as_str()), ("visa", "4242"));
    let request = ChargeRequest {
        payment_id: payment(1),
        amount: dollars(1_000),
        card: known.token,
    };
    provider.authorize(operation(1), &request).await.unwrap();
    assert_eq!(amounts(&charge_of(provider, 1).await), (1_000, 0, 0, false));
    assert_eq!(provider.well_known("pm_0190000000007000800000000000"), None);
}

/// Yen have no cents, dinars have a thousand fils.
pub async fn amounts_keep_their_currency(provider: &Arc<dyn Provider>) {
    for (number, code) in ["JPY", "KWD", "USD"].into_iter().enumerate() {
        let number = u128::try_from(number).unwrap();
        let amount = Money::new(12_345, code.parse().unwrap());
        let request = request(provider, number, amount, "pm_card_visa");
        let charge = provider.authorize(operation(number), &request).await.unwrap();
        provider
            .capture(operation(100 + number), &charge, amount)
            .await
            .unwrap();
        let booked = charge_of(provider, number).await;
        assert_eq!((booked.authorized, booked.captured), (amount, amount));
    }
}
