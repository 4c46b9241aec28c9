use std::sync::Arc;

use kernel::{Classify, ErrorKind};

use super::KeySourceError;

/// Why nobody is recognised as the caller.
#[derive(Debug, Clone, thiserror::Error)]
pub enum AuthError {
    /// The method needs a caller and the call has no token.
    #[error("an access token is needed")]
    Missing,
    /// The token is not one of ours, or not meant for us.
    #[error("the access token is invalid")]
    Invalid,
    /// The token is ours and its time is over.
    #[error("the access token has expired")]
    Expired,
    /// No key to verify with, and none to be had at the moment.
    #[error("the keys that verify tokens cannot be read")]
    KeysUnavailable(#[source] Arc<KeySourceError>),
}

impl Classify for AuthError {
    fn kind(&self) -> ErrorKind {
        match self {
            AuthError::Missing | AuthError::Invalid | AuthError::Expired => ErrorKind::Unauthenticated,
            AuthError::KeysUnavailable(_) => ErrorKind::Unavailable,
        }
    }

    fn reason(&self) -> &str {
        match self {
            AuthError::Missing => "TOKEN_MISSING",
            AuthError::Invalid => "TOKEN_INVALID",
            AuthError::Expired => "TOKEN_EXPIRED",
            AuthError::KeysUnavailable(_) => "KEYS_UNAVAILABLE",
        }
    }
}
