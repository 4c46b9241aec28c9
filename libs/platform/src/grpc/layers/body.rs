//! Response bodies that a layer ends, or that hold something until they end.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{HeaderMap, header::CONTENT_TYPE};
use http_body::{Frame, SizeHint};
use tonic::{Status, body::Body};

use super::HttpResponse;

/// A failure in the place where a stream tells its end.
pub(super) fn trailers(status: &Status) -> HeaderMap {
    let (mut parts, ()) = status.clone().into_http::<()>().into_parts();
    parts.headers.remove(CONTENT_TYPE);
    parts.headers
}

/// Whether the whole answer is in the headers.
pub(super) fn is_over(response: &HttpResponse) -> bool {
    response.headers().contains_key("grpc-status")
}

/// Ends a response with a status as soon as `signal` gives one; with `until_first` only as long as no
/// message was sent.
pub(crate) fn end_when<S>(response: HttpResponse, until_first: bool, signal: S) -> HttpResponse
where
    S: Future<Output = Status> + Send + 'static,
{
    if is_over(&response) {
        return response;
    }
    response.map(|inner| {
        Body::new(EndedBy {
            inner: Some(inner),
            signal: Some(Box::pin(signal)),
            until_first,
        })
    })
}

struct EndedBy<S> {
    inner: Option<Body>,
    signal: Option<Pin<Box<S>>>,
    until_first: bool,
}

impl<S: Future<Output = Status>> http_body::Body for EndedBy<S> {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let this = &mut *self;
        let Some(inner) = &mut this.inner else {
            return Poll::Ready(None);
        };
        if let Some(signal) = &mut this.signal
            && let Poll::Ready(status) = signal.as_mut().poll(cx)
        {
            this.inner = None;
            this.signal = None;
            return Poll::Ready(Some(Ok(Frame::trailers(trailers(&status)))));
        }
        let polled = Pin::new(inner).poll_frame(cx);
        if this.until_first && matches!(&polled, Poll::Ready(Some(Ok(frame))) if frame.is_data()) {
            this.signal = None;
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.inner.as_ref().is_none_or(|inner| inner.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}

/// Keeps `guard` until the response has ended or its caller is gone.
pub(crate) fn hold<G: Send + Unpin + 'static>(response: HttpResponse, guard: G) -> HttpResponse {
    if is_over(&response) {
        return response;
    }
    response.map(|inner| Body::new(Held { inner, _guard: guard }))
}

struct Held<G> {
    inner: Body,
    _guard: G,
}

impl<G: Unpin> http_body::Body for Held<G> {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        Pin::new(&mut self.inner).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

/// Polls a response's body inside `enter`: a span, a task-local.
pub(super) fn polled_in<E: PollIn>(response: HttpResponse, enter: E) -> HttpResponse {
    if is_over(&response) {
        return response;
    }
    response.map(|inner| {
        Body::new(Entered {
            inner: Some(inner),
            enter,
        })
    })
}

/// Something that a body is polled in.
pub(super) trait PollIn: Send + Unpin + 'static {
    fn poll_in<R>(&self, poll: impl FnOnce() -> R) -> R;
}

struct Entered<E: PollIn> {
    inner: Option<Body>,
    enter: E,
}

impl<E: PollIn> http_body::Body for Entered<E> {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let this = &mut *self;
        match &mut this.inner {
            Some(inner) => this.enter.poll_in(|| Pin::new(inner).poll_frame(cx)),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.as_ref().is_none_or(|inner| inner.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}

/// What a stream drops at its end (its last log lines, its calls to others) belongs inside as well.
impl<E: PollIn> Drop for Entered<E> {
    fn drop(&mut self) {
        let inner = self.inner.take();
        self.enter.poll_in(|| drop(inner));
    }
}
