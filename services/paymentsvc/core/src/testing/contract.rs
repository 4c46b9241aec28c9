//! What every adapter of [`Payments`] must do, as functions that panic when it does not.
//! [`payments_contract!`](crate::payments_contract) makes tests of them.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "the suite is test code that other crates run"
)]

mod calls;
mod listing;
mod settling;
mod taking;

use std::sync::Arc;

use async_trait::async_trait;
use kernel::{Caller, Currency, IdempotencyKey, Kept, Money};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::{fields, key, staff};
use crate::{
    Answer, Ask, CaptureMethod, Card, Operation, OperationId, Payment, PaymentDraft, PaymentFields, PaymentId,
    SettleIds, Settling,
    ports::{Call, ChargeId, Outcome, Payments, Settled},
};

pub use self::{calls::*, listing::*, settling::*, taking::*};

/// Makes a test of every function of [`testing::contract`](crate::testing::contract). The argument is an async
/// function without arguments that makes something with a field `ports: Ports`.
#[macro_export]
macro_rules! payments_contract {
    ($(#[$meta:meta])* $subject:path) => {
        $crate::payments_contract! { @all [$(#[$meta])*] $subject,
            a_payment_is_found_as_it_was_inserted
            amounts_and_currencies_are_kept_exactly
            a_key_keeps_one_payment
            parallel_inserts_with_one_key_keep_one_payment
            a_call_meets_what_its_key_recorded
            a_key_used_with_another_request_is_told
            keys_of_different_callers_never_meet
            an_answer_without_an_operation_is_kept_once
            an_operation_is_not_recorded_under_a_key_that_has_an_answer
            a_settled_operation_is_kept_with_everything_that_comes_of_it
            settling_again_changes_nothing
            parallel_settlings_settle_once
            a_settlement_by_what_was_seen_is_kept_whole
            what_was_seen_decides_nothing_when_it_is_old
            a_refused_card_is_kept_and_met_as_a_refusal
            an_automatic_capture_takes_over_the_key
            a_refused_automatic_capture_is_answered_and_released
            a_refused_refund_gives_back_what_it_reserved
            what_is_not_admitted_is_not_recorded_and_leaves_no_key
            parallel_refunds_never_reserve_more_than_was_captured
            of_a_capture_and_a_void_at_the_same_time_one_is_recorded
            an_operation_is_taken_by_one_until_it_is_let_go
            due_operations_are_taken_by_one_of_many
            a_settled_operation_is_never_due
            the_backlog_counts_what_is_undecided
            a_listing_neither_skips_nor_repeats
            a_listing_shows_only_what_its_filter_admits
            the_ledger_is_listed_newest_first
        }
    };
    (@all $metas:tt $subject:path, $($name:ident)*) => {
        $($crate::payments_contract! { @one $metas $subject, $name })*
    };
    (@one [$($meta:tt)*] $subject:path, $name:ident) => {
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        $($meta)*
        async fn $name() {
            let subject = $subject().await;
            $crate::testing::contract::$name(&subject.ports).await;
        }
    };
}

/// The adapter under test, over an empty store, and what it told others.
#[derive(Clone)]
pub struct Ports {
    /// Payments.
    pub payments: Arc<dyn Payments>,
    /// What was published.
    pub told: Arc<dyn Told>,
}

/// What a store published.
#[async_trait]
pub trait Told: Send + Sync {
    /// Names and versions of the events of a payment, oldest first.
    async fn of(&self, id: PaymentId) -> Vec<(String, i64)>;
}

fn at(seconds: i64) -> OffsetDateTime {
    OffsetDateTime::UNIX_EPOCH + Duration::seconds(1_800_000_000 + seconds) + Duration::microseconds(123_456)
}

/// Nobody holds what is held until then.
fn long_ago() -> OffsetDateTime {
    OffsetDateTime::UNIX_EPOCH
}

fn operation_id(number: u128) -> OperationId {
    OperationId::new(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0001_0000 + number))
}

fn payment_id(number: u128) -> PaymentId {
    PaymentId::new(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0002_0000 + number))
}

fn clerk() -> Caller {
    staff(9)
}

fn some_key(text: &str) -> Option<IdempotencyKey> {
    Some(key(&clerk(), text, 1))
}

fn ask(number: u128, key: Option<IdempotencyKey>) -> Ask {
    Ask::new(operation_id(number), clerk(), key, at(i64::try_from(number).unwrap()))
}

fn manual(amount: i64) -> PaymentFields {
    fields(amount, CaptureMethod::Manual)
}

/// Payment `number` with operation `number`.
fn begun(number: u128, fields: PaymentFields, key: Option<IdempotencyKey>) -> (Payment, Operation) {
    begun_by(ask(number, key), number, fields)
}

fn begun_by(ask: Ask, number: u128, fields: PaymentFields) -> (Payment, Operation) {
    let card = Card {
        brand: "visa".to_owned(),
        last4: "4242".to_owned(),
    };
    let draft = PaymentDraft::try_new(fields).unwrap();
    Payment::begin(payment_id(number), draft, card, ask)
}

async fn insert(ports: &Ports, number: u128, fields: PaymentFields) -> Payment {
    let (payment, operation) = begun(number, fields, None);
    ports.payments.insert(&payment, &operation, long_ago()).await.unwrap();
    payment
}

fn settling(number: u128, outcome: Outcome) -> Settling {
    let id = |kind: u128| Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0003_0000 + number * 8 + kind);
    Settling {
        operation_id: operation_id(number),
        outcome,
        now: at(i64::try_from(number).unwrap()) + Duration::milliseconds(500),
        ids: SettleIds {
            event: id(0),
            transfers: [id(1), id(2)],
            next: OperationId::new(id(3)),
        },
    }
}

fn done() -> Outcome {
    Outcome::Done(ChargeId::new("ch_1"))
}

async fn settle(ports: &Ports, number: u128, outcome: Outcome) -> Settled {
    ports
        .payments
        .settle(&settling(number, outcome), None, long_ago())
        .await
        .unwrap()
}

/// Payment 1 of 1000 cents, authorized by operation 1.
async fn authorized(ports: &Ports) -> Payment {
    insert(ports, 1, manual(1_000)).await;
    settle(ports, 1, done()).await.payment
}

/// Payment 1, of which operation 2 captured so much.
async fn captured(ports: &Ports, amount: i64) -> Payment {
    let payment = authorized(ports).await;
    let capture = payment.capture(amount, ask(2, None)).unwrap();
    ports.payments.record(&capture, long_ago()).await.unwrap();
    settle(ports, 2, done()).await.payment
}

/// What is kept under a key.
async fn kept(ports: &Ports, key: &IdempotencyKey) -> Kept<Answer> {
    match ports.payments.find_call(key).await.unwrap() {
        Some(Call::Kept(kept)) => *kept,
        other => panic!("{other:?}"),
    }
}

async fn found(ports: &Ports) -> Payment {
    ports.payments.find(payment_id(1)).await.unwrap().unwrap()
}

fn dollars(minor: i64) -> Money {
    Money::new(minor, Currency::USD)
}
