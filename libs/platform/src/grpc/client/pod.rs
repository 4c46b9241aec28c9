use std::{
    net::SocketAddr,
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
use hyper::client::conn::http2::SendRequest;
use kernel::Chain;
use tonic::body::Body;

use super::dial::{DialError, Dialer};

/// The waits before an address that could not be reached is tried again, with no call waiting for it.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(8);

/// One address of a peer, with at most one connection. Once nobody has it any more its connection closes, after
/// the calls in flight on it.
pub(super) struct Pod {
    address: SocketAddr,
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

/// Shared by all who wait for it, success or failure.
type Connecting = Shared<BoxFuture<'static, Result<SendRequest<Body>, Arc<DialError>>>>;

impl Pod {
    pub(super) fn new(address: SocketAddr, dialer: Arc<Dialer>) -> Self {
        Self {
            address,
            dialer,
            link: Mutex::new(Link::Idle),
            in_flight: AtomicUsize::new(0),
            down: AtomicBool::new(false),
        }
    }

    pub(super) const fn address(&self) -> SocketAddr {
        self.address
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

    /// Its connection, made if there is none.
    pub(super) async fn sender(self: &Arc<Self>) -> Result<SendRequest<Body>, Arc<DialError>> {
        let connecting = {
            let mut link = self.link();
            match &*link {
                Link::Connected(sender) if !sender.is_closed() => return Ok(sender.clone()),
                Link::Connecting(connecting) => connecting.clone(),
                Link::Idle | Link::Connected(_) => {
                    let connecting = self.connect();
                    *link = Link::Connecting(connecting.clone());
                    connecting
                }
            }
        };
        connecting.await
    }

    /// A task of its own, which no caller who gives up takes with it.
    fn connect(self: &Arc<Self>) -> Connecting {
        let pod = Arc::clone(self);
        let attempt = tokio::spawn(async move {
            let made = pod.dialer.dial(pod.address).await.map_err(Arc::new);
            pod.settle(&made);
            made
        });
        attempt
            .map(|done| done.unwrap_or_else(|_| Err(Arc::new(DialError::GivenUp))))
            .boxed()
            .shared()
    }

    fn settle(self: &Arc<Self>, made: &Result<SendRequest<Body>, Arc<DialError>>) {
        let mut link = self.link();
        match made {
            Ok(sender) => {
                *link = Link::Connected(sender.clone());
                self.down.store(false, Ordering::Relaxed);
            }
            Err(error) => {
                *link = Link::Idle;
                if !self.down.swap(true, Ordering::Relaxed) {
                    tracing::warn!(
                        net.peer.address = %self.address,
                        error = %Chain(error.as_ref()),
                        "an address of a peer cannot be reached",
                    );
                    tokio::spawn(probe(Arc::downgrade(self)));
                }
            }
        }
    }

    fn link(&self) -> MutexGuard<'_, Link> {
        self.link.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Tries again until it can be reached, or is no address of the peer any more.
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
