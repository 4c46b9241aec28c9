//! Taking back what was done to pay for an order: letting go of what is held, giving back what was taken.

use time::OffsetDateTime;

use super::{
    Order,
    checkout::plan::{self, Next},
};
use crate::{CheckoutState, OrderEvent, PaymentSummary, Status, Step};

const CANCELLED: &str = "ORDER_CANCELLED";
const REFUND_FAILED: &str = "REFUND_FAILED";

impl Order {
    /// What was done to pay for an order that has just been given up is taken back.
    pub(super) fn take_back(&mut self, was_confirmed: bool, now: OffsetDateTime) {
        use CheckoutState::{Failed, NeedsAttention, None, Paid, PartiallyRefunded, Refunded, Refunding, Running};
        match self.state.checkout.state {
            None | Failed | Refunding | Refunded => {}
            Running | NeedsAttention if !was_confirmed => {
                self.failed(CANCELLED);
                self.go_on_with(plan::compensation(), now);
                self.record(now, OrderEvent::CheckoutChanged);
            }
            Paid if self.state.total.minor() == 0 => self.ended(Refunded, now),
            Running | NeedsAttention | Paid | PartiallyRefunded => {
                let refusal = self.failure(CANCELLED);
                self.settle(Some(&refusal));
                self.go_on_with(plan::compensation(), now);
                self.checkout_becomes(Refunding, "", now);
            }
        }
    }

    /// Nothing is held and nothing kept any more. An attempt that failed has nothing more to tell.
    pub fn released(&mut self, attempt: u32, now: OffsetDateTime) {
        if !self.gives_back(attempt) {
            return;
        }
        match plan::after(Step::Release) {
            Next::Step(step) => self.moves_on_to(step, now),
            Next::Pivot(_) | Next::Done => self.is_released(now),
        }
    }

    fn is_released(&mut self, now: OffsetDateTime) {
        let checkout = &mut self.state.checkout;
        match checkout.state {
            CheckoutState::Failed => self.put_work(None),
            CheckoutState::NeedsAttention if !checkout.failure_reason.is_empty() => {
                let failure_reason = std::mem::take(&mut checkout.failure_reason);
                self.put_work(None);
                self.checkout_becomes(CheckoutState::Failed, &failure_reason, now);
            }
            _ => self.ended(CheckoutState::Refunded, now),
        }
    }

    /// The money stays where it is until a person gives it back.
    pub fn refund_refused(&mut self, attempt: u32, now: OffsetDateTime) {
        if !self.gives_back(attempt) {
            return;
        }
        self.put_work(None);
        self.checkout_becomes(CheckoutState::Refunding, REFUND_FAILED, now);
    }

    /// Follows what became of its payment elsewhere: refunds that staff made.
    pub fn follow(&mut self, payment: &PaymentSummary, now: OffsetDateTime) {
        use CheckoutState::{NeedsAttention, Paid, PartiallyRefunded, Refunded, Refunding};
        if payment.order_id != Some(self.state.id) {
            return;
        }
        let state = self.state.checkout.state;
        // An attempt that failed ends as that, once what it still holds is let go of.
        if state == NeedsAttention && !self.state.checkout.failure_reason.is_empty() {
            return;
        }
        let follows = match (self.state.status, state) {
            (Status::Cancelled, Refunding | NeedsAttention) if payment.is_all_back() => Refunded,
            (Status::Confirmed | Status::Shipped | Status::Delivered, Paid | PartiallyRefunded)
                if payment.refunded.minor() > 0 =>
            {
                if payment.is_all_back() {
                    Refunded
                } else {
                    PartiallyRefunded
                }
            }
            _ => return,
        };
        if follows != state {
            self.ended(follows, now);
        }
    }

    /// What was done to pay for it is being taken back.
    fn gives_back(&self, attempt: u32) -> bool {
        self.state.status == Status::Cancelled
            && self.state.checkout.attempt == attempt
            && self.work.as_ref().is_some_and(|work| work.step == Step::Release)
    }
}
