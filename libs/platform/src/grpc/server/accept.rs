use std::{
    convert::Infallible,
    future::Future,
    net::SocketAddr,
    panic::AssertUnwindSafe,
    pin::pin,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures::{FutureExt, future::BoxFuture};
use hyper::{body::Incoming, rt::Executor, server::conn::http2};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    io::{AsyncRead, AsyncWrite, DuplexStream},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    time::{Instant, interval, sleep, sleep_until, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tonic::{Status, body::Body};
use tower::Service as _;

use super::{
    options::{ServerOptions, Transport},
    polite::Polite,
};
use crate::grpc::{
    Peer,
    layers::{HttpResponse, Served, hold, refuse},
};

/// How long a stopping server waits for a peer that has not said anything yet, and any for one that does not close
/// after it was told that no call is served any more.
const LAST_WORD: Duration = Duration::from_secs(1);

/// The connections of one listener, and the tasks that serve them.
#[derive(Clone)]
pub(super) struct Connections {
    served: Served,
    options: Arc<ServerOptions>,
    tasks: TaskTracker,
    /// No new calls: connections say GOAWAY.
    leaving: CancellationToken,
    /// No more waiting: whatever still runs is dropped.
    gone: CancellationToken,
}

impl Connections {
    pub(super) fn new(served: Served, options: Arc<ServerOptions>) -> Self {
        Self {
            served,
            options,
            tasks: TaskTracker::new(),
            leaving: CancellationToken::new(),
            gone: CancellationToken::new(),
        }
    }

    /// Accepts until `shutdown`.
    pub(super) async fn accept(&self, listener: &TcpListener, shutdown: &CancellationToken) {
        let room = Arc::new(Semaphore::new(self.options.max_connections));
        loop {
            let accepted = async {
                let permit = room.clone().acquire_owned().await.ok();
                (listener.accept().await, permit)
            };
            let (stream, peer, permit) = match shutdown.run_until_cancelled(accepted).await {
                None => return,
                Some((Ok((stream, peer)), permit)) => (stream, peer, permit),
                Some((Err(error), _)) => {
                    // Out of file descriptors, mostly: accepting again at once would only spin.
                    tracing::warn!(%error, "could not accept a connection");
                    shutdown.run_until_cancelled(sleep(Duration::from_millis(50))).await;
                    continue;
                }
            };
            let connections = self.clone();
            self.spawn(async move {
                connections.handshake(stream, peer).await;
                drop(permit);
            });
        }
    }

    /// A connection inside the process; answers the caller's end of it.
    pub(super) fn connect(&self) -> TokioIo<DuplexStream> {
        let (ours, theirs) = tokio::io::duplex(256 * 1_024);
        let connections = self.clone();
        self.spawn(async move { connections.serve(ours, Peer(None)).await });
        TokioIo::new(theirs)
    }

    /// Lets what runs finish, for as long as the options allow.
    pub(super) async fn drain(&self) {
        self.leaving.cancel();
        self.tasks.close();
        if timeout(self.options.drain_timeout, self.tasks.wait()).await.is_err() {
            tracing::warn!(tasks = self.tasks.len(), "calls did not end in time and are dropped");
        }
        self.gone.cancel();
    }

    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let gone = self.gone.clone();
        self.tasks.spawn(async move {
            gone.run_until_cancelled(task).await;
        });
    }

    async fn handshake(&self, stream: TcpStream, peer: SocketAddr) {
        // Small answers must not wait for more to send.
        let _ = stream.set_nodelay(true);
        let peer = Peer(Some(peer));
        let Transport::Tls(certificates) = &self.options.transport else {
            return self.serve(stream, peer).await;
        };
        let handshake = certificates.acceptor().accept(stream);
        match timeout(self.options.handshake_timeout, handshake).await {
            Ok(Ok(stream)) => self.serve(stream, peer).await,
            Ok(Err(error)) => tracing::debug!(%error, %peer, "a TLS handshake failed"),
            Err(_) => tracing::debug!(%peer, "a TLS handshake took too long"),
        }
    }

    async fn serve<I>(&self, io: I, peer: Peer)
    where
        I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let activity = Activity::default();
        let serve = hyper::service::service_fn({
            let (served, activity) = (self.served.clone(), activity.clone());
            move |request: http::Request<Incoming>| {
                let mut served = served.clone();
                let busy = activity.begin();
                async move {
                    let mut request = request.map(Body::new);
                    request.extensions_mut().insert(peer);
                    // The layers catch the panics of handlers; this catches their own.
                    let response = match AssertUnwindSafe(served.call(request)).catch_unwind().await {
                        Ok(Ok(response)) => response,
                        Ok(Err(never)) => match never {},
                        Err(_) => refuse(&Status::internal(wire::INTERNAL_TEXT)),
                    };
                    Ok::<HttpResponse, Infallible>(hold(response, busy))
                }
            }
        });
        let greeted = CancellationToken::new();
        let io = Polite::new(io, greeted.clone(), LAST_WORD);
        let connection = self.http2().serve_connection(TokioIo::new(io), serve);
        let mut connection = pin!(connection);
        let mut leave = pin!(self.time_to_leave(activity));
        let mut silent = pin!(self.silent(greeted));
        let mut left = false;
        loop {
            tokio::select! {
                ended = connection.as_mut() => {
                    if let Err(error) = ended {
                        tracing::debug!(%error, %peer, "a connection broke");
                    }
                    return;
                }
                () = &mut leave, if !left => {
                    left = true;
                    connection.as_mut().graceful_shutdown();
                }
                () = &mut silent => {
                    tracing::debug!(%peer, "a peer did not begin to speak HTTP/2");
                    return;
                }
            }
        }
    }

    fn http2(&self) -> http2::Builder<Tracked> {
        let options = &self.options;
        let mut builder = http2::Builder::new(Tracked(self.clone()));
        builder
            .timer(TokioTimer::new())
            .max_concurrent_streams(options.max_concurrent_streams)
            // Callers who give up before their call was looked at: by default twenty of them cost everybody else
            // on the connection theirs. No more of them can wait here than calls may be open.
            .max_pending_accept_reset_streams(options.max_concurrent_streams as usize)
            .max_header_list_size(options.max_header_list_bytes)
            .initial_stream_window_size(1 << 20)
            .initial_connection_window_size(4 << 20)
            .keep_alive_interval(options.keepalive_interval)
            .keep_alive_timeout(options.keepalive_timeout);
        builder
    }

    /// Resolves when a connection must take no new calls: it is old, idle, or the server stops.
    async fn time_to_leave(&self, activity: Activity) {
        tokio::select! {
            () = self.leaving.cancelled() => {}
            () = sleep(self.options.max_connection_age) => {}
            () = activity.idle_for(self.options.max_connection_idle) => {}
        }
    }

    /// Resolves when a peer has not said a word for too long. Until it has, there is nothing that could be
    /// shut down gracefully: hyper would wait for its first word without end.
    async fn silent(&self, greeted: CancellationToken) {
        let stopping = async {
            self.leaving.cancelled().await;
            sleep(LAST_WORD).await;
        };
        tokio::select! {
            biased;
            () = greeted.cancelled() => std::future::pending().await,
            () = sleep(self.options.handshake_timeout) => {}
            () = stopping => {}
        }
    }
}

