use std::{error::Error, fmt, time::Duration};

/// What went wrong, in the few kinds a caller can act on. Transports map kinds to their own codes in
/// one exhaustive place (`wire::status`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The request itself is wrong; sending it again cannot help.
    InvalidInput,
    /// Nobody, or nobody we believe, is calling.
    Unauthenticated,
    /// We know the caller, and the caller may not do that.
    NotAllowed,
    /// It does not exist, or the caller must not learn that it does.
    NotFound,
    /// It exists already.
    AlreadyExists,
    /// Somebody else was faster; read again and decide again.
    Conflict,
    /// The state of the system forbids it; the state must change first.
    WrongState,
    /// Too much, too large or too often.
    Exhausted,
    /// A position that is no longer kept.
    OutOfRange,
    /// A dependency is away; trying again is safe and may help.
    Unavailable,
    /// The time given ran out; the outcome may be unknown.
    DeadlineExceeded,
    /// The caller is gone.
    Cancelled,
    /// A bug. Its text never leaves the process.
    Internal,
}

/// One thing that is wrong with one field of the input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Path of the field as in the contract: `items[2].quantity`.
    pub field: String,
    /// What was expected, as a sentence without a full stop: `must be greater than 0`.
    pub description: String,
}

impl Violation {
    /// A violation of `field`; the description says what was expected.
    pub fn new(field: impl Into<String>, description: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            description: description.into(),
        }
    }
}

/// What every error that can reach a caller says of itself.
///
/// `reason` is SCREAMING_SNAKE, stable and part of the API. The `Display` text of an error that is not
/// [`ErrorKind::Internal`] or [`ErrorKind::Unavailable`] is shown to callers.
pub trait Classify: Error {
    /// The kind, which decides the code.
    fn kind(&self) -> ErrorKind;
    /// The stable reason.
    fn reason(&self) -> &str;
    /// All that is wrong with the input, when the input is what is wrong.
    fn violations(&self) -> Vec<Violation> {
        Vec::new()
    }
    /// Facts a program may want: identifiers, limits. Never personal data.
    fn metadata(&self) -> Vec<(String, String)> {
        Vec::new()
    }
    /// How long to wait before trying again, where trying again may help.
    fn retry_after(&self) -> Option<Duration> {
        None
    }
}

/// Displays an error with all its sources, for logs: `could not save the order: connection refused`.
pub struct Chain<'a>(pub &'a (dyn Error + 'a));

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut source = self.0.source();
        while let Some(error) = source {
            write!(f, ": {error}")?;
            source = error.source();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("could not save the order")]
    struct Outer(#[source] std::io::Error);

    #[test]
    fn a_chain_shows_every_source() {
        let error = Outer(std::io::Error::other("connection refused"));
        assert_eq!(
            Chain(&error).to_string(),
            "could not save the order: connection refused"
        );
    }
}
