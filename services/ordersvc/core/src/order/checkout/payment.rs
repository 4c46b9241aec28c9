use kernel::Money;

use crate::OrderId;

/// Where a payment is, in the words of `payment.v1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PaymentStatus {
    /// Recorded; the provider has not said yet whether it authorizes.
    Processing,
    /// The money is held and not taken.
    RequiresCapture,
    /// The money has been taken.
    Captured,
    /// A part of what was taken has been given back.
    PartiallyRefunded,
    /// All that was taken has been given back.
    Refunded,
    /// Let go of; nothing was taken.
    Voided,
    /// The card was refused.
    Declined,
}

/// What an order needs to know of its payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PaymentSummary {
    /// Which order it pays for.
    pub order_id: Option<OrderId>,
    /// Where it is.
    pub status: PaymentStatus,
    /// What was taken.
    pub captured: Money,
    /// What of it was given back.
    pub refunded: Money,
}

impl PaymentSummary {
    /// Nothing is held, and nothing that was taken is still there.
    pub const fn is_all_back(&self) -> bool {
        match self.status {
            PaymentStatus::Voided | PaymentStatus::Declined => true,
            PaymentStatus::Processing | PaymentStatus::RequiresCapture => false,
            PaymentStatus::Captured | PaymentStatus::PartiallyRefunded | PaymentStatus::Refunded => {
                self.refunded.minor() >= self.captured.minor()
            }
        }
    }
}
