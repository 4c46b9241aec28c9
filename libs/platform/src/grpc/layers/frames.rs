use std::{
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use tonic::{Status, body::Body};
use wire::CallKind;

use super::{Around, Called, HttpRequest, HttpResponse, Next};
use crate::grpc::Refused;

/// Checks the frames of requests before tonic reads them, because tonic answers INTERNAL and
/// OUT_OF_RANGE where the contract has INVALID_ARGUMENT and `MESSAGE_TOO_LARGE`.
pub(super) struct Frames {
    pub(super) max_message_bytes: usize,
}

impl Around for Frames {
    async fn call<N: Next>(&self, request: HttpRequest, next: N) -> HttpResponse {
        let single = matches!(Called::of(&request).kind(), CallKind::Unary | CallKind::ServerStream);
        let encoded = request
            .headers()
            .get("grpc-encoding")
            .is_some_and(|encoding| encoding != "identity");
        let limit = self.max_message_bytes;
        let request = request.map(|inner| {
            Body::new(Checked {
                inner,
                limit,
                single,
                encoded,
                header: [0; 5],
                header_read: 0,
                left: 0,
                messages: 0,
                over: false,
            })
        });
        next.run(request).await
    }
}

struct Checked {
    inner: Body,
    limit: usize,
    /// The method takes exactly one message.
    single: bool,
    /// The request names a compression.
    encoded: bool,
    header: [u8; 5],
    header_read: usize,
    /// Bytes of the current message still to come.
    left: usize,
    messages: usize,
    over: bool,
}

const fn bad(expected: &'static str) -> Refused {
    Refused::BadInput { field: "", expected }
}

impl Checked {
    fn check(&mut self, mut data: &[u8]) -> Result<(), Refused> {
        while !data.is_empty() {
            if self.left > 0 {
                let taken = self.left.min(data.len());
                self.left -= taken;
                data = &data[taken..];
                continue;
            }
            let taken = (self.header.len() - self.header_read).min(data.len());
            let (now, rest) = data.split_at(taken);
            self.header[self.header_read..self.header_read + taken].copy_from_slice(now);
            self.header_read += taken;
            data = rest;
            if self.header_read == self.header.len() {
                self.header_read = 0;
                self.start()?;
            }
        }
        Ok(())
    }

    fn start(&mut self) -> Result<(), Refused> {
        let [flag, length @ ..] = self.header;
        match flag {
            0 => {}
            1 if self.encoded => {}
            1 => return Err(bad("a compressed message needs grpc-encoding")),
            _ => return Err(bad("must be framed as gRPC messages are")),
        }
        self.left = u32::from_be_bytes(length) as usize;
        if self.left > self.limit {
            return Err(Refused::MessageTooLarge { limit: self.limit });
        }
        self.messages += 1;
        if self.single && self.messages > 1 {
            return Err(bad("this method takes one message"));
        }
        Ok(())
    }

    fn end(&self) -> Result<(), Refused> {
        if self.left > 0 || self.header_read > 0 {
            return Err(bad("the message is cut off"));
        }
        if self.single && self.messages == 0 {
            return Err(bad("the message is missing"));
        }
        Ok(())
    }
}

impl http_body::Body for Checked {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let this = &mut *self;
        if this.over {
            return Poll::Ready(None);
        }
        let polled = Pin::new(&mut this.inner).poll_frame(cx);
        let checked = match &polled {
            Poll::Ready(Some(Ok(frame))) => match frame.data_ref() {
                Some(data) => this.check(data),
                None => this.end(),
            },
            Poll::Ready(None) => {
                this.over = true;
                this.end()
            }
            Poll::Ready(Some(Err(_))) | Poll::Pending => Ok(()),
        };
        match checked {
            Ok(()) => polled,
            Err(refused) => {
                this.over = true;
                Poll::Ready(Some(Err(refused.status())))
            }
        }
    }

    // An empty request must be polled as well: that it is empty is what is wrong with it.
    fn is_end_stream(&self) -> bool {
        self.over || (!self.single && self.inner.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}
