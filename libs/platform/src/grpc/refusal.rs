use std::time::Duration;

use kernel::{Classify, ErrorKind, Violation};

/// The reason of calls that a stopping server ends or refuses.
pub const SHUTTING_DOWN: &str = "SHUTTING_DOWN";

/// Why a call was refused or ended before or around its handler.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// What the caller sent is wrong, besides the fields of the message.
    #[error("{field}: {expected}")]
    BadInput {
        /// The metadata that is wrong; empty for the message as a whole.
        field: &'static str,
        /// What was expected.
        expected: &'static str,
    },
    /// One message is larger than the server takes.
    #[error("the message is larger than {limit} bytes")]
    MessageTooLarge {
        /// The largest that is taken.
        limit: usize,
    },
    /// Too many calls are in flight.
    #[error("too many calls at once")]
    Overloaded,
    /// This caller calls too often.
    #[error("too many calls from this caller")]
    RateLimited {
        /// When the next call would pass.
        retry_after: Duration,
    },
    /// The time given ran out.
    #[error("the deadline passed before the call was answered")]
    DeadlineExceeded,
    /// The server is stopping.
    #[error("the server is shutting down")]
    ShuttingDown,
    /// The peer failed again and again and is left alone for a moment.
    #[error("the peer keeps failing and is left alone for a moment")]
    CircuitOpen {
        /// When the next call would be let through.
        retry_after: Duration,
    },
    /// The peer cannot be reached.
    #[error("the peer cannot be reached")]
    PeerUnavailable,
}

impl Classify for Refused {
    fn kind(&self) -> ErrorKind {
        match self {
            Refused::BadInput { .. } => ErrorKind::InvalidInput,
            Refused::MessageTooLarge { .. } | Refused::Overloaded | Refused::RateLimited { .. } => ErrorKind::Exhausted,
            Refused::DeadlineExceeded => ErrorKind::DeadlineExceeded,
            Refused::ShuttingDown | Refused::CircuitOpen { .. } | Refused::PeerUnavailable => ErrorKind::Unavailable,
        }
    }

    fn reason(&self) -> &str {
        match self {
            Refused::BadInput { .. } => "INVALID_INPUT",
            Refused::MessageTooLarge { .. } => "MESSAGE_TOO_LARGE",
            Refused::Overloaded => "OVERLOADED",
            Refused::RateLimited { .. } => "RATE_LIMITED",
            Refused::DeadlineExceeded => "DEADLINE_EXCEEDED",
            Refused::ShuttingDown => SHUTTING_DOWN,
            Refused::CircuitOpen { .. } => "CIRCUIT_OPEN",
            Refused::PeerUnavailable => "PEER_UNAVAILABLE",
        }
    }

    fn violations(&self) -> Vec<Violation> {
        match self {
            Refused::BadInput { field, expected } => vec![Violation::new(*field, *expected)],
            _ => Vec::new(),
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Refused::Overloaded => Some(Duration::from_millis(200)),
            Refused::RateLimited { retry_after } | Refused::CircuitOpen { retry_after } => Some(*retry_after),
            Refused::ShuttingDown | Refused::PeerUnavailable => Some(Duration::from_millis(100)),
            _ => None,
        }
    }
}

impl Refused {
    /// As the caller sees it. Nothing is logged: the access log tells the reason.
    pub fn status(&self) -> tonic::Status {
        wire::quiet_status(self)
    }
}
