//! Payments that behave as `payment.v1` does, and that can be made to wait.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use api::order::v1::Order;
use async_trait::async_trait;
use kernel::PortError;
use order_core::{
    Ask, PaymentId, PaymentStatus, PaymentSummary, StepKey,
    ports::{Authorization, PaymentError, Payments},
    testing::{Charge, InMemoryPayments},
};
use testkit::wait_for;
use tokio::sync::watch;

use crate::world::PATIENCE;

/// What is made of requests of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Way {
    #[default]
    Open,
    Held,
    Panics,
}

/// Payments whose requests can be held before they arrive.
pub(crate) struct TestPayments {
    pub(crate) inner: InMemoryPayments,
    ways: watch::Sender<BTreeMap<&'static str, Way>>,
    asked: Mutex<Vec<(&'static str, String)>>,
}

impl Default for TestPayments {
    fn default() -> Self {
        Self {
            inner: InMemoryPayments::default(),
            ways: watch::Sender::new(BTreeMap::new()),
            asked: Mutex::default(),
        }
    }
}

const fn name(ask: Ask) -> &'static str {
    match ask {
        Ask::Authorize => "authorize",
        Ask::Capture => "capture",
        Ask::Void => "void",
        Ask::Refund => "refund",
    }
}

impl TestPayments {
    /// From now on requests of this kind wait before they arrive.
    pub(crate) fn hold(&self, ask: Ask) {
        self.set(ask, Way::Held);
    }

    /// From now on requests of this kind panic in whoever makes them.
    pub(crate) fn panic_at(&self, ask: Ask) {
        self.set(ask, Way::Panics);
    }

    fn set(&self, ask: Ask, way: Way) {
        self.ways.send_modify(|ways| {
            ways.insert(name(ask), way);
        });
    }

    /// Lets everything through, what waits too.
    pub(crate) fn open(&self) {
        self.ways.send_modify(BTreeMap::clear);
    }

    /// How often somebody asked for this, whatever came of it.
    pub(crate) fn count(&self, ask: Ask) -> usize {
        self.asked().iter().filter(|(asked, _)| *asked == name(ask)).count()
    }

    /// The keys under which this was asked for.
    pub(crate) fn keys(&self, ask: Ask) -> Vec<String> {
        let mut keys: Vec<String> = self
            .asked()
            .into_iter()
            .filter_map(|(asked, key)| (asked == name(ask)).then_some(key))
            .collect();
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    /// The one charge there is.
    pub(crate) fn charge(&self) -> Charge {
        let charges = self.inner.charges();
        assert_eq!(charges.len(), 1, "{charges:?}");
        charges.into_iter().next().unwrap()
    }

    /// Waits until the money of the order is there.
    pub(crate) async fn settles(&self, order: &Order, status: PaymentStatus) {
        let is_there = || {
            let charges = self.inner.charges();
            charges
                .iter()
                .any(|charge| charge.order_id.to_string() == order.id && charge.status == status)
        };
        wait_for(is_there, PATIENCE).await;
    }

    fn asked(&self) -> Vec<(&'static str, String)> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn pass(&self, ask: Ask, key: &StepKey) {
        let asked = (name(ask), key.to_string());
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).push(asked);
        let way = |ways: &BTreeMap<&'static str, Way>| ways.get(name(ask)).copied().unwrap_or_default();
        let mut ways = self.ways.subscribe();
        let passed = tokio::time::timeout(Duration::from_secs(60), ways.wait_for(|ways| way(ways) != Way::Held));
        let is_open = passed
            .await
            .is_ok_and(|ways| ways.is_ok_and(|ways| way(&ways) == Way::Open));
        assert!(is_open, "payments were told to panic");
    }
}

#[async_trait]
impl Payments for TestPayments {
    async fn authorize(&self, key: &StepKey, request: Authorization) -> Result<PaymentId, PaymentError> {
        self.pass(Ask::Authorize, key).await;
        self.inner.authorize(key, request).await
    }

    async fn capture(&self, key: &StepKey, payment: PaymentId) -> Result<(), PaymentError> {
        self.pass(Ask::Capture, key).await;
        self.inner.capture(key, payment).await
    }

    async fn void(&self, key: &StepKey, payment: PaymentId) -> Result<(), PaymentError> {
        self.pass(Ask::Void, key).await;
        self.inner.void(key, payment).await
    }

    async fn refund(&self, key: &StepKey, payment: PaymentId) -> Result<(), PaymentError> {
        self.pass(Ask::Refund, key).await;
        self.inner.refund(key, payment).await
    }

    async fn find(&self, payment: PaymentId) -> Result<Option<PaymentSummary>, PortError> {
        self.inner.find(payment).await
    }
}