/// Looks at the files of the certificate again and again.
pub(super) async fn watch_certificates(options: &ServerOptions) {
    let Transport::Tls(certificates) = &options.transport else {
        return std::future::pending().await;
    };
    let mut every = interval(options.certificate_check);
    loop {
        every.tick().await;
        let certificates = certificates.clone();
        match tokio::task::spawn_blocking(move || certificates.reload()).await {
            Ok(Ok(true)) => tracing::info!("the certificate was replaced"),
            Ok(Ok(false)) => {}
            Ok(Err(error)) => {
                tracing::warn!(error = %kernel::Chain(&error), "the certificate stays as it is");
            }
            Err(error) => tracing::warn!(%error, "could not look at the certificate"),
        }
    }
}

/// Runs the streams of a connection where [`Connections::drain`] sees them.
#[derive(Clone)]
struct Tracked(Connections);

impl<F> Executor<F> for Tracked
where
    F: Future + Send + 'static,
    F::Output: Send,
{
    fn execute(&self, task: F) {
        let task: BoxFuture<'static, ()> = Box::pin(async move {
            task.await;
        });
        self.0.spawn(task);
    }
}

/// How many calls a connection serves, and since when it serves none.
#[derive(Clone)]
struct Activity(Arc<Mutex<(usize, Instant)>>);

impl Default for Activity {
    fn default() -> Self {
        Self(Arc::new(Mutex::new((0, Instant::now()))))
    }
}

impl Activity {
    fn begin(&self) -> Busy {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).0 += 1;
        Busy(self.clone())
    }

    async fn idle_for(&self, limit: Duration) {
        loop {
            let (calls, since) = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let now = Instant::now();
            let look_again = match calls {
                0 if now.duration_since(since) >= limit => return,
                0 => since + limit,
                _ => now + limit,
            };
            sleep_until(look_again).await;
        }
    }
}

struct Busy(Activity);

impl Drop for Busy {
    fn drop(&mut self) {
        let mut state = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.0 -= 1;
        state.1 = Instant::now();
    }
}
