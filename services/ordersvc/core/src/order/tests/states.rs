//! Every state an order can be in while it is paid for, and how to get there in one step: as it is kept.

use time::OffsetDateTime;

use super::{at, placed};
use crate::{CheckoutState, Order, PaymentId, StartKey, Status, Step, Work};

/// The attempt of every state.
pub(super) const ATTEMPT: u32 = 2;
/// The version of every state.
pub(super) const VERSION: i64 = 7;

/// What tells the states of an order apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct State {
    pub(super) status: Status,
    pub(super) checkout: CheckoutState,
    pub(super) step: Option<Step>,
}

/// The only states that ever come to be. A confirmed order has its total held or taken, a cancelled one gives
/// back what it has, and whatever is unfinished has something to be done.
pub(super) fn legal() -> Vec<State> {
    use CheckoutState::{Failed, NeedsAttention, None, Paid, PartiallyRefunded, Refunded, Refunding, Running};
    use Status::{Cancelled, Confirmed, Delivered, Pending, Shipped};
    let nothing = Option::None;
    let mut states = vec![
        (Pending, None, nothing),
        (Pending, None, Some(Step::Expire)),
        (Pending, Running, Some(Step::Authorize)),
        (Pending, NeedsAttention, Some(Step::Authorize)),
        (Pending, Failed, Some(Step::Expire)),
        (Confirmed, Running, Some(Step::Capture)),
        (Confirmed, NeedsAttention, Some(Step::Capture)),
        (Cancelled, None, nothing),
        (Cancelled, Failed, nothing),
        (Cancelled, Failed, Some(Step::Release)),
        (Cancelled, Refunding, Some(Step::Release)),
        (Cancelled, Refunding, nothing),
        (Cancelled, NeedsAttention, Some(Step::Release)),
        (Cancelled, Refunded, nothing),
    ];
    for status in [Confirmed, Shipped, Delivered] {
        for checkout in [Paid, PartiallyRefunded, Refunded] {
            states.push((status, checkout, nothing));
        }
    }
    states.into_iter().map(State::from).collect()
}

/// Every combination, those too that never come to be.
pub(super) fn all() -> Vec<State> {
    let steps = || std::iter::once(None).chain(Step::ALL.map(Some));
    Status::ALL
        .into_iter()
        .flat_map(|status| CheckoutState::ALL.map(|checkout| (status, checkout)))
        .flat_map(|(status, checkout)| steps().map(move |step| State::from((status, checkout, step))))
        .collect()
}

impl From<(Status, CheckoutState, Option<Step>)> for State {
    fn from((status, checkout, step): (Status, CheckoutState, Option<Step>)) -> Self {
        Self { status, checkout, step }
    }
}

impl State {
    pub(super) fn of(order: &Order) -> Self {
        Self {
            status: order.status(),
            checkout: order.checkout().state,
            step: order.work().map(|work| work.step),
        }
    }

    /// An order in this state, as if it had been read.
    pub(super) fn order(self) -> Order {
        let (mut snapshot, address) = placed().into_parts();
        snapshot.status = self.status;
        snapshot.version = VERSION;
        snapshot.checkout.state = self.checkout;
        if self.checkout != CheckoutState::None {
            snapshot.checkout.attempt = ATTEMPT;
        }
        let has_payment = self.status != Status::Pending && self.checkout != CheckoutState::Failed;
        snapshot.checkout.payment_id = (has_payment && self.checkout != CheckoutState::None).then(payment);
        snapshot.checkout.expires_at = (self.step == Some(Step::Expire)).then(expiry);
        let work = self.step.map(|step| Work {
            step,
            payment_method: if step == Step::Authorize { "pm_card_visa" } else { "" }.to_owned(),
            since: at(0),
            due_at: if step == Step::Expire { expiry() } else { at(0) },
            tries: 3,
            started_by: matches!(step, Step::Authorize | Step::Capture).then(start_key),
        });
        Order::restore(snapshot, address, work)
    }
}

pub(super) fn payment() -> PaymentId {
    PaymentId::new(uuid::Uuid::from_u128(77))
}

pub(super) fn expiry() -> OffsetDateTime {
    at(1_800)
}

pub(super) fn start_key() -> StartKey {
    StartKey {
        caller: "user:me".to_owned(),
        method: "order.v1.OrderService/CheckoutOrder".to_owned(),
        key: "k".to_owned(),
        fingerprint: [1; 32],
    }
}
