use std::{
    collections::BTreeSet,
    net::SocketAddr,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicUsize, Ordering},
    },
};

use futures::StreamExt;
use kernel::Chain;
use tokio_util::task::AbortOnDropHandle;
use tonic::{body::Body, transport::Channel};
use tower::BoxError;

use super::{Addresses, dial::Dialer, pod::Pod};
use crate::grpc::layers::{HttpRequest, HttpResponse, hold};

/// So many addresses are tried for one call before the peer counts as away.
const ATTEMPTS: usize = 3;

/// Calls spread over the addresses that discovery tells of: to the one of two that has fewer calls in flight, every
/// pair in its turn, so that all get the same while nothing is going on.
///
/// A call goes to another address when it could not be sent to the first. Where it may have been, that is not for
/// this to decide.
#[derive(Clone)]
pub(super) struct Balanced {
    shared: Arc<Known>,
    _following: Arc<AbortOnDropHandle<()>>,
}

struct Known {
    peer: String,
    dialer: Arc<Dialer>,
    route: RwLock<Route>,
    turn: AtomicUsize,
}

/// No address is left that a call could go to.
#[derive(Debug, thiserror::Error)]
#[error("no address of the peer can be reached")]
struct Nobody;

#[derive(Clone)]
pub(super) enum Route {
    /// Nothing was told yet: the peer is called by its name.
    Name(Channel),
    Pods(Arc<[Arc<Pod>]>),
}

impl Balanced {
    /// Calls `named` until the first addresses are told.
    pub(super) fn following(mut told: Addresses, named: Channel, dialer: Dialer, peer: String) -> Self {
        let mut start = [0; 4];
        // Where the turns begin matters only in so far as callers that start together should not agree on it.
        let _ = aws_lc_rs::rand::fill(&mut start);
        let shared = Arc::new(Known {
            peer,
            dialer: Arc::new(dialer),
            route: RwLock::new(Route::Name(named)),
            turn: AtomicUsize::new(u32::from_le_bytes(start) as usize),
        });
        let known = Arc::clone(&shared);
        let following = tokio::spawn(async move {
            while let Some(addresses) = told.next().await {
                known.replace(&addresses);
            }
        });
        Self {
            shared,
            _following: Arc::new(AbortOnDropHandle::new(following)),
        }
    }

    pub(super) fn route(&self) -> Route {
        self.shared.route()
    }

    /// Sends a request to one of the addresses.
    pub(super) async fn send(&self, mut request: HttpRequest) -> Result<HttpResponse, BoxError> {
        self.shared.dialer.direct(&mut request);
        let mut tried = Vec::new();
        for _ in 0..ATTEMPTS {
            let Some(pod) = self.shared.choose(&tried) else { break };
            let in_flight = pod.enter();
            let mut sender = match pod.sender().await {
                Ok(sender) => sender,
                Err(error) => {
                    tracing::debug!(net.peer.address = %pod.address(), error = %Chain(error.as_ref()), "a call goes elsewhere");
                    tried.push(pod.address());
                    continue;
                }
            };
            match sender.try_send_request(request).await {
                Ok(response) => return Ok(hold(response.map(Body::new), in_flight)),
                // Given back, so the connection closed before any of it was sent.
                Err(mut refused) => match refused.take_message() {
                    Some(unsent) => request = unsent,
                    None => return Err(refused.into_error().into()),
                },
            }
        }
        Err(Nobody.into())
    }
}

impl Known {
    fn route(&self) -> Route {
        self.route.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Who stays keeps its connection; who leaves finishes what it was asked.
    fn replace(&self, addresses: &BTreeSet<SocketAddr>) {
        let before = match self.route() {
            Route::Name(_) => Arc::default(),
            Route::Pods(pods) => pods,
        };
        let known = |address: &SocketAddr| before.iter().find(|pod| pod.address() == *address);
        let pods = addresses.iter().map(|address| match known(address) {
            Some(pod) => Arc::clone(pod),
            None => Arc::new(Pod::new(*address, Arc::clone(&self.dialer))),
        });
        let route = Route::Pods(pods.collect());
        *self.route.write().unwrap_or_else(PoisonError::into_inner) = route;
        metrics::gauge!("grpc_client_addresses", "peer" => self.peer.clone())
            .set(u32::try_from(addresses.len()).unwrap_or(u32::MAX));
        tracing::info!(
            net.peer.name = self.peer,
            addresses = addresses.len(),
            "the addresses of a peer changed"
        );
    }

    fn choose(&self, tried: &[SocketAddr]) -> Option<Arc<Pod>> {
        let Route::Pods(pods) = self.route() else { return None };
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let untried = pods.iter().filter(|pod| !tried.contains(&pod.address()));
        less_busy_of_two(untried.clone().filter(|pod| !pod.is_down()), turn)
            .or_else(|| less_busy_of_two(untried, turn))
            .cloned()
    }
}

fn less_busy_of_two<'a>(pods: impl Iterator<Item = &'a Arc<Pod>> + Clone, turn: usize) -> Option<&'a Arc<Pod>> {
    let count = pods.clone().count();
    let place = turn.checked_rem(count)?;
    let first = pods.clone().nth(place)?;
    if count == 1 {
        return Some(first);
    }
    let step = 1 + (turn / count) % (count - 1);
    let second = pods.clone().nth((place + step) % count)?;
    Some(if second.in_flight() < first.in_flight() {
        second
    } else {
        first
    })
}
