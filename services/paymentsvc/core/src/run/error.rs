use std::{error::Error, fmt, time::Duration};

use kernel::{Classify, ErrorKind, InvalidInput, PortError, Refusal};

use crate::{NotPossible, PaymentId, ports::CallError};

/// How long to wait for what is undecided.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// What the provider did is not known yet. The same key tells it later.
#[derive(Debug)]
pub struct PaymentPending {
    /// Which payment.
    pub payment_id: PaymentId,
    source: PortError,
}

impl PaymentPending {
    pub(crate) const fn new(payment_id: PaymentId, source: PortError) -> Self {
        Self { payment_id, source }
    }
}

impl fmt::Display for PaymentPending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the provider has not answered yet: ask again with the same key")
    }
}

impl Error for PaymentPending {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.source)
    }
}

impl Classify for PaymentPending {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Unavailable
    }
    fn reason(&self) -> &str {
        "PAYMENT_PENDING"
    }
    fn metadata(&self) -> Vec<(String, String)> {
        vec![("payment_id".to_owned(), self.payment_id.to_string())]
    }
    fn retry_after(&self) -> Option<Duration> {
        Some(RETRY_AFTER)
    }
}

/// Another process works on what was asked for under the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a call with the same idempotency key is still being worked on")]
pub struct InFlight;

impl Classify for InFlight {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Conflict
    }
    fn reason(&self) -> &str {
        "IDEMPOTENCY_KEY_IN_FLIGHT"
    }
    fn retry_after(&self) -> Option<Duration> {
        Some(RETRY_AFTER)
    }
}

/// Why a call that asks the provider has no good answer.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The provider said no.
    #[error(transparent)]
    Refused(Refusal),
    /// An earlier call with the key was refused.
    #[error(transparent)]
    Replayed(Refusal),
    /// What became of it is not known yet.
    #[error(transparent)]
    Pending(#[from] PaymentPending),
    /// A call with the same key is at it.
    #[error(transparent)]
    InFlight(InFlight),
    /// What is known of the key could not be found out, or it was used with another request.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The store failed, and nothing was asked.
    #[error(transparent)]
    Store(#[from] PortError),
}

kernel::classify!(RunError { pass Refused, Replayed, Pending, InFlight, Call, Store; });

/// Why a payment was not captured, voided or refunded.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// There is none.
    #[error("there is no such payment")]
    NotFound,
    /// The request is wrong.
    #[error(transparent)]
    Invalid(#[from] InvalidInput),
    /// The payment does not take it now.
    #[error(transparent)]
    NotPossible(#[from] NotPossible),
    /// It was asked for, and has no good answer.
    #[error(transparent)]
    Run(#[from] RunError),
}

impl From<PortError> for ChangeError {
    fn from(error: PortError) -> Self {
        ChangeError::Run(error.into())
    }
}

impl From<CallError> for ChangeError {
    fn from(error: CallError) -> Self {
        ChangeError::Run(error.into())
    }
}

kernel::classify!(ChangeError {
    pass Invalid, NotPossible, Run;
    NotFound => NotFound "PAYMENT_NOT_FOUND";
});
