use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures::{
    FutureExt,
    future::{BoxFuture, Shared},
};
use hyper::{
    body::Incoming,
    client::conn::{TrySendError, http2::SendRequest},
};
use kernel::Chain;
use tonic::body::Body;

use super::dial::{DialError, Dialed, Dialer, Place};
use crate::grpc::layers::HttpRequest;

/// The waits before a place that could not be reached is tried again, with no call waiting for it.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(8);

/// So many connections are waited for that end before they can be used.
const CONNECTIONS: usize = 16;

/// One place where a peer answers, with at most one connection. Once nobody has it any more its connection closes,
/// after the calls in flight on it.
///
/// Nobody keeps the sender of a connection that has ended: a request that is sent while its connection ends can get
/// into the queue after that was emptied, and is given back when the last sender is gone, not before.
pub(super) struct Pod {
    place: Place,
    dialer: Arc<Dialer>,
    link: Mutex<Link>,
    in_flight: AtomicUsize,
    /// It could not be reached when last tried.
    down: AtomicBool,
}

enum Link {
    Idle,
    Connecting(Connecting),
    Connected(SendRequest<Body>),
}

/// The response, or what became of the request.
pub(super) type Answer = Result<http::Response<Incoming>, TrySendError<HttpRequest>>;

/// Shared by all who wait for it, success or failure.
type Connecting = Shared<BoxFuture<'static, Result<(), Arc<DialError>>>>;

impl Pod {
    pub(super) fn new(place: Place, dialer: Arc<Dialer>) -> Self {
        Self {
            place,
            dialer,
            link: Mutex::new(Link::Idle),
            in_flight: AtomicUsize::new(0),
            down: AtomicBool::new(false),
        }
    }

    pub(super) const fn place(&self) -> &Place {
        &self.place
    }

    pub(super) fn in_flight(&self) -> usize {
        self.in_flight.load(Ordering::Relaxed)
    }

    pub(super) fn is_down(&self) -> bool {
        self.down.load(Ordering::Relaxed)
    }

    /// Counts a call until the guard is dropped.
    pub(super) fn enter(self: &Arc<Self>) -> InFlight {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        InFlight(Arc::clone(self))
    }

    /// Puts a request on its connection, which is made if there is none. What comes out is the answer to wait for.
    pub(super) async fn send(
        self: &Arc<Self>,
        request: &mut HttpRequest,
    ) -> Result<impl Future<Output = Answer> + use<>, Arc<DialError>> {
        let mut sender = self.sender().await?;
        Ok(sender.try_send_request(std::mem::take(request)))
    }

    async fn sender(self: &Arc<Self>) -> Result<SendRequest<Body>, Arc<DialError>> {
        for _ in 0..CONNECTIONS {
            let connecting = {
                let mut link = self.link();
                match &*link {
                    Link::Connected(sender) if !sender.is_closed() => return Ok(sender.clone()),
                    // One that has come to its end here was given up.
                    Link::Connecting(connecting) if connecting.peek().is_none() => connecting.clone(),
                    Link::Idle | Link::Connecting(_) | Link::Connected(_) => {
                        let connecting = self.connect();
                        *link = Link::Connecting(connecting.clone());
                        connecting
                    }
                }
            };
            connecting.await?;
        }
        Err(Arc::new(DialError::Fleeting))
    }

    /// A task of its own, which no caller who gives up takes with it.
    fn connect(self: &Arc<Self>) -> Connecting {
        let pod = Arc::clone(self);
        let attempt = tokio::spawn(async move {
            let made = pod.dialer.dial(&pod.place).await.map_err(Arc::new);
            pod.settle(made)
        });
        attempt
            .map(|done| done.unwrap_or_else(|_| Err(Arc::new(DialError::GivenUp))))
            .boxed()
            .shared()
    }

