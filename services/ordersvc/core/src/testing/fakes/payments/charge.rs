use kernel::Money;

use crate::{OrderId, PaymentId, PaymentStatus, PaymentSummary, ports::Authorization};

/// Money held or taken for an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charge {
    /// Which payment.
    pub id: PaymentId,
    /// For which order.
    pub order_id: OrderId,
    /// Where it is.
    pub status: PaymentStatus,
    /// What was held.
    pub amount: Money,
    /// What was taken.
    pub captured: i64,
    /// What was given back.
    pub refunded: i64,
    pub(super) reserved: i64,
    pub(super) payment_method: String,
    pub(super) pending: Option<Asked>,
    /// It refuses to let go of what is held.
    pub(super) is_stubborn: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    Authorize,
    Capture,
    Void,
    Refund,
}

pub(super) type Outcome = Result<PaymentId, Refused>;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refused {
    pub(super) reason: &'static str,
    pub(super) payment: Option<PaymentId>,
}

impl Charge {
    /// Recorded, and not yet authorized.
    pub(super) fn processing(id: PaymentId, wanted: &Authorization) -> Self {
        Self {
            id,
            order_id: wanted.order_id,
            status: PaymentStatus::Processing,
            amount: wanted.amount,
            captured: 0,
            refunded: 0,
            reserved: 0,
            payment_method: wanted.payment_method.clone(),
            pending: None,
            is_stubborn: wanted.payment_method == "pm_card_void_refused",
        }
    }

    /// What was taken and is neither given back nor on its way.
    pub(super) const fn left(&self) -> i64 {
        self.captured - self.refunded - self.reserved
    }

    /// Nothing is held, and nothing that was taken is still there.
    pub fn is_all_back(&self) -> bool {
        self.summary().is_all_back()
    }

    pub(super) fn summary(&self) -> PaymentSummary {
        let currency = self.amount.currency();
        PaymentSummary {
            order_id: Some(self.order_id),
            status: self.status,
            captured: Money::new(self.captured, currency),
            refunded: Money::new(self.refunded, currency),
        }
    }

    /// What the provider says to what it was asked.
    pub(super) fn decided(&mut self) -> Outcome {
        let asked = self.pending.take();
        let refusal = match (asked, self.payment_method.as_str()) {
            (Some(Asked::Authorize), "pm_card_declined") => Some("CARD_DECLINED"),
            (Some(Asked::Authorize), "pm_card_insufficient_funds") => Some("INSUFFICIENT_FUNDS"),
            (Some(Asked::Capture), "pm_card_capture_refused") => Some("CAPTURE_REFUSED"),
            (Some(Asked::Refund), "pm_card_refund_refused") => Some("REFUND_REFUSED"),
            (Some(Asked::Void), _) if self.is_stubborn => Some("VOID_REFUSED"),
            _ => None,
        };
        if asked == Some(Asked::Authorize) {
            self.status = match refusal {
                Some(_) => PaymentStatus::Declined,
                None => PaymentStatus::RequiresCapture,
            };
        }
        if let Some(reason) = refusal {
            return Err(Refused {
                reason,
                payment: Some(self.id),
            });
        }
        match asked {
            Some(Asked::Capture) => {
                self.captured = self.amount.minor();
                self.status = PaymentStatus::Captured;
            }
            Some(Asked::Void) => self.status = PaymentStatus::Voided,
            Some(Asked::Refund) => self.give_back(self.left()),
            Some(Asked::Authorize) | None => {}
        }
        Ok(self.id)
    }

    pub(super) fn give_back(&mut self, amount: i64) {
        self.refunded += amount;
        self.status = if self.refunded == self.captured {
            PaymentStatus::Refunded
        } else {
            PaymentStatus::PartiallyRefunded
        };
    }
}
