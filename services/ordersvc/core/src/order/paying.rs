//! Paying for an order: every transition of its checkout.
//!
//! What answers from payments cause ([`Order::authorized`] and the like) names the attempt that asked. Where
//! the order is no longer waiting for that answer, nothing happens: it was given up, or somebody else heard
//! the answer first. So whoever asks may be late, and may be two.

use kernel::{InvalidInput, Refusal, Violation, text};
use time::OffsetDateTime;

use super::{
    Order,
    checkout::plan::{self, Next},
};
use crate::{
    Checkout, CheckoutFailed, CheckoutNeedsAttention, CheckoutOutcome, CheckoutRunning, CheckoutState, NotPending,
    OrderEvent, PaymentId, StartKey, StartRefused, Status, Step, Work,
};

const PAYMENT_METHOD: usize = 64;
const CAPTURE_FAILED: &str = "CAPTURE_FAILED";
const TIMEOUT: &str = "PAYMENT_TIMEOUT";

impl Order {
    /// Starts an attempt to pay for it. What costs nothing is CONFIRMED and PAID at once, and needs no
    /// payment method.
    ///
    /// # Errors
    /// It is not PENDING, another attempt runs or its outcome is unknown, or there is nothing to pay with.
    pub fn start_checkout(
        &mut self,
        payment_method: &str,
        started_by: Option<StartKey>,
        now: OffsetDateTime,
    ) -> Result<(), StartRefused> {
        if self.state.status != Status::Pending {
            return Err(NotPending(self.state.status).into());
        }
        match self.state.checkout.state {
            CheckoutState::Running => return Err(CheckoutRunning.into()),
            CheckoutState::NeedsAttention => return Err(CheckoutNeedsAttention.into()),
            _ => {}
        }
        let is_free = self.state.total.minor() == 0;
        let payment_method = if is_free {
            String::new()
        } else {
            checked_payment_method(payment_method)?
        };
        self.state.checkout = Checkout {
            attempt: self.state.checkout.attempt + 1,
            ..Checkout::default()
        };
        self.put_work(Some(Work {
            step: plan::first(),
            payment_method,
            since: now,
            due_at: now,
            tries: 0,
            started_by,
        }));
        self.checkout_becomes(CheckoutState::Running, "", now);
        if is_free {
            self.confirm(None, now);
            self.ended(CheckoutState::Paid, now);
        }
        Ok(())
    }

    /// The money is held. This is the pivot: the order is CONFIRMED, and what remains is done however often
    /// it must be asked for.
    pub fn authorized(&mut self, attempt: u32, payment: PaymentId, now: OffsetDateTime) {
        if !self.awaits(attempt, Status::Pending) {
            return;
        }
        self.state.checkout.payment_id = Some(payment);
        if self.state.checkout.state == CheckoutState::NeedsAttention {
            self.checkout_becomes(CheckoutState::Running, "", now);
        }
        match plan::after(Step::Authorize) {
            Next::Step(step) => self.moves_on_to(step, now),
            Next::Pivot(next) => self.confirm(next, now),
            Next::Done => {}
        }
    }

    /// The money is not held and will not be: the attempt failed. Another may follow, until the order
    /// expires.
    pub fn authorization_refused(
        &mut self,
        attempt: u32,
        reason: &str,
        payment: Option<PaymentId>,
        expires_at: OffsetDateTime,
        now: OffsetDateTime,
    ) {
        if !self.awaits(attempt, Status::Pending) {
            return;
        }
        self.state.checkout.payment_id = payment;
        self.state.checkout.expires_at = Some(expires_at);
        self.failed(reason);
        self.put_work(Some(expiry(expires_at, now)));
        self.record(now, OrderEvent::CheckoutChanged);
    }

    /// The money has been taken: PAID.
    pub fn captured(&mut self, attempt: u32, now: OffsetDateTime) {
        if !self.awaits(attempt, Status::Confirmed) {
            return;
        }
        match plan::after(Step::Capture) {
            Next::Step(step) => self.moves_on_to(step, now),
            Next::Pivot(_) | Next::Done => self.ended(CheckoutState::Paid, now),
        }
    }

    /// The money will never be taken: the order is CANCELLED, and what is held is let go of.
    pub fn capture_refused(&mut self, attempt: u32, now: OffsetDateTime) {
        if !self.awaits(attempt, Status::Confirmed) {
            return;
        }
        self.cancel_now(CAPTURE_FAILED.to_owned(), now);
        self.failed(CAPTURE_FAILED);
        self.go_on_with(plan::compensation(), now);
        self.record(now, OrderEvent::CheckoutChanged);
    }

    /// A step has been without an answer for too long. It is still asked for; a person should look. An attempt that
    /// failed, and whose money is still held, keeps why it failed.
    pub fn needs_attention(&mut self, attempt: u32, now: OffsetDateTime) {
        let waits = match self.state.checkout.state {
            CheckoutState::Running | CheckoutState::Refunding => self.work.is_some(),
            CheckoutState::Failed => self.work.as_ref().is_some_and(|work| work.step == Step::Release),
            _ => false,
        };
        if waits && self.state.checkout.attempt == attempt {
            let failure_reason = std::mem::take(&mut self.state.checkout.failure_reason);
            self.checkout_becomes(CheckoutState::NeedsAttention, &failure_reason, now);
        }
    }

