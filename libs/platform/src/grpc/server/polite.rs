use std::{
    future::Future,
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Sleep, sleep},
};
use tokio_util::sync::CancellationToken;

/// What a client of HTTP/2 says first.
const PREFACE: usize = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".len();

/// A connection as its peer wants it to be treated. It tells when the peer has sent as much as the preface of HTTP/2.
/// Its end waits for the peer's: a socket that is closed with something unread in it is reset, and a peer that is
/// reset may lose what it has not read, which is the GOAWAY that tells it which calls to send again.
pub(super) struct Polite<I> {
    io: I,
    awaited: usize,
    greeted: CancellationToken,
    patience: Duration,
    leaving: Option<Pin<Box<Sleep>>>,
}

impl<I> Polite<I> {
    /// Cancels the token when greeted; waits so long for the peer's end.
    pub(super) const fn new(io: I, greeted: CancellationToken, patience: Duration) -> Self {
        Self {
            io,
            awaited: PREFACE,
            greeted,
            patience,
            leaving: None,
        }
    }
}

impl<I: AsyncRead + Unpin> AsyncRead for Polite<I> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let polled = Pin::new(&mut self.io).poll_read(cx, buf);
        if self.awaited > 0 {
            self.awaited = self.awaited.saturating_sub(buf.filled().len() - before);
            if self.awaited == 0 {
                self.greeted.cancel();
            }
        }
        polled
    }
}

impl<I: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Polite<I> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.leaving.is_none() {
            ready!(Pin::new(&mut this.io).poll_shutdown(cx))?;
        }
        let patience = this.patience;
        let leaving = this.leaving.get_or_insert_with(|| Box::pin(sleep(patience)));
        let mut unread = [0; 1_024];
        while leaving.as_mut().poll(cx).is_pending() {
            let mut unread = ReadBuf::new(&mut unread);
            let read = ready!(Pin::new(&mut this.io).poll_read(cx, &mut unread));
            if read.is_err() || unread.filled().is_empty() {
                break;
            }
        }
        Poll::Ready(Ok(()))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write_vectored(cx, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }
}
