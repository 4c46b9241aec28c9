//! What one customer does with one order, and staff after it.

use std::time::Duration;

use auditor::{
    client_log::{Answer, Asked, OrderState},
    words::{CheckoutState, Status},
};
use tokio::time::Instant;
use uuid::Uuid;

use super::{
    call::{Caller, Counter, Manners},
    card::{self, Card},
};
use crate::{dice::Dice, stage::Who};

const CUSTOMERS: u64 = 40;
/// More than any card pays.
const TOO_MUCH: u64 = 100_000_000;
/// A checkout that nobody waits for is looked at so often, and so long.
const LOOK_EVERY: Duration = Duration::from_millis(150);
const LOOK_FOR: Duration = Duration::from_secs(120);
const LOOK_AT_ONCE_EVERY: Duration = Duration::from_millis(20);
const LOOKS_AT_ONCE: u32 = 100;

pub(super) struct Story {
    name: String,
    dice: Dice,
    customer: Caller,
    staff: Caller,
    calls: u32,
}

/// What happens while a checkout runs.
#[derive(Debug, Clone, Copy)]
enum Meanwhile {
    Nothing,
    HangUp,
    Hurry,
    SameKey,
    OtherKey,
    WithoutKey,
    Cancel,
    Delete,
    Update,
    Refund,
}

const MEANWHILE: &[(u64, Meanwhile)] = &[
    (40, Meanwhile::Nothing),
    (12, Meanwhile::HangUp),
    (6, Meanwhile::Hurry),
    (9, Meanwhile::SameKey),
    (7, Meanwhile::OtherKey),
    (4, Meanwhile::WithoutKey),
    (13, Meanwhile::Cancel),
    (4, Meanwhile::Delete),
    (5, Meanwhile::Update),
    (4, Meanwhile::Refund),
];

/// What happens to an order that is paid for.
#[derive(Debug, Clone, Copy)]
enum Afterwards {
    Nothing,
    Cancel,
    RefundPart,
    RefundInParts,
    Resolve,
    Ship,
    ShipOrCancel,
    RefundAndCancel,
}

const AFTERWARDS: &[(u64, Afterwards)] = &[
    (25, Afterwards::Nothing),
    (25, Afterwards::Cancel),
    (10, Afterwards::RefundPart),
    (8, Afterwards::RefundInParts),
    (5, Afterwards::Resolve),
    (15, Afterwards::Ship),
    (7, Afterwards::ShipOrCancel),
    (5, Afterwards::RefundAndCancel),
];

impl Story {
    pub(super) fn new(counter: &Counter, number: u64) -> Self {
        let mut dice = Dice::of(counter.town.seed, number);
        Self {
            name: format!("story-{number}"),
            customer: counter.caller(Who::Customer(u128::from(dice.below(CUSTOMERS)))),
            staff: counter.caller(Who::Staff),
            dice,
            calls: 0,
        }
    }

    pub(super) async fn play(mut self) {
        let free = self.dice.chance(4);
        let at_once = !free && self.dice.chance(15);
        let card = Card::drawn(&mut self.dice);
        let Some(method) = self.method(card).await else { return };
        let Some(order) = self.place(free, at_once.then(|| method.clone())).await else {
            return;
        };
        if !at_once && self.dice.chance(8) {
            self.update(order.id).await;
        }
        if at_once {
            self.meanwhile(order.id).await;
        } else if self.dice.chance(95) {
            self.pay(order.id, &method).await;
        }
        let mut state = self.decided(order.id).await;
        if state.as_ref().is_some_and(|state| state.status == Status::Pending) && self.dice.chance(60) {
            let Some(method) = self.method(card::GOOD).await else {
                return;
            };
            self.pay(order.id, &method).await;
            state = self.decided(order.id).await;
        }
        if let Some(state) = state {
            self.afterwards(&state).await;
        }
        self.decided(order.id).await;
    }

    /// A marker and a key that no other call has.
    fn next(&mut self, what: &str) -> String {
        self.calls += 1;
        format!("{}-{}-{what}", self.name, self.calls)
    }

