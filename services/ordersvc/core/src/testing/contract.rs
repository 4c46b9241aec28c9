//! What every adapter of [`Orders`], [`Checkouts`] and [`OrderEvents`] must do, as functions that panic when it does not.
//! [`orders_contract!`](crate::orders_contract) makes tests of them.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "the suite is test code that other crates run"
)]

use std::sync::Arc;

use kernel::{Caller, IdempotencyKey, UserId};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

pub use self::{checkouts::*, listing::*, log::*, orders::*, outcomes::*};
use super::{customer, draft, item, key, user};
use crate::{
    Order, OrderChanges, OrderDraft, OrderId, RecordedEvent,
    ports::{Checkouts, NewOrder, OrderChange, OrderEvents, Orders},
};

mod checkouts;
mod listing;
mod log;
mod orders;
mod outcomes;

/// Makes a test of every function of [`testing::contract`](crate::testing::contract). The argument is an
/// async function without arguments that makes something with a field `ports: Ports`.
#[macro_export]
macro_rules! orders_contract {
    ($(#[$meta:meta])* $subject:path) => {
        $crate::orders_contract! { @all [$(#[$meta])*] $subject,
            an_inserted_order_is_found_as_it_was_given
            a_key_keeps_one_order
            a_key_used_with_another_request_is_refused
            keys_of_different_callers_never_meet
            a_saved_order_replaces_the_one_before
            a_stale_save_writes_nothing_and_leaves_no_key
            a_known_key_answers_whatever_the_version_is
            the_first_answer_kept_under_a_key_stays
            a_kept_answer_is_told_as_it_was
            parallel_inserts_with_one_key_keep_one_order
            parallel_inserts_keep_each_order_with_its_key
            parallel_saves_of_one_version_let_one_win
            a_listing_neither_skips_nor_repeats
            a_listing_shows_only_what_its_filter_admits
            a_listing_of_one_checkout_state_is_of_that_state
            a_history_is_there_at_once_and_newest_first
            a_watch_from_now_is_live_at_once_and_sees_its_scope_only
            a_watch_resumes_right_after_its_position
            a_position_of_another_epoch_is_refused
            a_watch_sees_each_event_once_and_in_order_of_version
            an_order_keeps_its_checkout_and_what_is_to_be_done
            a_new_order_may_be_paid_for_at_once_or_expire
            a_save_that_is_not_about_the_checkout_leaves_its_work_alone
            a_stale_save_leaves_the_checkout_alone
            work_is_taken_when_it_is_due_and_by_one
            the_longest_overdue_work_is_taken_first
            parallel_takers_share_the_work
            work_is_put_off_while_it_is_the_same_work
            work_is_finished_while_it_is_the_same_work
            unfinished_checkouts_are_counted
            a_success_is_kept_for_who_started_the_checkout
            a_failure_is_kept_for_who_started_the_checkout
            an_outcome_replaces_nothing_that_is_kept
            an_outcome_and_the_answer_of_the_call_are_kept_together
            a_stale_save_keeps_no_outcome
            one_call_starts_one_checkout
            a_history_tells_how_the_checkout_went
        }
    };
    (@all $metas:tt $subject:path, $($name:ident)*) => {
        $($crate::orders_contract! { @one $metas $subject, $name })*
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

/// The adapters under test, over one empty store.
#[derive(Clone)]
pub struct Ports {
    /// Orders.
    pub orders: Arc<dyn Orders>,
    /// Their events.
    pub events: Arc<dyn OrderEvents>,
    /// Their checkouts.
    pub checkouts: Arc<dyn Checkouts>,
}

const CUSTOMER: UserId = user(1);
const OTHER: UserId = user(2);

fn at(seconds: i64) -> OffsetDateTime {
    OffsetDateTime::UNIX_EPOCH + Duration::seconds(1_800_000_000 + seconds) + Duration::microseconds(123_456)
}

fn recorded(events: Vec<crate::OrderEvent>) -> Vec<RecordedEvent> {
    events
        .into_iter()
        .map(|event| RecordedEvent {
            id: Uuid::from_u128(
                event.order().id.as_uuid().as_u128() * 1_000 + u128::try_from(event.order().version).unwrap(),
            ),
            actor: "user:test".to_owned(),
            event,
        })
        .collect()
}

fn new_order_of(customer: UserId, number: u128, seconds: i64, draft: OrderDraft) -> NewOrder {
    let mut order = Order::place(OrderId::new(Uuid::from_u128(number)), customer, draft, at(seconds)).unwrap();
    let events = recorded(order.take_events());
    NewOrder { order, events }
}

fn new_order(number: u128) -> NewOrder {
    new_order_of(CUSTOMER, number, i64::try_from(number).unwrap(), draft())
}

async fn insert(ports: &Ports, number: u128) -> Order {
    ports.orders.insert(new_order(number), None).await.unwrap().into_inner()
}

/// Another item, another event.
fn updated(mut order: Order, quantity: i32) -> OrderChange {
    let changes = OrderChanges {
        items: Some(vec![item("cake", quantity, 100)]),
        ..OrderChanges::default()
    };
    order.update(changes, at(1_000)).unwrap();
    change_of(order)
}

/// All that happened to an order since it was read.
fn change_of(mut order: Order) -> OrderChange {
    OrderChange {
        events: recorded(order.take_events()),
        outcome: order.take_outcome(),
        order,
    }
}

/// The order after it was changed and saved.
async fn changed(ports: &Ports, mut order: Order, change: impl FnOnce(&mut Order)) -> Order {
    change(&mut order);
    ports.orders.save(change_of(order), None).await.unwrap().into_inner()
}

fn me() -> Caller {
    customer(1)
}

fn some_key(text: &str) -> Option<IdempotencyKey> {
    Some(key(&me(), text, 1))
}

async fn found(ports: &Ports, number: u128) -> Option<Order> {
    ports.orders.find(OrderId::new(Uuid::from_u128(number))).await.unwrap()
}
