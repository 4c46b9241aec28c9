//! For tests of whoever uses payments: fakes of the ports, builders, and the suites that every adapter of the ports
//! must pass.

pub mod contract;
mod payments;
mod provider;
pub mod provider_contract;

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use kernel::{Caller, Clock, IdSource, IdempotencyKey, PortError, Role, UserId};
use time::OffsetDateTime;
use uuid::Uuid;

pub use self::{
    payments::InMemoryPayments,
    provider::{Away, FakeProvider, Fault},
};
use crate::{
    CaptureMethod, CardInput, CardNumber, Paying, PaymentFields,
    ports::{Fingerprints, PaymentMethod, PaymentMethods},
};

/// Everything a use case needs, in memory.
pub struct World {
    /// The use cases.
    pub paying: Paying,
    /// Payments, their operations, their ledger, their events and their keys.
    pub payments: Arc<InMemoryPayments>,
    /// Cards.
    pub methods: Arc<InMemoryMethods>,
    /// The provider.
    pub provider: Arc<FakeProvider>,
    /// The time.
    pub clock: Arc<HandClock>,
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

impl World {
    /// Nothing yet.
    pub fn new() -> Self {
        let payments = Arc::new(InMemoryPayments::default());
        let methods = Arc::new(InMemoryMethods::default());
        let provider = Arc::new(FakeProvider::default());
        let clock = Arc::new(HandClock::default());
        let paying = Paying::new(
            payments.clone(),
            methods.clone(),
            provider.clone(),
            Arc::new(LengthOnly),
            clock.clone(),
            Arc::new(CountingIds::default()),
        );
        Self {
            paying,
            payments,
            methods,
            provider,
            clock,
        }
    }
}

/// User number `n`.
pub const fn user(n: u128) -> UserId {
    UserId::new(Uuid::from_u128(n))
}

/// User number `n`, signed in as a customer.
pub fn customer(n: u128) -> Caller {
    Caller::user(user(n), [Role::Customer], Uuid::nil())
}

/// User number `n`, signed in as staff.
pub fn staff(n: u128) -> Caller {
    Caller::user(user(n), [Role::Staff], Uuid::nil())
}

/// The service that takes orders.
pub fn checkout() -> Caller {
    Caller::service("ordersvc", ["payments:write".to_owned()])
}

/// A payment of this much by user 1, of a card that is good.
pub fn fields(amount_minor: i64, capture_method: CaptureMethod) -> PaymentFields {
    PaymentFields {
        order_id: None,
        customer_id: user(1),
        amount_minor,
        currency_code: String::new(),
        payment_method: "pm_card_visa".to_owned(),
        capture_method,
        description: String::new(),
    }
}

/// A card that is good.
pub const fn card(number: &str) -> CardInput<'_> {
    CardInput {
        number,
        exp_month: 12,
        exp_year: 2033,
        cvc: "123",
    }
}

/// A key of this caller with the fingerprint of request number `request`.
pub fn key(caller: &Caller, text: &str, request: u8) -> IdempotencyKey {
    IdempotencyKey {
        caller: caller.to_string(),
        method: "payment.v1.PaymentService/CreatePayment",
        key: text.to_owned(),
        fingerprint: [request; 32],
    }
}

/// A clock that stands until it is moved.
#[derive(Debug)]
pub struct HandClock(Mutex<OffsetDateTime>);

impl Default for HandClock {
    fn default() -> Self {
        Self(Mutex::new(
            OffsetDateTime::UNIX_EPOCH + time::Duration::seconds(1_800_000_000),
        ))
    }
}

impl HandClock {
    /// Moves it on.
    pub fn advance(&self, by: Duration) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) += by;
    }
}

impl Clock for HandClock {
    fn now(&self) -> OffsetDateTime {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Identifiers that count up.
#[derive(Debug, Default)]
pub struct CountingIds(AtomicU64);

impl IdSource for CountingIds {
    fn next(&self) -> Uuid {
        let number = self.0.fetch_add(1, Ordering::SeqCst);
        Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 + u128::from(number))
    }
}

/// Cards in memory.
#[derive(Debug, Default)]
pub struct InMemoryMethods(Mutex<HashMap<String, PaymentMethod>>);

#[async_trait]
impl PaymentMethods for InMemoryMethods {
    async fn insert(&self, method: &PaymentMethod) -> Result<(), PortError> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.insert(method.token.clone(), method.clone());
        Ok(())
    }

    async fn find(&self, token: &str) -> Result<Option<PaymentMethod>, PortError> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(kept.get(token).cloned())
    }
}

/// Fingerprints that tell cards apart by nothing but the length of the number.
#[derive(Debug, Clone, Copy)]
pub struct LengthOnly;

impl Fingerprints for LengthOnly {
    fn of(&self, number: &CardNumber) -> String {
        format!("of {} digits", number.expose().len())
    }
}