    async fn method(&mut self, card: Card) -> Option<String> {
        match card {
            Card::Known(token) => Some(token.to_owned()),
            Card::Number(number) => self.customer.tokenize(number).await,
        }
    }

    async fn place(&mut self, free: bool, payment_method: Option<String>) -> Option<OrderState> {
        let total = match free {
            true => 0,
            false if self.dice.chance(2) => TOO_MUCH,
            false => self.dice.between(1, 50_000),
        };
        let currency = self.dice.pick(&[(80, "USD"), (10, "EUR"), (6, "JPY"), (4, "KWD")]);
        let marker = self.next("create");
        let asked = Asked::Create {
            marker: marker.clone(),
            total: i64::try_from(total).unwrap_or_default(),
            currency_code: currency.unwrap_or("USD").to_owned(),
            payment_method: payment_method.unwrap_or_default(),
        };
        let manners = self.manners(8);
        self.customer.order(asked, Some(marker), manners).await
    }

    /// Now and then somebody hangs up.
    fn manners(&mut self, percent: u64) -> Manners {
        let hangs_up = self.dice.chance(percent);
        Manners {
            hangs_up_after: hangs_up.then(|| Duration::from_millis(self.dice.between(1, 400))),
            ..Manners::default()
        }
    }

    async fn update(&mut self, order: Uuid) {
        let marker = self.next("update");
        let asked = Asked::Update {
            order,
            marker: marker.clone(),
        };
        let manners = self.manners(10);
        self.customer.call(asked, Some(marker), manners).await;
    }

    /// Pays, while something else may happen to the order.
    async fn pay(&mut self, order: Uuid, method: &str) {
        let asked = Asked::Checkout {
            order,
            payment_method: method.to_owned(),
        };
        let key = self.next("checkout");
        let customer = self.customer.clone();
        let patient = Manners::default();
        let meanwhile = self.dice.pick(MEANWHILE).unwrap_or(Meanwhile::Nothing);
        let later = Duration::from_millis(self.dice.below(400));
        match meanwhile {
            Meanwhile::Nothing => {
                customer.call(asked, Some(key), patient).await;
            }
            Meanwhile::HangUp => {
                let manners = Manners {
                    hangs_up_after: Some(later),
                    ..patient
                };
                customer.call(asked, Some(key), manners).await;
            }
            Meanwhile::Hurry => {
                let manners = Manners {
                    deadline: Some(later + Duration::from_millis(50)),
                    ..patient
                };
                customer.call(asked, Some(key), manners).await;
            }
            Meanwhile::WithoutKey => {
                customer.call(asked, None, patient).await;
            }
            Meanwhile::SameKey => {
                let joining = customer.call(asked.clone(), Some(key.clone()), patient);
                tokio::join!(customer.call(asked, Some(key), patient), after(later, joining));
            }
            Meanwhile::OtherKey => {
                let other = self.next("checkout");
                let competing = customer.call(asked.clone(), Some(other), patient);
                tokio::join!(customer.call(asked, Some(key), patient), after(later, competing));
            }
            Meanwhile::Cancel => {
                let paying = customer.call(asked, Some(key), patient);
                tokio::join!(paying, after(later, self.cancel(order)));
            }
            Meanwhile::Delete => {
                let paying = customer.call(asked, Some(key), patient);
                tokio::join!(paying, after(later, self.delete(order)));
            }
            Meanwhile::Update => {
                let paying = customer.call(asked, Some(key), patient);
                tokio::join!(paying, after(later, self.update(order)));
            }
            Meanwhile::Refund => {
                let paying = customer.call(asked, Some(key), patient);
                tokio::join!(paying, self.refund_at_once(order));
            }
        }
    }

    /// What happens to an order whose checkout began with it.
    async fn meanwhile(&mut self, order: Uuid) {
        let later = Duration::from_millis(self.dice.below(300));
        match self.dice.below(6) {
            0 => after(later, self.cancel(order)).await,
            1 => after(later, self.delete(order)).await,
            _ => {}
        }
    }