    /// Nobody paid in time: CANCELLED. Never while an attempt runs.
    pub fn expire(&mut self, now: OffsetDateTime) {
        let may_expire = matches!(self.state.checkout.state, CheckoutState::None | CheckoutState::Failed);
        let is_over = self.state.checkout.expires_at.is_some_and(|at| at <= now);
        if self.state.status == Status::Pending && may_expire && is_over {
            self.cancel_now(TIMEOUT.to_owned(), now);
        }
    }

    /// It is not to be cancelled for want of payment any more.
    pub(super) fn no_longer_expires(&mut self) {
        if self.state.checkout.expires_at.take().is_some() {
            self.put_work(None);
        }
    }

    /// An attempt waits for an answer of payments in this status.
    fn awaits(&self, attempt: u32, status: Status) -> bool {
        self.state.status == status
            && self.state.checkout.attempt == attempt
            && matches!(
                self.state.checkout.state,
                CheckoutState::Running | CheckoutState::NeedsAttention
            )
    }

    fn confirm(&mut self, next: Option<Step>, now: OffsetDateTime) {
        self.state.status = Status::Confirmed;
        if let Some(work) = &mut self.work {
            work.payment_method.clear();
        }
        if let Some(step) = next {
            self.go_on_with(step, now);
        }
        self.record(now, OrderEvent::StatusChanged);
    }

    /// The attempt failed; the caller's event tells it.
    pub(super) fn failed(&mut self, reason: &str) {
        let refusal = self.failure(reason);
        self.settle(Some(&refusal));
        self.state.checkout.state = CheckoutState::Failed;
        reason.clone_into(&mut self.state.checkout.failure_reason);
        self.has_new_checkout = true;
    }

    /// Nothing is left to do.
    pub(super) fn ended(&mut self, state: CheckoutState, now: OffsetDateTime) {
        self.settle(None);
        self.put_work(None);
        self.checkout_becomes(state, "", now);
    }

    pub(super) fn checkout_becomes(&mut self, state: CheckoutState, reason: &str, now: OffsetDateTime) {
        self.state.checkout.state = state;
        reason.clone_into(&mut self.state.checkout.failure_reason);
        self.has_new_checkout = true;
        self.record(now, OrderEvent::CheckoutChanged);
    }

    /// The call that started the attempt has its answer: the order as it is about to be, or a refusal.
    pub(super) fn settle(&mut self, failure: Option<&CheckoutFailed>) {
        if let Some(started_by) = self.work.as_mut().and_then(|work| work.started_by.take()) {
            self.outcome = Some(CheckoutOutcome {
                started_by,
                refusal: failure.and_then(|failure| Refusal::of(failure)),
            });
        }
    }

    pub(super) fn failure(&self, reason: &str) -> CheckoutFailed {
        CheckoutFailed {
            order_id: self.state.id,
            attempt: self.state.checkout.attempt,
            payment_id: self.state.checkout.payment_id,
            reason: reason.to_owned(),
        }
    }

    /// A step was done and another one of the same part follows: told, as every change of an order is.
    pub(super) fn moves_on_to(&mut self, step: Step, now: OffsetDateTime) {
        self.go_on_with(step, now);
        self.record(now, OrderEvent::CheckoutChanged);
    }

    pub(super) fn go_on_with(&mut self, step: Step, now: OffsetDateTime) {
        let (payment_method, started_by) = self
            .work
            .take()
            .map(|work| (work.payment_method, work.started_by))
            .unwrap_or_default();
        self.put_work(Some(Work {
            step,
            payment_method,
            since: now,
            due_at: now,
            tries: 0,
            started_by,
        }));
    }

    pub(super) fn put_work(&mut self, work: Option<Work>) {
        self.work = work;
        self.has_new_checkout = true;
    }
}

/// The work of cancelling an order that nobody pays for.
pub(super) const fn expiry(expires_at: OffsetDateTime, now: OffsetDateTime) -> Work {
    Work {
        step: Step::Expire,
        payment_method: String::new(),
        since: now,
        due_at: expires_at,
        tries: 0,
        started_by: None,
    }
}

pub(crate) fn checked_payment_method(raw: &str) -> Result<String, InvalidInput> {
    let violation = |expected: String| InvalidInput(vec![Violation::new("payment_method", expected)]);
    let cleaned = text::clean(raw, 0, PAYMENT_METHOD).map_err(|error| violation(error.to_string()))?;
    if cleaned.is_empty() {
        return Err(violation("must be set".to_owned()));
    }
    // A card number that lands here by mistake must not be kept.
    if !cleaned.starts_with("pm_") {
        return Err(violation("must be a token of a card: pm_…".to_owned()));
    }
    Ok(cleaned)
}
