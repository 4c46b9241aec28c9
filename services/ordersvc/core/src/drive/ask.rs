//! What each step asks of payments, and what their answers mean.

use kernel::{Classify, ErrorKind, PortError};

use crate::{
    Ask, Order, Ordering, PaymentId, Step, StepKey,
    ports::{Authorization, Due, PaymentError},
};

/// What a step came to.
#[derive(Debug)]
pub(super) enum Heard {
    Authorized(PaymentId),
    AuthorizationRefused { reason: String, payment: Option<PaymentId> },
    Captured,
    CaptureRefused,
    Released,
    RefundRefused,
    TimeIsUp,
}

/// Why the money is not back though nothing failed.
#[derive(Debug, thiserror::Error)]
enum Unsettled {
    #[error("the payment was not voided: {0}")]
    NotVoided(String),
    #[error("not all of the money is back")]
    NotAllBack,
    #[error("the order has no payment that could be captured")]
    NoPayment,
}

impl Classify for Unsettled {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Unavailable
    }
    fn reason(&self) -> &str {
        "PAYMENT_UNSETTLED"
    }
}

impl Ordering {
    /// Asks for the answer to one step. An error means that there is none yet.
    pub(super) async fn perform(&self, order: &Order, due: Due) -> Result<Heard, PortError> {
        match due.step {
            Step::Authorize => self.authorize(order, due).await,
            Step::Capture => self.capture(order, due).await,
            Step::Release => self.release(order, due).await,
            Step::Expire => Ok(Heard::TimeIsUp),
        }
    }

    async fn authorize(&self, order: &Order, due: Due) -> Result<Heard, PortError> {
        let request = Authorization {
            order_id: order.id(),
            customer_id: order.customer_id(),
            amount: order.total(),
            payment_method: order.work().map(|work| work.payment_method.clone()).unwrap_or_default(),
        };
        match self.needs.payments.authorize(&key(due, Ask::Authorize), request).await {
            Ok(payment) => Ok(Heard::Authorized(payment)),
            Err(PaymentError::Refused { reason, payment_id }) => Ok(Heard::AuthorizationRefused {
                reason,
                payment: payment_id,
            }),
            Err(PaymentError::Unknown(error)) => Err(error),
        }
    }

    async fn capture(&self, order: &Order, due: Due) -> Result<Heard, PortError> {
        let payment = order
            .checkout()
            .payment_id
            .ok_or_else(|| PortError::new(Unsettled::NoPayment))?;
        match self.needs.payments.capture(&key(due, Ask::Capture), payment).await {
            Ok(()) => Ok(Heard::Captured),
            Err(PaymentError::Refused { .. }) => Ok(Heard::CaptureRefused),
            Err(PaymentError::Unknown(error)) => Err(error),
        }
    }

    /// Lets go of the money, or gives it back. What is unknown is found out first: an authorization by asking
    /// for it again, a capture by the refusal to void.
    async fn release(&self, order: &Order, due: Due) -> Result<Heard, PortError> {
        let payments = &self.needs.payments;
        let payment = match order.checkout().payment_id {
            Some(payment) => payment,
            None => match self.authorize(order, due).await? {
                Heard::Authorized(payment) => payment,
                _ => return Ok(Heard::Released),
            },
        };
        let void = key(due, Ask::Void);
        let mut voided = payments.void(&void, payment).await;
        if voided.as_ref().is_err_and(PaymentError::is_void_refused) {
            voided = payments.void(&void.anew(due.tries), payment).await;
        }
        match voided {
            Ok(()) => return Ok(Heard::Released),
            Err(PaymentError::Refused { reason, .. }) if reason == PaymentError::CAPTURED => {}
            Err(PaymentError::Refused { reason, .. }) => return Err(PortError::new(Unsettled::NotVoided(reason))),
            Err(PaymentError::Unknown(error)) => return Err(error),
        }
        // Staff may have had a refund of their own on its way, which this one could not include. What they were
        // refused since is there to be given back.
        let mut refund = key(due, Ask::Refund);
        for _ in 0..2 {
            match payments.refund(&refund, payment).await {
                Ok(()) => {}
                Err(PaymentError::Refused { .. }) => return Ok(Heard::RefundRefused),
                Err(PaymentError::Unknown(error)) => return Err(error),
            }
            match payments.find(payment).await? {
                Some(summary) if summary.is_all_back() => return Ok(Heard::Released),
                Some(summary) => refund = key(due, Ask::Refund).anew(summary.refunded.minor()),
                None => break,
            }
        }
        Err(PortError::new(Unsettled::NotAllBack))
    }
}

fn key(due: Due, ask: Ask) -> StepKey {
    StepKey::new(due.order_id, due.attempt, ask)
}
