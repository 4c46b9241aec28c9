//! The one way an error becomes a gRPC status.

use std::{collections::HashMap, time::Duration};

use kernel::{Chain, Classify, ErrorKind, Violation};
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, FieldViolation, StatusExt};

/// `google.rpc.ErrorInfo.domain` of everything this platform answers.
pub const ERROR_DOMAIN: &str = "counterfoil";

/// How long a caller waits when an error that may pass does not say.
const DEFAULT_RETRY: Duration = Duration::from_millis(200);

/// The text of every INTERNAL status: bugs tell callers nothing.
pub const INTERNAL_TEXT: &str = "an internal error; the request id names it in our logs";

/// The status a caller sees. What only we may know (the sources, the text of bugs) is logged here, once.
pub fn status(error: &dyn Classify) -> Status {
    match error.kind() {
        ErrorKind::Internal => {
            tracing::error!(error = %Chain(&error), error.reason = error.reason(), "internal error");
        }
        ErrorKind::Unavailable => {
            tracing::warn!(error = %Chain(&error), error.reason = error.reason(), "dependency unavailable");
        }
        _ => {}
    }
    quiet_status(error)
}

/// The same status, for what is no news to an operator: a refusal that is part of normal working.
pub fn quiet_status(error: &dyn Classify) -> Status {
    let kind = error.kind();
    let code = code(kind);
    if kind == ErrorKind::Internal {
        return Status::new(code, INTERNAL_TEXT);
    }
    let mut details = ErrorDetails::new();
    details.set_error_info(
        error.reason(),
        ERROR_DOMAIN,
        error.metadata().into_iter().collect::<HashMap<_, _>>(),
    );
    let violations = error.violations();
    if !violations.is_empty() {
        details.set_bad_request(field_violations(&violations));
    }
    let retry = error
        .retry_after()
        .or((kind == ErrorKind::Unavailable).then_some(DEFAULT_RETRY));
    if let Some(after) = retry {
        details.set_retry_info(Some(after));
    }
    Status::with_error_details(code, error.to_string(), details)
}

/// INVALID_ARGUMENT `INVALID_INPUT` with everything that is wrong.
pub fn status_of_invalid_input(violations: &[Violation]) -> Status {
    let message = match violations {
        [] => "the request is invalid".to_owned(),
        [one] => describe(one),
        many => {
            let all: Vec<String> = many.iter().take(5).map(describe).collect();
            let rest = many.len().saturating_sub(5);
            let tail = if rest > 0 {
                format!("; and {rest} more")
            } else {
                String::new()
            };
            format!("{}{tail}", all.join("; "))
        }
    };
    let mut details = ErrorDetails::new();
    details.set_error_info("INVALID_INPUT", ERROR_DOMAIN, HashMap::new());
    details.set_bad_request(field_violations(violations));
    Status::with_error_details(Code::InvalidArgument, message, details)
}

/// How long a status asks its caller to wait before trying again.
pub fn retry_after_of(status: &Status) -> Option<Duration> {
    status.get_details_retry_info().and_then(|info| info.retry_delay)
}

/// The stable reason of a status that this platform answered.
pub fn reason_of(status: &Status) -> Option<String> {
    status.get_details_error_info().map(|info| info.reason)
}

fn describe(violation: &Violation) -> String {
    if violation.field.is_empty() {
        violation.description.clone()
    } else {
        format!("{}: {}", violation.field, violation.description)
    }
}

/// A status is a header, and peers refuse headers over 8 to 16 KiB: as many violations as fit are told,
/// the first one always.
fn field_violations(violations: &[Violation]) -> Vec<FieldViolation> {
    const ROOM: usize = 5 * 1024;
    let mut used = 0;
    violations
        .iter()
        .enumerate()
        .take_while(|(index, violation)| {
            used += violation.field.len() + violation.description.len() + 8;
            *index == 0 || used <= ROOM
        })
        .map(|(_, violation)| FieldViolation::new(violation.field.clone(), violation.description.clone()))
        .collect()
}

const fn code(kind: ErrorKind) -> Code {
    match kind {
        ErrorKind::InvalidInput => Code::InvalidArgument,
        ErrorKind::Unauthenticated => Code::Unauthenticated,
        ErrorKind::NotAllowed => Code::PermissionDenied,
        ErrorKind::NotFound => Code::NotFound,
        ErrorKind::AlreadyExists => Code::AlreadyExists,
        ErrorKind::Conflict => Code::Aborted,
        ErrorKind::WrongState => Code::FailedPrecondition,
        ErrorKind::Exhausted => Code::ResourceExhausted,
        ErrorKind::OutOfRange => Code::OutOfRange,
        ErrorKind::Unavailable => Code::Unavailable,
        ErrorKind::DeadlineExceeded => Code::DeadlineExceeded,
        ErrorKind::Cancelled => Code::Cancelled,
        ErrorKind::Internal => Code::Internal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("secret detail")]
    struct Bug;
    impl Classify for Bug {
        fn kind(&self) -> ErrorKind {
            ErrorKind::Internal
        }
        fn reason(&self) -> &str {
            "INTERNAL"
        }
    }

    #[test]
    fn a_bug_tells_nothing() {
        let status = status(&Bug);
        assert_eq!(status.code(), Code::Internal);
        assert!(!status.message().contains("secret"));
        assert!(status.details().is_empty());
    }

    #[test]
    fn all_violations_are_told_at_once() {
        let status = status_of_invalid_input(&[
            Violation::new("a", "must be set"),
            Violation::new("b[1]", "must be set"),
        ]);
        let told = status.get_details_bad_request().map(|bad| bad.field_violations.len());
        assert_eq!(told, Some(2));
        assert_eq!(reason_of(&status).as_deref(), Some("INVALID_INPUT"));
    }

    #[test]
    fn a_status_stays_small_enough_for_a_header() {
        let many: Vec<_> = (0..5_000)
            .map(|index| Violation::new(format!("items[{index}].quantity"), "must be greater than 0"))
            .collect();
        let status = status_of_invalid_input(&many);
        assert!(status.details().len() + status.message().len() < 6 * 1024);
        let told = status
            .get_details_bad_request()
            .map_or(0, |bad| bad.field_violations.len());
        assert!(told > 50, "{told}");
    }
}