    async fn afterwards(&mut self, state: &OrderState) {
        let Some(payment) = state.payment_id else { return };
        if state.status != Status::Confirmed {
            return;
        }
        let part = i64::try_from(self.dice.between(1, state.total.unsigned_abs())).unwrap_or(1);
        match self.dice.pick(AFTERWARDS).unwrap_or(Afterwards::Nothing) {
            Afterwards::Nothing => {}
            Afterwards::Cancel => self.cancel(state.id).await,
            Afterwards::RefundPart => self.refund(payment, part).await,
            Afterwards::RefundInParts => {
                self.refund(payment, part).await;
                // What is left may be nothing.
                self.refund(payment, 0).await;
            }
            Afterwards::Resolve => self.staff.resolve(payment).await,
            Afterwards::Ship => {
                self.moves(state.id, Status::Shipped).await;
                if self.dice.chance(70) {
                    self.moves(state.id, Status::Delivered).await;
                }
                if self.dice.chance(50) {
                    self.delete(state.id).await;
                }
            }
            Afterwards::ShipOrCancel => {
                let shipping = self.next("ship");
                let asked = Asked::Move {
                    order: state.id,
                    to: Status::Shipped,
                };
                let staff = self.staff.clone();
                tokio::join!(
                    staff.call(asked, Some(shipping), Manners::default()),
                    self.cancel(state.id)
                );
            }
            Afterwards::RefundAndCancel => {
                let marker = self.next("refund");
                let asked = Asked::Refund {
                    payment,
                    amount: part,
                    marker: marker.clone(),
                };
                let staff = self.staff.clone();
                tokio::join!(
                    staff.call(asked, Some(marker), Manners::default()),
                    self.cancel(state.id)
                );
            }
        }
    }

    async fn cancel(&mut self, order: Uuid) {
        let marker = self.next("cancel");
        let asked = Asked::Cancel {
            order,
            marker: marker.clone(),
        };
        let key = self.dice.chance(80).then_some(marker);
        let manners = self.manners(10);
        self.customer.call(asked, key, manners).await;
    }

    async fn delete(&mut self, order: Uuid) {
        let key = self.next("delete");
        let manners = self.manners(10);
        self.customer.call(Asked::Delete { order }, Some(key), manners).await;
    }

    async fn moves(&mut self, order: Uuid, to: Status) {
        let key = self.next("move");
        let manners = self.manners(10);
        self.staff.call(Asked::Move { order, to }, Some(key), manners).await;
    }

    async fn refund(&mut self, payment: Uuid, amount: i64) {
        let marker = self.next("refund");
        let asked = Asked::Refund {
            payment,
            amount,
            marker: marker.clone(),
        };
        let manners = self.manners(15);
        self.staff.call(asked, Some(marker), manners).await;
    }

    /// Gives a part back as soon as there is a payment that can be given back, which may be before the order
    /// knows of it.
    async fn refund_at_once(&mut self, order: Uuid) {
        for _ in 0..LOOKS_AT_ONCE {
            let looking = self.customer.order(Asked::Get { order }, None, Manners::default());
            let Some(state) = looking.await else { return };
            let over = state.checkout != CheckoutState::Running;
            if let Some(payment) = state.payment_id {
                let marker = self.next("refund");
                let asked = Asked::Refund {
                    payment,
                    amount: 1,
                    marker: marker.clone(),
                };
                let answer = self.staff.call(asked, Some(marker), Manners::default()).await;
                if matches!(answer, Answer::Refund(_)) {
                    return;
                }
            }
            if over {
                return;
            }
            tokio::time::sleep(LOOK_AT_ONCE_EVERY).await;
        }
    }

    /// The order once nothing runs any more that it waits for.
    async fn decided(&mut self, order: Uuid) -> Option<OrderState> {
        let until = Instant::now() + LOOK_FOR;
        loop {
            let answer = self.customer.call(Asked::Get { order }, None, Manners::default()).await;
            let Answer::Order(state) = answer else { return None };
            if state.checkout != CheckoutState::Running || Instant::now() > until {
                return Some(*state);
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
}

async fn after<T>(pause: Duration, what: impl Future<Output = T>) -> T {
    tokio::time::sleep(pause).await;
    what.await
}
