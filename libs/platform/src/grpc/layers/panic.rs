use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use futures::FutureExt;
use http::HeaderMap;
use http_body::{Frame, SizeHint};
use tonic::{Code, Status, body::Body};

use super::{Around, HttpRequest, HttpResponse, Next, body, refuse};
use crate::grpc::RequestId;

/// What a bug looks like from outside: INTERNAL with the request id and nothing else, whether a
/// handler panicked, its stream did, or an error without a meaning came up.
pub(super) struct Panic;

impl Around for Panic {
    async fn call<N: Next>(&self, request: HttpRequest, next: N) -> HttpResponse {
        let id = request.extensions().get::<RequestId>().cloned();
        let id = id.as_ref().map_or("", RequestId::as_str).to_owned();
        let response = match AssertUnwindSafe(next.run(request)).catch_unwind().await {
            Ok(response) => response,
            Err(panic) => return refuse(&of_panic(panic.as_ref(), &id)),
        };
        if body::is_over(&response) {
            let hidden = hidden(response.headers(), &id);
            return hidden.map_or(response, |status| refuse(&status));
        }
        response.map(|inner| Body::new(Caught { inner: Some(inner), id }))
    }
}

struct Caught {
    inner: Option<Body>,
    id: String,
}

impl http_body::Body for Caught {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let this = &mut *self;
        let Some(inner) = &mut this.inner else {
            return Poll::Ready(None);
        };
        let failed = match catch_unwind(AssertUnwindSafe(|| Pin::new(inner).poll_frame(cx))) {
            Ok(Poll::Ready(Some(Ok(frame)))) => match frame.trailers_ref().and_then(|found| hidden(found, &this.id)) {
                Some(status) => status,
                None => return Poll::Ready(Some(Ok(frame))),
            },
            Ok(polled) => return polled,
            Err(panic) => of_panic(panic.as_ref(), &this.id),
        };
        this.inner = None;
        Poll::Ready(Some(Ok(Frame::trailers(body::trailers(&failed)))))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.as_ref().is_none_or(|inner| inner.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}

fn internal(id: &str) -> Status {
    Status::internal(format!("an internal error; request id {id}"))
}

fn of_panic(panic: &(dyn Any + Send), id: &str) -> Status {
    let text = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("a panic without text");
    tracing::error!(panic = text, request.id = id, "a handler panicked");
    internal(id)
}

/// The status to tell instead of one that callers must not read.
fn hidden(headers: &HeaderMap, id: &str) -> Option<Status> {
    let code = headers.get("grpc-status")?.as_bytes();
    if !matches!(Code::from_bytes(code), Code::Internal | Code::Unknown | Code::DataLoss) {
        return None;
    }
    let text = Status::from_header_map(headers)
        .map(|status| status.message().to_owned())
        .unwrap_or_default();
    // The one mapping of errors has logged its own already.
    if text != wire::INTERNAL_TEXT {
        tracing::error!(error = text, request.id = id, "internal error");
    }
    Some(internal(id))
}
