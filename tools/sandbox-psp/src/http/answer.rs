//! What leaves: answers, problems, and nothing at all.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header::CONTENT_TYPE};
use serde_json::{Value, json};

use crate::{
    books::{Answer, Rejection},
    charge::Refusal,
};

/// Marks a response that must not be sent: the connection is closed in its place.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NoAnswer;

/// What is answered.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) body: Value,
    is_lost: bool,
}

impl Reply {
    pub(super) const fn ok(body: Value) -> Self {
        Self::new(StatusCode::OK, body)
    }

    /// Nothing is answered.
    pub(super) const fn lost() -> Self {
        Self {
            status: StatusCode::OK,
            body: Value::Null,
            is_lost: true,
        }
    }

    const fn new(status: StatusCode, body: Value) -> Self {
        Self {
            status,
            body,
            is_lost: false,
        }
    }
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        let mut response = Response::new(self.body.to_string().into());
        *response.status_mut() = self.status;
        response
            .headers_mut()
            .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if self.is_lost {
            response.extensions_mut().insert(NoAnswer);
        }
        response
    }
}

/// What the books answered.
pub(super) fn of(answer: Answer) -> Reply {
    match answer {
        Answer::Card { id, kept } => Reply::ok(json!({"id": id, "brand": kept.brand, "last4": kept.last4})),
        Answer::Charge(view) => Reply::ok(json!(view)),
        Answer::Refused { refusal, charge } => {
            let (status, code, message) = match refusal {
                Refusal::Declined(decline) => (StatusCode::PAYMENT_REQUIRED, decline.code(), decline.message()),
                Refusal::CaptureRefused => (
                    StatusCode::PAYMENT_REQUIRED,
                    "capture_refused",
                    "the money cannot be taken",
                ),
                Refusal::RefundRefused => (
                    StatusCode::PAYMENT_REQUIRED,
                    "refund_refused",
                    "the money cannot be given back",
                ),
                Refusal::WrongState => (
                    StatusCode::CONFLICT,
                    "wrong_state",
                    "the charge is not where that can be done, or has not so much left",
                ),
            };
            let mut body = error(code, message);
            body["charge"] = json!(charge);
            Reply::new(status, body)
        }
    }
}

/// Why there is no answer that would be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Problem {
    Invalid(&'static str),
    InvalidNumber,
    NotFound(&'static str),
    MethodNotAllowed,
    TooLarge,
    KeyInUse,
    KeyReused,
    Unavailable,
}

impl From<Rejection> for Problem {
    fn from(rejection: Rejection) -> Self {
        match rejection {
            Rejection::KeyReused => Problem::KeyReused,
            Rejection::UnknownCharge => Problem::NotFound("there is no such charge"),
            Rejection::UnknownPaymentMethod => Problem::Invalid("`payment_method` must be a token of a card"),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (status, code, message) = match self {
            Problem::Invalid(message) => (StatusCode::BAD_REQUEST, "invalid_request", message),
            Problem::InvalidNumber => (
                StatusCode::BAD_REQUEST,
                "invalid_number",
                "`number` must be the number of a card",
            ),
            Problem::NotFound(message) => (StatusCode::NOT_FOUND, "not_found", message),
            Problem::MethodNotAllowed => (
                StatusCode::METHOD_NOT_ALLOWED,
                "method_not_allowed",
                "that cannot be done here",
            ),
            Problem::TooLarge => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "invalid_request",
                "the body has more than 16 KiB",
            ),
            Problem::KeyInUse => (
                StatusCode::CONFLICT,
                "key_in_use",
                "the operation with this key is still being worked on",
            ),
            Problem::KeyReused => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "key_reused",
                "the key was used with another request",
            ),
            Problem::Unavailable => (
                StatusCode::SERVICE_UNAVAILABLE,
                "unavailable",
                "it may or may not have been done: ask again by the same key",
            ),
        };
        Reply::new(status, error(code, message)).into_response()
    }
}

fn error(code: &str, message: &str) -> Value {
    json!({"error": {"code": code, "message": message}})
}
