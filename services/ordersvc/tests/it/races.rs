//! Things that meet at one moment: whoever commits first wins, and the money follows.

use std::sync::atomic::{AtomicUsize, Ordering};

use api::order::v1::{CheckoutState, Order, OrderStatus};
use futures::{StreamExt, stream};
use order_core::{Ask, PaymentStatus};
use tonic::{Code, Request};

use crate::{
    requests::{becomes, cancel, checkout, delete, get, pay, place, with_key},
    world::{Client, TestWorld, is_in, refusal, state, told},
};

const PAIRS: usize = 200;
const AT_ONCE: usize = 8;
const VISA: &str = "pm_card_visa";

/// Half of all orders are.
fn is_of_one_half(order: &Order) -> bool {
    order.id.ends_with(['0', '1', '2', '3', '4', '5', '6', '7'])
}

async fn pairs<F: Future<Output = ()>>(pair: impl Fn() -> F) {
    stream::iter(0..PAIRS).for_each_concurrent(AT_ONCE, |_| pair()).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: make test"]
async fn of_cancelling_and_shipping_one_wins() {
    let world = TestWorld::new().await;
    let running = world.start().await;
    let kept = AtomicUsize::new(0);
    pairs(|| async {
        let (mut alice, mut clerk) = (world.alice(&running), world.clerk(&running));
        let order = place(&mut alice).await;
        pay(&mut alice, &order).await;
        let cancelling = alice.cancel_order(cancel(&order));
        let shipping = clerk.update_order_status(becomes(&order, OrderStatus::Shipped));
        // Whoever begins has a head start.
        let (cancelled, shipped) = if is_of_one_half(&order) {
            tokio::join!(cancelling, shipping)
        } else {
            let (shipped, cancelled) = tokio::join!(shipping, cancelling);
            (cancelled, shipped)
        };
        match (cancelled, shipped) {
            (Ok(_), Err(late)) => {
                assert_eq!(
                    told::<()>(Err(late)),
                    refusal(Code::FailedPrecondition, "ILLEGAL_TRANSITION")
                );
                is_in(&alice, &order, OrderStatus::Cancelled, CheckoutState::Refunded).await;
                world.payments.settles(&order, PaymentStatus::Refunded).await;
            }
            (Err(late), Ok(_)) => {
                assert_eq!(
                    told::<()>(Err(late)),
                    refusal(Code::FailedPrecondition, "ORDER_NOT_CANCELLABLE")
                );
                assert_eq!(
                    state(&get(&alice, &order).await),
                    (OrderStatus::Shipped, CheckoutState::Paid)
                );
                world.payments.settles(&order, PaymentStatus::Captured).await;
                kept.fetch_add(1, Ordering::Relaxed);
            }
            both => panic!("{both:?}"),
        }
    })
    .await;
    let kept = kept.into_inner();
    assert!(
        (10..PAIRS - 10).contains(&kept),
        "no race: {kept} of {PAIRS} were shipped"
    );
    assert_money_adds_up(&world);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: make test"]
async fn of_two_checkouts_one_runs() {
    let world = TestWorld::new().await;
    let (here, there) = (world.start().await, world.start().await);
    pairs(|| async {
        let (mut one, mut other) = (world.alice(&here), world.alice(&there));
        let order = place(&mut one).await;
        let (a, b) = tokio::join!(
            one.checkout_order(with_key(checkout(&order, VISA), &order.id)),
            other.checkout_order(Request::new(checkout(&order, VISA))),
        );
        let (paid, lost) = match (a, b) {
            (Ok(paid), Err(lost)) | (Err(lost), Ok(paid)) => (paid, lost),
            both => panic!("{both:?}"),
        };
        let lost = told::<()>(Err(lost));
        assert!(
            [
                refusal(Code::FailedPrecondition, "CHECKOUT_RUNNING"),
                refusal(Code::FailedPrecondition, "ORDER_NOT_PENDING")
            ]
            .contains(&lost),
            "{lost:?}"
        );
        assert_eq!(
            state(&paid.into_inner().order.unwrap()),
            (OrderStatus::Confirmed, CheckoutState::Paid)
        );
    })
    .await;
    assert_eq!(world.payments.inner.charges().len(), PAIRS);
    assert_eq!(world.payments.keys(Ask::Authorize).len(), PAIRS);
    assert_money_adds_up(&world);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: make test"]
async fn calls_with_one_key_at_one_moment_are_one_checkout() {
    let world = TestWorld::new().await;
    let (here, there) = (world.start().await, world.start().await);
    pairs(|| async {
        let (mut one, mut other) = (world.alice(&here), world.alice(&there));
        let order = place(&mut one).await;
        let (a, b) = tokio::join!(
            one.checkout_order(with_key(checkout(&order, VISA), &order.id)),
            other.checkout_order(with_key(checkout(&order, VISA), &order.id)),
        );
        assert_eq!(a.unwrap().into_inner(), b.unwrap().into_inner());
    })
    .await;
    assert_eq!(world.payments.inner.charges().len(), PAIRS);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Postgres: make test"]
async fn of_paying_and_giving_up_the_money_follows_whoever_wins() {
    let world = TestWorld::new().await;
    let running = world.start().await;
    pairs(|| async {
        let (mut alice, mut other) = (world.alice(&running), world.alice(&running));
        let order = place(&mut alice).await;
        let deletes = is_of_one_half(&order);
        let (paid, given_up) = tokio::join!(alice.checkout_order(checkout(&order, VISA)), async {
            if deletes {
                other.delete_order(delete(&order)).await.map(drop)
            } else {
                other.cancel_order(cancel(&order)).await.map(drop)
            }
        });
        ends_well(&world, &alice, &order).await;
        match (paid, given_up) {
            (Ok(_), Ok(())) => {}
            (Err(failed), Ok(())) => {
                let (code, reason) = told::<()>(Err(failed));
                assert_eq!(code, Code::FailedPrecondition);
                assert!(
                    ["ORDER_CANCELLED", "ORDER_NOT_PENDING"].contains(&reason.as_str()),
                    "{reason}"
                );
            }
            (Ok(_), Err(late)) => {
                assert_eq!(
                    told::<()>(Err(late)),
                    refusal(Code::FailedPrecondition, "ORDER_NOT_DELETABLE")
                );
            }
            both => panic!("{both:?}"),
        }
    })
    .await;
    assert_money_adds_up(&world);
}

/// Nothing is left to be done, and the money is where the order says.
async fn ends_well(world: &TestWorld, client: &Client, order: &Order) {
    let is_settled = || async {
        matches!(
            state(&get(client, order).await),
            (OrderStatus::Confirmed, CheckoutState::Paid)
                | (
                    OrderStatus::Cancelled,
                    CheckoutState::None | CheckoutState::Failed | CheckoutState::Refunded
                )
        )
    };
    testkit::wait_for_async(is_settled, crate::world::PATIENCE).await;
    let is_kept = get(client, order).await.status() == OrderStatus::Confirmed;
    testkit::wait_for(
        || {
            let charges = world.payments.inner.charges();
            let charge = charges.iter().find(|charge| charge.order_id.to_string() == order.id);
            match charge.map(|charge| charge.status) {
                Some(PaymentStatus::Captured) => is_kept,
                Some(PaymentStatus::Voided | PaymentStatus::Refunded) | None => !is_kept,
                _ => false,
            }
        },
        crate::world::PATIENCE,
    )
    .await;
}

fn assert_money_adds_up(world: &TestWorld) {
    assert_eq!(world.payments.inner.misuse(), Vec::<String>::new());
    for charge in world.payments.inner.charges() {
        assert!(
            charge.captured == 0 || charge.captured == charge.amount.minor(),
            "{charge:?}"
        );
        assert!(charge.refunded == 0 || charge.refunded == charge.captured, "{charge:?}");
    }
}
