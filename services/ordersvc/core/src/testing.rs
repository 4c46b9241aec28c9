//! For tests of whoever uses orders: fakes of the ports, builders, and the suite that every adapter of the
//! ports must pass.

pub mod contract;
mod fakes;

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::Duration,
};

use kernel::{Caller, Clock, IdSource, IdempotencyKey, Role, UserId};
use time::OffsetDateTime;
use uuid::Uuid;

pub use self::fakes::{Charge, Fault, InMemoryOrders, InMemoryPayments, KnownUsers, Tasks};
use crate::{AddressFields, CheckoutPolicy, Item, Needs, OrderDraft};

/// Everything a use case needs, in memory.
pub struct World {
    /// The use cases.
    pub ordering: crate::Ordering,
    /// Orders, their checkouts, their events and their keys.
    pub orders: Arc<InMemoryOrders>,
    /// The payments.
    pub payments: Arc<InMemoryPayments>,
    /// The users.
    pub users: Arc<KnownUsers>,
    /// What runs beside calls.
    pub tasks: Arc<Tasks>,
    /// The time.
    pub clock: Arc<TickingClock>,
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

impl World {
    /// Nobody and nothing yet.
    pub fn new() -> Self {
        Self::with_policy(CheckoutPolicy::default())
    }

    /// Nobody and nothing yet, under another policy.
    pub fn with_policy(policy: CheckoutPolicy) -> Self {
        let orders = Arc::new(InMemoryOrders::default());
        let payments = Arc::new(InMemoryPayments::default());
        let users = Arc::new(KnownUsers::default());
        let tasks = Arc::new(Tasks::default());
        let clock = Arc::new(TickingClock::default());
        let needs = Needs {
            orders: orders.clone(),
            events: orders.clone(),
            checkouts: orders.clone(),
            payments: payments.clone(),
            users: users.clone(),
            background: tasks.clone(),
            clock: clock.clone(),
            ids: Arc::new(CountingIds::default()),
        };
        Self {
            ordering: crate::Ordering::new(needs, policy),
            orders,
            payments,
            users,
            tasks,
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

/// One line of an order.
pub fn item(sku: &str, quantity: i32, unit_price_minor: i64) -> Item {
    Item {
        sku: sku.to_owned(),
        name: String::new(),
        quantity,
        unit_price_minor,
    }
}

/// An order of two teas.
pub fn draft() -> OrderDraft {
    OrderDraft {
        items: vec![item("tea", 2, 450)],
        ..OrderDraft::default()
    }
}

/// An address in London.
pub fn address() -> AddressFields {
    AddressFields {
        recipient: "Ada Lovelace".to_owned(),
        line1: "12 St James's Square".to_owned(),
        city: "London".to_owned(),
        postal_code: "SW1Y 4JH".to_owned(),
        country_code: "GB".to_owned(),
        ..AddressFields::default()
    }
}

/// A clock that shows a later microsecond each time it is asked, and that can be moved on.
#[derive(Debug, Default)]
pub struct TickingClock(AtomicI64);

impl TickingClock {
    /// Moves it on.
    pub fn advance(&self, by: Duration) {
        let micros = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
        self.0.fetch_add(micros, Ordering::SeqCst);
    }
}

impl Clock for TickingClock {
    fn now(&self) -> OffsetDateTime {
        let micros = self.0.fetch_add(1, Ordering::SeqCst);
        OffsetDateTime::UNIX_EPOCH + time::Duration::seconds(1_800_000_000) + time::Duration::microseconds(micros)
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

/// A key of this caller with the fingerprint of request number `request`.
pub fn key(caller: &Caller, text: &str, request: u8) -> IdempotencyKey {
    IdempotencyKey {
        caller: caller.to_string(),
        method: "order.v1.OrderService/Test",
        key: text.to_owned(),
        fingerprint: [request; 32],
    }
}
