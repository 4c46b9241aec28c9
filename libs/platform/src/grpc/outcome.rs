//! How a call ended: read from the headers or from the trailers of its response, wherever the status is.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::HeaderMap;
use http_body::{Frame, SizeHint};
use tonic::{Code, Status, body::Body};

/// The end of a call.
#[derive(Debug, Clone)]
pub(crate) struct Outcome {
    pub(crate) code: Code,
    pub(crate) reason: Option<String>,
}

impl Outcome {
    pub(crate) fn of(status: &Status) -> Self {
        Self {
            code: status.code(),
            reason: wire::reason_of(status),
        }
    }

    pub(crate) fn in_headers(headers: &HeaderMap) -> Option<Self> {
        let status = headers.get("grpc-status")?;
        if status.as_bytes() == b"0" {
            return Some(Self {
                code: Code::Ok,
                reason: None,
            });
        }
        Status::from_header_map(headers).map(|status| Self::of(&status))
    }
}

/// Calls its function once with the end of a call: a call that is dropped before it ended was cancelled.
pub(crate) struct OnEnd<F: FnOnce(Outcome)>(Option<F>);

impl<F: FnOnce(Outcome)> OnEnd<F> {
    pub(crate) fn new(then: F) -> Self {
        Self(Some(then))
    }

    pub(crate) fn end(&mut self, outcome: Outcome) {
        if let Some(then) = self.0.take() {
            then(outcome);
        }
    }
}

impl<F: FnOnce(Outcome)> Drop for OnEnd<F> {
    fn drop(&mut self) {
        self.end(Outcome {
            code: Code::Cancelled,
            reason: None,
        });
    }
}

/// Watches a response until its end.
pub(crate) fn watch<F>(response: http::Response<Body>, mut on_end: OnEnd<F>) -> http::Response<Body>
where
    F: FnOnce(Outcome) + Send + Unpin + 'static,
{
    if let Some(outcome) = Outcome::in_headers(response.headers()) {
        on_end.end(outcome);
        return response;
    }
    response.map(|inner| Body::new(Watched { inner, on_end }))
}

struct Watched<F: FnOnce(Outcome)> {
    inner: Body,
    on_end: OnEnd<F>,
}

impl<F: FnOnce(Outcome) + Unpin> http_body::Body for Watched<F> {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let polled = Pin::new(&mut self.inner).poll_frame(cx);
        match &polled {
            Poll::Ready(Some(Ok(frame))) => {
                if let Some(outcome) = frame.trailers_ref().and_then(Outcome::in_headers) {
                    self.on_end.end(outcome);
                }
            }
            Poll::Ready(Some(Err(status))) => self.on_end.end(Outcome::of(status)),
            // A response must end with its status; one that does not leaves the caller without an answer.
            Poll::Ready(None) => self.on_end.end(Outcome {
                code: Code::Unknown,
                reason: None,
            }),
            Poll::Pending => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

/// The code as metrics name it.
pub(crate) const fn code_name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "Canceled",
        Code::Unknown => "Unknown",
        Code::InvalidArgument => "InvalidArgument",
        Code::DeadlineExceeded => "DeadlineExceeded",
        Code::NotFound => "NotFound",
        Code::AlreadyExists => "AlreadyExists",
        Code::PermissionDenied => "PermissionDenied",
        Code::ResourceExhausted => "ResourceExhausted",
        Code::FailedPrecondition => "FailedPrecondition",
        Code::Aborted => "Aborted",
        Code::OutOfRange => "OutOfRange",
        Code::Unimplemented => "Unimplemented",
        Code::Internal => "Internal",
        Code::Unavailable => "Unavailable",
        Code::DataLoss => "DataLoss",
        Code::Unauthenticated => "Unauthenticated",
    }
}
