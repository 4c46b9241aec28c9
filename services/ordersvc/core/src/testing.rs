//! For tests of whoever uses orders: fakes of the ports, builders, and the suite that every adapter of the
//! ports must pass.

pub mod contract;
mod fakes;
mod world;

use std::{
    sync::atomic::{AtomicI64, AtomicU64, Ordering},
    time::Duration,
};

use kernel::{Caller, Clock, IdSource, IdempotencyKey, Role, UserId};
use time::OffsetDateTime;
use uuid::Uuid;

pub use self::{
    fakes::{Charge, Fault, Gate, InMemoryOrders, InMemoryPayments, KnownUsers, Tasks},
    world::World,
};
use crate::{AddressFields, Item, OrderDraft};

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

const BEGINNING: OffsetDateTime = OffsetDateTime::UNIX_EPOCH.saturating_add(time::Duration::seconds(1_800_000_000));

/// A clock that shows a later microsecond each time it is asked, and that can be moved on.
#[derive(Debug, Default)]
pub struct TickingClock(AtomicI64);

impl TickingClock {
    /// Moves it on.
    pub fn advance(&self, by: Duration) {
        let micros = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
        self.0.fetch_add(micros, Ordering::SeqCst);
    }

    /// Moves it on to this instant, if that is still to come.
    pub fn advance_to(&self, instant: OffsetDateTime) {
        let micros = (instant - BEGINNING).whole_microseconds();
        self.0
            .fetch_max(i64::try_from(micros).unwrap_or(i64::MAX), Ordering::SeqCst);
    }
}

impl Clock for TickingClock {
    fn now(&self) -> OffsetDateTime {
        let micros = self.0.fetch_add(1, Ordering::SeqCst);
        BEGINNING + time::Duration::microseconds(micros)
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