    fn settle(self: &Arc<Self>, made: Result<Dialed, Arc<DialError>>) -> Result<(), Arc<DialError>> {
        let mut link = self.link();
        match made {
            Ok(Dialed { sender, connection }) => {
                *link = Link::Connected(sender);
                self.down.store(false, Ordering::Relaxed);
                let pod = Arc::downgrade(self);
                tokio::spawn(async move {
                    connection.await;
                    if let Some(pod) = pod.upgrade() {
                        pod.forget();
                    }
                });
                Ok(())
            }
            Err(error) => {
                *link = Link::Idle;
                if !self.down.swap(true, Ordering::Relaxed) {
                    tracing::warn!(
                        net.peer.address = %self.place,
                        error = %Chain(error.as_ref()),
                        "an address of a peer cannot be reached",
                    );
                    tokio::spawn(probe(Arc::downgrade(self)));
                }
                Err(error)
            }
        }
    }

    /// Lets go of a connection that has ended.
    fn forget(&self) {
        let mut link = self.link();
        if matches!(&*link, Link::Connected(sender) if sender.is_closed()) {
            *link = Link::Idle;
        }
    }

    fn link(&self) -> MutexGuard<'_, Link> {
        self.link.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Tries again until it can be reached, or is no place of the peer any more.
async fn probe(pod: Weak<Pod>) {
    let mut pause = FIRST_PAUSE;
    loop {
        tokio::time::sleep(pause).await;
        let Some(pod) = pod.upgrade() else { return };
        if !pod.is_down() || pod.sender().await.is_ok() {
            return;
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// A call in flight.
pub(super) struct InFlight(Arc<Pod>);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::{TcpListener, TcpStream},
        task::JoinSet,
        time::{Instant, timeout},
    };

    use super::*;
    use crate::grpc::client::ClientOptions;

    const SETTINGS: [u8; 9] = [0, 0, 0, 4, 0, 0, 0, 0, 0];
    /// No stream was looked at, and nothing is wrong.
    const GOAWAY: [u8; 17] = [0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    const LONG: Duration = Duration::from_secs(10);

    async fn listen() -> (TcpListener, Arc<Pod>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let options = ClientOptions::new(format!("http://{address}"));
        let dialer = Dialer::try_new(&options, &options.target.parse().unwrap(), "127.0.0.1").unwrap();
        (listener, Arc::new(Pod::new(Place::Address(address), Arc::new(dialer))))
    }

    async fn retire(mut connection: TcpStream) {
        connection.write_all(&SETTINGS).await.unwrap();
        connection.write_all(&GOAWAY).await.unwrap();
        connection.shutdown().await.unwrap();
        while connection.read(&mut [0; 1_024]).await.is_ok_and(|read| read > 0) {}
    }

    #[tokio::test]
    async fn a_connection_that_has_ended_is_let_go_without_a_call() {
        let (listener, pod) = listen().await;
        let (connection, sender) = tokio::join!(listener.accept(), pod.sender());
        drop(sender.unwrap());
        retire(connection.unwrap().0).await;
        testkit::wait_for(|| matches!(*pod.link(), Link::Idle), LONG).await;
    }

    #[test]
    fn a_connection_that_was_given_up_is_not_waited_for_again() {
        let runtime = || tokio::runtime::Runtime::new().unwrap();
        let lasting = runtime();
        let (_listener, pod) = lasting.block_on(listen());
        // Its tasks end with it.
        runtime().block_on(async { assert!(futures::poll!(std::pin::pin!(pod.sender())).is_pending()) });
        lasting.block_on(async {
            drop(pod.sender().await);
            pod.sender().await.unwrap();
        });
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 8)]
    async fn a_request_that_meets_the_end_of_its_connection_is_not_forgotten() {
        let (listener, pod) = listen().await;
        tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                tokio::spawn(retire(connection));
            }
        });
        let until = Instant::now() + Duration::from_secs(1);
        let mut callers = JoinSet::new();
        for _ in 0..32 {
            let pod = Arc::clone(&pod);
            callers.spawn(async move {
                while Instant::now() < until {
                    let mut request = HttpRequest::new(Body::empty());
                    *request.uri_mut() = "http://peer/call".parse().unwrap();
                    let answer = pod.send(&mut request).await.unwrap();
                    timeout(LONG, answer).await.unwrap().unwrap_err();
                }
            });
        }
        callers.join_all().await;
    }
}
