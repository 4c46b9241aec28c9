//! Everything that can be asked of an order, and everything that it can hear.

use kernel::{Classify, Currency, Money};
use time::OffsetDateTime;

use super::{
    item,
    states::{expiry, payment, start_key},
};
use crate::{Order, OrderChanges, PaymentStatus, PaymentSummary};

pub(super) type Refused = Box<dyn Classify>;

pub(super) struct Command {
    pub(super) name: &'static str,
    /// An answer of payments: it names an attempt, and is never refused.
    pub(super) is_answer: bool,
    pub(super) run: fn(&mut Order, u32, OffsetDateTime) -> Result<(), Refused>,
}

const fn asked(name: &'static str, run: fn(&mut Order, u32, OffsetDateTime) -> Result<(), Refused>) -> Command {
    Command {
        name,
        is_answer: false,
        run,
    }
}

const fn heard(name: &'static str, run: fn(&mut Order, u32, OffsetDateTime) -> Result<(), Refused>) -> Command {
    Command {
        name,
        is_answer: true,
        run,
    }
}

fn boxed<E: Classify + 'static>(result: Result<(), E>) -> Result<(), Refused> {
    result.map_err(|error| Box::new(error) as Refused)
}

fn summary(order: &Order, status: PaymentStatus, captured: i64, refunded: i64) -> PaymentSummary {
    PaymentSummary {
        order_id: Some(order.id()),
        status,
        captured: Money::new(captured, Currency::USD),
        refunded: Money::new(refunded, Currency::USD),
    }
}

pub(super) const COMMANDS: [Command; 20] = [
    asked("update", |order, _, now| {
        let changes = OrderChanges {
            items: Some(vec![item("cake", 1, 100)]),
            ..OrderChanges::default()
        };
        boxed(order.update(changes, now))
    }),
    asked("start", |order, _, now| {
        boxed(order.start_checkout("pm_card_visa", Some(start_key()), now))
    }),
    asked("cancel", |order, _, now| boxed(order.cancel("no more", false, now))),
    asked("cancel by staff", |order, _, now| {
        boxed(order.cancel("no more", true, now))
    }),
    asked("delete", |order, _, now| boxed(order.delete(false, now))),
    asked("delete by staff", |order, _, now| boxed(order.delete(true, now))),
    asked("ship", |order, _, now| boxed(order.ship(now))),
    asked("deliver", |order, _, now| boxed(order.deliver(now))),
    asked("expire", |order, _, _| {
        order.expire(expiry());
        Ok(())
    }),
    asked("expire too early", |order, _, _| {
        order.expire(expiry() - time::Duration::microseconds(1));
        Ok(())
    }),
    heard("authorized", |order, attempt, now| {
        order.authorized(attempt, payment(), now);
        Ok(())
    }),
    heard("authorization refused", |order, attempt, now| {
        order.authorization_refused(attempt, "CARD_DECLINED", Some(payment()), expiry(), now);
        Ok(())
    }),
    heard("captured", |order, attempt, now| {
        order.captured(attempt, now);
        Ok(())
    }),
    heard("capture refused", |order, attempt, now| {
        order.capture_refused(attempt, now);
        Ok(())
    }),
    heard("released", |order, attempt, now| {
        order.released(attempt, now);
        Ok(())
    }),
    heard("refund refused", |order, attempt, now| {
        order.refund_refused(attempt, now);
        Ok(())
    }),
    heard("needs attention", |order, attempt, now| {
        order.needs_attention(attempt, now);
        Ok(())
    }),
    asked("follow a part", |order, _, now| {
        order.follow(&summary(order, PaymentStatus::PartiallyRefunded, 900, 1), now);
        Ok(())
    }),
    asked("follow all", |order, _, now| {
        order.follow(&summary(order, PaymentStatus::Refunded, 900, 900), now);
        Ok(())
    }),
    asked("follow nothing", |order, _, now| {
        order.follow(&summary(order, PaymentStatus::Captured, 900, 0), now);
        Ok(())
    }),
];
