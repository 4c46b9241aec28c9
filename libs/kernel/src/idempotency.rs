//! What a domain needs to know of idempotency keys: that a write may carry one, and that what was
//! kept under it is answered instead of writing twice. How keys are stored is `platform`'s business.

use std::time::Duration;

use crate::{Classify, ErrorKind};

/// The identity of one keyed call. Two calls are the same when caller, method and key are; they must
/// then carry the same request, which the fingerprint tells.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct IdempotencyKey {
    /// Who calls, as [`crate::Caller`] displays it; keys of different callers never meet.
    pub caller: String,
    /// Full method name: `order.v1.OrderService/CreateOrder`.
    pub method: &'static str,
    /// What the caller sent, 1 to 255 visible ASCII characters.
    pub key: String,
    /// Keyed hash of the request bytes.
    pub fingerprint: [u8; 32],
}

/// The key came before with another request: the one place that says so, for stores and their fakes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the idempotency key was used before with another request")]
pub struct KeyReused;

impl Classify for KeyReused {
    fn kind(&self) -> ErrorKind {
        ErrorKind::WrongState
    }
    fn reason(&self) -> &str {
        "IDEMPOTENCY_KEY_REUSED"
    }
}

/// A refusal as it is kept under a key and told again: FAILED_PRECONDITION or ALREADY_EXISTS only.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// [`ErrorKind::WrongState`] or [`ErrorKind::AlreadyExists`].
    pub kind: ErrorKind,
    /// Stable reason.
    pub reason: String,
    /// Text for people.
    pub message: String,
    /// Facts for programs.
    pub metadata: Vec<(String, String)>,
}

impl Refusal {
    /// What is kept of an error, if it is of a kind that is kept: it left nothing behind and would be
    /// told again. Anything else may come out differently next time, and so does what says when to retry.
    pub fn of(error: &dyn Classify) -> Option<Self> {
        let is_final = matches!(error.kind(), ErrorKind::WrongState | ErrorKind::AlreadyExists);
        (is_final && error.retry_after().is_none()).then(|| Self {
            kind: error.kind(),
            reason: error.reason().to_owned(),
            message: error.to_string(),
            metadata: error.metadata(),
        })
    }
}

impl Classify for Refusal {
    fn kind(&self) -> ErrorKind {
        self.kind
    }
    fn reason(&self) -> &str {
        &self.reason
    }
    fn metadata(&self) -> Vec<(String, String)> {
        self.metadata.clone()
    }
    fn retry_after(&self) -> Option<Duration> {
        None
    }
}

/// What is kept under a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept<T> {
    /// The answer that was given.
    Answer(T),
    /// The refusal that was given.
    Refusal(Refusal),
}

/// The outcome of a write that may carry a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change<T> {
    /// This call did it.
    Done(T),
    /// An earlier call with the same key did; this is what it was answered.
    Replayed(T),
}

impl<T> Change<T> {
    /// The answer, whoever did it.
    pub fn into_inner(self) -> T {
        match self {
            Change::Done(answer) | Change::Replayed(answer) => answer,
        }
    }

    /// An earlier call did it.
    pub const fn is_replayed(&self) -> bool {
        matches!(self, Change::Replayed(_))
    }

    /// The same outcome around another answer.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Change<U> {
        match self {
            Change::Done(answer) => Change::Done(f(answer)),
            Change::Replayed(answer) => Change::Replayed(f(answer)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("no")]
    struct Refused {
        kind: ErrorKind,
        retry_after: Option<Duration>,
    }

    impl Classify for Refused {
        fn kind(&self) -> ErrorKind {
            self.kind
        }
        fn reason(&self) -> &str {
            "NO"
        }
        fn retry_after(&self) -> Option<Duration> {
            self.retry_after
        }
    }

    fn is_kept(kind: ErrorKind, retry_after: Option<Duration>) -> bool {
        Refusal::of(&Refused { kind, retry_after }).is_some()
    }

    #[test]
    fn what_would_be_refused_again_is_kept() {
        assert!(is_kept(ErrorKind::WrongState, None));
        assert!(is_kept(ErrorKind::AlreadyExists, None));
        for kind in [
            ErrorKind::Conflict,
            ErrorKind::Unavailable,
            ErrorKind::NotFound,
            ErrorKind::InvalidInput,
        ] {
            assert!(!is_kept(kind, None), "{kind:?}");
        }
    }

    #[test]
    fn a_refusal_that_says_when_to_retry_is_not_kept() {
        assert!(!is_kept(ErrorKind::WrongState, Some(Duration::from_secs(1))));
        assert!(!is_kept(ErrorKind::AlreadyExists, Some(Duration::ZERO)));
    }
}
