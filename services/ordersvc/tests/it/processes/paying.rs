use std::{sync::Arc, time::Duration};

use api::order::v1::{CancelOrderRequest, CheckoutOrderRequest, CheckoutState, GetOrderRequest, Order, OrderStatus};
use futures::{StreamExt, stream};
use order_core::{Ask, PaymentStatus};
use processes::{Door, Running};
use testkit::wait_for_async;
use tonic::{Code, Request};

use super::{
    PATIENCE,
    load::{assert_log_is_whole, keyed, order},
    replica::{Orders, World},
};
use crate::{payments::TestPayments, paymentsvc::Paymentsvc};

/// Everything is decided so long after a restart: ten seconds, and thrice that on a busy machine.
const DECIDED: Duration = Duration::from_secs(30);
/// How many stories run beside each other, most of their time waiting for a lease to end.
const AT_ONCE: usize = 2;

/// Payments that outlive every process that asks them.
struct Paying {
    world: World,
    payments: Arc<TestPayments>,
    url: String,
}

impl Paying {
    async fn new() -> Self {
        let payments = Arc::new(TestPayments::default());
        let address = Paymentsvc::over(payments.clone()).listen().await;
        Self {
            world: World::new().await,
            payments,
            url: format!("http://{address}"),
        }
    }

    /// A replica that ends where `failpoint` says.
    async fn replica(&self, failpoint: &str) -> Running {
        let environment = [("PAYMENTSVC_URL", self.url.as_str()), ("FAILPOINT", failpoint)];
        let mut replica = self.world.starting(&environment).await;
        replica.ready(PATIENCE).await.unwrap();
        replica
    }

    fn customer(&self, replica: &Running) -> Orders {
        self.world.customer(&Door::to(replica.address()), 1)
    }

    /// The one charge of the order, if it got that far.
    fn money(&self, order: &Order) -> Option<PaymentStatus> {
        let mut charges = self.payments.inner.charges();
        charges.retain(|charge| charge.order_id.to_string() == order.id);
        assert!(charges.len() <= 1, "{charges:?}");
        charges.first().map(|charge| charge.status)
    }
}

fn checkout(order: &Order) -> Request<CheckoutOrderRequest> {
    let request = CheckoutOrderRequest {
        id: order.id.clone(),
        payment_method: "pm_card_visa".to_owned(),
        ..CheckoutOrderRequest::default()
    };
    keyed(request, "pay")
}

async fn placed(client: &mut Orders, reference: &str) -> Order {
    client
        .create_order(order(reference))
        .await
        .unwrap()
        .into_inner()
        .order
        .unwrap()
}

