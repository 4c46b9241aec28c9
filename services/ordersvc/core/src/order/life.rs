//! The life of an order after it is paid for, and how it ends.

use kernel::InvalidInput;
use time::OffsetDateTime;

use super::{Order, checked_text};
use crate::{
    CancelRefused, CheckoutNeedsAttention, CheckoutState, DeleteRefused, NotCancellable, NotCaptured, NotDeletable,
    OrderEvent, ShipRefused, Status, Transition,
};

const REASON: usize = 500;

impl Order {
    /// CONFIRMED -> SHIPPED, of an order whose money was taken, and not all of it given back.
    ///
    /// # Errors
    /// It is not paid for; it has left already or was given up.
    pub fn ship(&mut self, now: OffsetDateTime) -> Result<(), ShipRefused> {
        let from = self.state.status;
        let is_paid = matches!(
            self.state.checkout.state,
            CheckoutState::Paid | CheckoutState::PartiallyRefunded
        );
        match from {
            Status::Confirmed if is_paid => {}
            Status::Pending | Status::Confirmed => return Err(NotCaptured(from).into()),
            Status::Shipped | Status::Delivered | Status::Cancelled => {}
        }
        Ok(self.become_status(Status::Shipped, now)?)
    }

    /// SHIPPED -> DELIVERED.
    ///
    /// # Errors
    /// It is not SHIPPED.
    pub fn deliver(&mut self, now: OffsetDateTime) -> Result<(), Transition> {
        self.become_status(Status::Delivered, now)
    }

    /// PENDING or CONFIRMED -> CANCELLED. A checkout that runs ends with it, and what was paid goes back. Of
    /// a cancelled order: nothing happens, and the first reason stays.
    ///
    /// # Errors
    /// It is on its way or has arrived; whether it is paid for is unknown and it is not staff who asks; the
    /// reason is too long or does not print.
    pub fn cancel(&mut self, reason: &str, by_staff: bool, now: OffsetDateTime) -> Result<(), CancelRefused> {
        let mut found = Vec::new();
        let reason = checked_text("reason", reason, REASON, &mut found);
        InvalidInput::unless_empty(found)?;
        if self.state.status == Status::Cancelled {
            return Ok(());
        }
        let from = self.state.status;
        if !from.may_become(Status::Cancelled) {
            return Err(NotCancellable(from).into());
        }
        self.may_be_given_up(by_staff)?;
        self.give_up(reason, now);
        Ok(())
    }

    /// Archives it; a PENDING order is cancelled first. Of an archived order: nothing happens.
    ///
    /// # Errors
    /// It is paid for and not yet delivered; whether it is paid for is unknown and it is not staff who asks.
    pub fn delete(&mut self, by_staff: bool, now: OffsetDateTime) -> Result<(), DeleteRefused> {
        match self.state.status {
            _ if self.state.archived => return Ok(()),
            Status::Confirmed | Status::Shipped => return Err(NotDeletable(self.state.status).into()),
            Status::Pending => {
                self.may_be_given_up(by_staff)?;
                self.give_up(String::new(), now);
            }
            Status::Cancelled | Status::Delivered => {}
        }
        self.state.archived = true;
        self.record(now, OrderEvent::Deleted);
        Ok(())
    }

    fn may_be_given_up(&self, by_staff: bool) -> Result<(), CheckoutNeedsAttention> {
        if self.state.checkout.state == CheckoutState::NeedsAttention && !by_staff {
            return Err(CheckoutNeedsAttention);
        }
        Ok(())
    }

    /// Cancels it, and then takes back what was done to pay for it.
    fn give_up(&mut self, reason: String, now: OffsetDateTime) {
        let was_confirmed = self.state.status == Status::Confirmed;
        self.cancel_now(reason, now);
        self.take_back(was_confirmed, now);
    }

    /// The status and its event, and nothing else.
    pub(super) fn cancel_now(&mut self, reason: String, now: OffsetDateTime) {
        self.state.cancel_reason = reason;
        self.state.status = Status::Cancelled;
        self.no_longer_expires();
        self.record(now, OrderEvent::Cancelled);
    }

    pub(super) fn become_status(&mut self, to: Status, now: OffsetDateTime) -> Result<(), Transition> {
        let from = self.state.status;
        if !from.may_become(to) {
            return Err(Transition { from, to });
        }
        self.state.status = to;
        self.record(now, OrderEvent::StatusChanged);
        Ok(())
    }
}
