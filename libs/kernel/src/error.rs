use std::{error::Error, fmt, sync::Arc, time::Duration};

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

/// One failure that several callers are told of.
impl<E: Classify + ?Sized> Classify for Arc<E> {
    fn kind(&self) -> ErrorKind {
        (**self).kind()
    }

    fn reason(&self) -> &str {
        (**self).reason()
    }

    fn violations(&self) -> Vec<Violation> {
        (**self).violations()
    }

    fn metadata(&self) -> Vec<(String, String)> {
        (**self).metadata()
    }

    fn retry_after(&self) -> Option<Duration> {
        (**self).retry_after()
    }
}

/// Input that breaks rules of the domain: everything that is wrong with it, not only the first thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidInput(pub Vec<Violation>);

impl InvalidInput {
    /// Passes when nothing is wrong.
    ///
    /// # Errors
    /// Something is.
    pub fn unless_empty(found: Vec<Violation>) -> Result<(), Self> {
        if found.is_empty() { Ok(()) } else { Err(Self(found)) }
    }
}

impl fmt::Display for InvalidInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const TOLD: usize = 5;
        if self.0.is_empty() {
            return f.write_str("the request is invalid");
        }
        for (index, violation) in self.0.iter().take(TOLD).enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}{}: {}", violation.field, violation.description)?;
        }
        match self.0.len().saturating_sub(TOLD) {
            0 => Ok(()),
            rest => write!(f, "; and {rest} more"),
        }
    }
}

impl Error for InvalidInput {}

impl Classify for InvalidInput {
    fn kind(&self) -> ErrorKind {
        ErrorKind::InvalidInput
    }
    fn reason(&self) -> &str {
        "INVALID_INPUT"
    }
    fn violations(&self) -> Vec<Violation> {
        self.0.clone()
    }
}

/// What an adapter of a port could not do. The adapter's own error says what it means for the caller;
/// the domain passes it on without knowing the technology behind it.
#[derive(Debug)]
pub struct PortError(Box<dyn Classify + Send + Sync>);

impl PortError {
    /// Passes on the error of an adapter.
    pub fn new(error: impl Classify + Send + Sync + 'static) -> Self {
        Self(Box::new(error))
    }
}

impl fmt::Display for PortError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Error for PortError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source()
    }
}

impl Classify for PortError {
    fn kind(&self) -> ErrorKind {
        self.0.kind()
    }
    fn reason(&self) -> &str {
        self.0.reason()
    }
    fn violations(&self) -> Vec<Violation> {
        self.0.violations()
    }
    fn metadata(&self) -> Vec<(String, String)> {
        self.0.metadata()
    }
    fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after()
    }
}

/// Writes [`Classify`] for the error of a use case: `pass` names the variants that wrap an error which
/// speaks for itself, the others get a kind and a reason.
///
/// `classify!(CreateError { pass NotAllowed, Storage; EmailTaken => AlreadyExists "EMAIL_TAKEN"; });`
#[macro_export]
macro_rules! classify {
    ($error:ident { pass $($pass:ident),+; $($variant:ident => $kind:ident $reason:literal;)* }) => {
        impl $crate::Classify for $error {
            fn kind(&self) -> $crate::ErrorKind {
                match self {
                    $($error::$pass(error) => $crate::Classify::kind(error),)+
                    $($error::$variant { .. } => $crate::ErrorKind::$kind,)*
                }
            }
            fn reason(&self) -> &str {
                match self {
                    $($error::$pass(error) => $crate::Classify::reason(error),)+
                    $($error::$variant { .. } => $reason,)*
                }
            }
            fn violations(&self) -> Vec<$crate::Violation> {
                match self {
                    $($error::$pass(error) => $crate::Classify::violations(error),)+
                    $($error::$variant { .. } => Vec::new(),)*
                }
            }
            fn metadata(&self) -> Vec<(String, String)> {
                match self {
                    $($error::$pass(error) => $crate::Classify::metadata(error),)+
                    $($error::$variant { .. } => Vec::new(),)*
                }
            }
            fn retry_after(&self) -> Option<std::time::Duration> {
                match self {
                    $($error::$pass(error) => $crate::Classify::retry_after(error),)+
                    $($error::$variant { .. } => None,)*
                }
            }
        }
    };
}

/// Displays an error with all its sources, for logs: `could not save the order: connection refused`.
pub struct Chain<'a>(pub &'a (dyn Error + 'a));

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut said = self.0.to_string();
        f.write_str(&said)?;
        let mut source = self.0.source();
        while let Some(error) = source {
            let text = error.to_string();
            // Some errors show their source themselves.
            if !said.ends_with(&text) {
                write!(f, ": {text}")?;
            }
            said = text;
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
    fn invalid_input_names_the_first_five_and_counts_the_rest() {
        let found: Vec<_> = (0..7).map(|n| Violation::new(format!("f{n}"), "must be set")).collect();
        let text = InvalidInput(found).to_string();
        assert!(text.starts_with("f0: must be set; f1:"), "{text}");
        assert!(text.ends_with("f4: must be set; and 2 more"), "{text}");
    }

    #[derive(Debug, thiserror::Error)]
    #[error("could not load the cart: {0}")]
    struct ShowsItsSource(#[source] Outer);

    #[test]
    fn a_source_that_an_error_shows_itself_is_not_shown_again() {
        let error = ShowsItsSource(Outer(std::io::Error::other("connection refused")));
        assert_eq!(
            Chain(&error).to_string(),
            "could not load the cart: could not save the order: connection refused"
        );
    }

    #[test]
    fn a_chain_shows_every_source() {
        let error = Outer(std::io::Error::other("connection refused"));
        assert_eq!(
            Chain(&error).to_string(),
            "could not save the order: connection refused"
        );
    }
}
