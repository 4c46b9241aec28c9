//! What is kept for the call that started a checkout, and what its events tell.

use kernel::{Classify, IdempotencyKey, Kept, PageSize};
use uuid::Uuid;

use super::{Ports, at, change_of, changed, found, insert, me};
use crate::{CheckoutState, Order, PaymentId, StartKey, ports::WriteError, testing::key};

fn payment() -> PaymentId {
    PaymentId::new(Uuid::from_u128(77))
}

/// The key of the call that starts checkouts here.
fn start_key() -> IdempotencyKey {
    key(&me(), "start", 1)
}

fn start(order: &mut Order) {
    let started_by = StartKey::from(&start_key());
    order.start_checkout("pm_card_visa", Some(started_by), at(10)).unwrap();
}

async fn running(ports: &Ports, number: u128) -> Order {
    let order = insert(ports, number).await;
    changed(ports, order, start).await
}

async fn kept(ports: &Ports) -> Option<Kept<Order>> {
    ports.orders.find_kept(&start_key()).await.unwrap()
}

/// Nothing before the end, then the order as it is at the end.
pub async fn a_success_is_kept_for_who_started_the_checkout(ports: &Ports) {
    let order = running(ports, 1).await;
    assert_eq!(kept(ports).await, None);
    let order = changed(ports, order, |order| order.authorized(1, payment(), at(11))).await;
    assert_eq!(kept(ports).await, None);
    let paid = changed(ports, order, |order| order.captured(1, at(12))).await;
    assert_eq!(kept(ports).await, Some(Kept::Answer(paid.clone().as_answered())));
    changed(ports, paid.clone(), |order| order.ship(at(13)).unwrap()).await;
    assert_eq!(kept(ports).await, Some(Kept::Answer(paid.as_answered())));
    let reused = ports.orders.find_kept(&key(&me(), "start", 2)).await;
    assert!(matches!(reused, Err(WriteError::KeyReused(_))), "{reused:?}");
}

/// A decline is told again as it was told.
pub async fn a_failure_is_kept_for_who_started_the_checkout(ports: &Ports) {
    let order = running(ports, 1).await;
    changed(ports, order, |order| {
        order.authorization_refused(1, "CARD_DECLINED", Some(payment()), at(1_800), at(11));
    })
    .await;
    let Some(Kept::Refusal(refusal)) = kept(ports).await else {
        panic!("no refusal is kept");
    };
    assert_eq!(refusal.reason(), "CARD_DECLINED");
    assert!(
        refusal
            .metadata()
            .contains(&("payment_id".to_owned(), payment().to_string()))
    );
}

/// The first answer under a key stays, whoever kept it.
pub async fn an_outcome_replaces_nothing_that_is_kept(ports: &Ports) {
    let order = running(ports, 1).await;
    let earlier = Kept::Answer(order.clone().as_answered());
    ports.orders.keep(start_key(), earlier.clone()).await.unwrap();
    let failed = changed(ports, order, |order| {
        order.authorization_refused(1, "CARD_DECLINED", None, at(1_800), at(11));
    })
    .await;
    assert_eq!(kept(ports).await, Some(earlier));
    assert_eq!(found(ports, 1).await, Some(failed));
}

/// A cancel answers its own caller with the order, and whoever was paying with a refusal.
pub async fn an_outcome_and_the_answer_of_the_call_are_kept_together(ports: &Ports) {
    let mut order = running(ports, 1).await;
    order.cancel("", false, at(11)).unwrap();
    let cancel_key = key(&me(), "cancel", 9);
    let cancelled = ports
        .orders
        .save(change_of(order), Some(cancel_key.clone()))
        .await
        .unwrap()
        .into_inner();
    let answer = ports.orders.find_kept(&cancel_key).await.unwrap();
    assert_eq!(answer, Some(Kept::Answer(cancelled.as_answered())));
    let Some(Kept::Refusal(refusal)) = kept(ports).await else {
        panic!("no refusal is kept");
    };
    assert_eq!(refusal.reason(), "ORDER_CANCELLED");
}

/// Who lost a race ended nothing.
pub async fn a_stale_save_keeps_no_outcome(ports: &Ports) {
    let order = running(ports, 1).await;
    let mut late = order.clone();
    changed(ports, order, |order| order.needs_attention(1, at(11))).await;
    late.authorization_refused(1, "CARD_DECLINED", None, at(1_800), at(12));
    let stale = ports.orders.save(change_of(late), None).await;
    assert!(matches!(stale, Err(WriteError::Stale)), "{stale:?}");
    assert_eq!(kept(ports).await, None);
}

/// One key in two calls at once is one too many, and leaves nothing behind.
pub async fn one_call_starts_one_checkout(ports: &Ports) {
    running(ports, 1).await;
    let other = insert(ports, 2).await;
    let mut second = other.clone();
    start(&mut second);
    let refused = ports.orders.save(change_of(second), None).await;
    assert!(matches!(refused, Err(WriteError::KeyReused(_))), "{refused:?}");
    assert_eq!(found(ports, 2).await, Some(other.clone()));
    let mut theirs = other;
    let started_by = StartKey::from(&key(&crate::testing::customer(2), "start", 1));
    theirs.start_checkout("pm_card_visa", Some(started_by), at(10)).unwrap();
    ports.orders.save(change_of(theirs), None).await.unwrap();
}

/// Events carry the checkout as it was right after.
pub async fn a_history_tells_how_the_checkout_went(ports: &Ports) {
    let order = running(ports, 1).await;
    let order = changed(ports, order, |order| order.authorized(1, payment(), at(11))).await;
    let order = changed(ports, order, |order| order.captured(1, at(12))).await;
    let order = changed(ports, order, |order| order.cancel("no more", false, at(13)).unwrap()).await;
    let order = changed(ports, order, |order| order.released(1, at(14))).await;
    let page = ports.events.history(order.id(), None, PageSize::DEFAULT).await.unwrap();
    assert_eq!(page.items[0].event.order(), order.snapshot());
    let told: Vec<_> = page
        .items
        .iter()
        .rev()
        .map(|recorded| (recorded.event.name(), recorded.event.order().checkout.state))
        .collect();
    assert_eq!(
        told,
        [
            ("order.created", CheckoutState::None),
            ("order.checkout_changed", CheckoutState::Running),
            ("order.confirmed", CheckoutState::Running),
            ("order.checkout_changed", CheckoutState::Paid),
            ("order.cancelled", CheckoutState::Paid),
            ("order.checkout_changed", CheckoutState::Refunding),
            ("order.checkout_changed", CheckoutState::Refunded),
        ]
    );
    assert_eq!(page.items[3].event.order().checkout.payment_id, Some(payment()));
}