async fn is_in(client: &Orders, order: &Order, expected: (OrderStatus, CheckoutState)) {
    let is_there = || async {
        let request = GetOrderRequest { id: order.id.clone() };
        let now = client
            .clone()
            .get_order(request)
            .await
            .unwrap()
            .into_inner()
            .order
            .unwrap();
        (now.status(), now.checkout.unwrap().state()) == expected
    };
    wait_for_async(is_there, DECIDED).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Postgres: make test"]
async fn a_checkout_survives_kill_9_wherever_it_comes() {
    let failpoints = [
        "orders.save.before=1",
        "orders.save.after=1",
        "payments.authorize.before",
        "payments.authorize.after",
        "orders.save.before=2",
        "orders.save.after=2",
        "payments.capture.before",
        "payments.capture.after",
        "orders.save.before=3",
        "orders.save.after=3",
        "checkout_order.answer.before",
    ];
    stream::iter(failpoints)
        .for_each_concurrent(AT_ONCE, a_checkout_survives)
        .await;
}

async fn a_checkout_survives(failpoint: &str) {
    let paying = Paying::new().await;
    let mut dying = paying.replica(failpoint).await;
    let mut client = paying.customer(&dying);
    let order = placed(&mut client, failpoint).await;
    let lost = client.checkout_order(checkout(&order)).await.unwrap_err();
    assert_eq!(lost.code(), Code::Unavailable, "{failpoint}: {lost:?}");
    dying.ended(PATIENCE).await.unwrap();
    assert_eq!(dying.ended_at().as_deref(), failpoint.split('=').next());

    let other = paying.replica("").await;
    let mut client = paying.customer(&other);
    if failpoint != "orders.save.before=1" {
        // Whether the caller comes back or not.
        is_in(&client, &order, (OrderStatus::Confirmed, CheckoutState::Paid)).await;
    }
    let paid = client.checkout_order(checkout(&order)).await.unwrap();
    assert_eq!(
        paid.into_inner().order.unwrap().checkout.unwrap().attempt,
        1,
        "{failpoint}"
    );
    assert_eq!(paying.money(&order), Some(PaymentStatus::Captured), "{failpoint}");
    assert_eq!(paying.payments.keys(Ask::Authorize).len(), 1, "{failpoint}");
    assert_eq!(paying.payments.inner.misuse(), Vec::<String>::new(), "{failpoint}");
    assert_log_is_whole(&paying.world.database).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Postgres: make test"]
async fn a_refund_survives_kill_9_wherever_it_comes() {
    let failpoints = [
        "orders.save.after=4",
        "payments.void.before",
        "payments.void.after",
        "payments.refund.before",
        "payments.refund.after",
        "orders.save.before=5",
        "orders.save.after=5",
    ];
    stream::iter(failpoints)
        .for_each_concurrent(AT_ONCE, a_refund_survives)
        .await;
}

async fn a_refund_survives(failpoint: &str) {
    let paying = Paying::new().await;
    let mut dying = paying.replica(failpoint).await;
    let mut client = paying.customer(&dying);
    let order = placed(&mut client, failpoint).await;
    client.checkout_order(checkout(&order)).await.unwrap();
    let cancel = || {
        let request = CancelOrderRequest {
            id: order.id.clone(),
            ..CancelOrderRequest::default()
        };
        keyed(request, "cancel")
    };
    // The answer may be on its way before the process ends.
    drop(client.cancel_order(cancel()).await);
    dying.ended(PATIENCE).await.unwrap();

    let other = paying.replica("").await;
    let mut client = paying.customer(&other);
    is_in(&client, &order, (OrderStatus::Cancelled, CheckoutState::Refunded)).await;
    let cancelled = client.cancel_order(cancel()).await.unwrap();
    assert_eq!(cancelled.into_inner().order.unwrap().status(), OrderStatus::Cancelled);
    assert_eq!(paying.money(&order), Some(PaymentStatus::Refunded), "{failpoint}");
    assert_eq!(paying.payments.keys(Ask::Refund).len(), 1, "{failpoint}");
    assert_eq!(paying.payments.inner.misuse(), Vec::<String>::new(), "{failpoint}");
    assert_log_is_whole(&paying.world.database).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Postgres: make test"]
async fn another_replica_takes_up_what_a_killed_one_was_waiting_for() {
    let paying = Paying::new().await;
    let mut killed = paying.replica("").await;
    let other = paying.replica("").await;
    let mut client = paying.customer(&killed);
    paying.payments.hold(Ask::Authorize);
    let order = placed(&mut client, "held").await;
    let request = checkout(&order);
    let calling = tokio::spawn(async move { client.checkout_order(request).await });
    testkit::wait_for(|| paying.payments.count(Ask::Authorize) > 0, PATIENCE).await;
    // Whoever calls with the same key elsewhere joins, and is answered though the driver dies.
    let mut joining = paying.customer(&other);
    let request = checkout(&order);
    let joined = tokio::spawn(async move { joining.checkout_order(request).await });
    killed.kill();
    assert_eq!(calling.await.unwrap().unwrap_err().code(), Code::Unavailable);
    paying.payments.open();
    let paid = tokio::time::timeout(DECIDED, joined).await.unwrap().unwrap().unwrap();
    assert_eq!(paid.into_inner().order.unwrap().status(), OrderStatus::Confirmed);
    assert_eq!(paying.money(&order), Some(PaymentStatus::Captured));
}
