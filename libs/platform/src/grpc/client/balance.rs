use std::{
    collections::BTreeSet,
    hash::{BuildHasher, RandomState},
    net::SocketAddr,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicUsize, Ordering},
    },
};

use futures::StreamExt;
use kernel::Chain;
use tokio_util::task::AbortOnDropHandle;
use tonic::body::Body;
use tower::BoxError;

use super::{
    Addresses,
    dial::{DialError, Dialer, Place},
    pod::Pod,
};
use crate::grpc::layers::{HttpRequest, HttpResponse, hold};

/// So many places are tried for one call before the peer counts as away.
const ATTEMPTS: usize = 3;

/// Calls spread over the places where a peer answers: to the one of two that has fewer calls in flight, every pair in
/// its turn, so that all get the same while nothing is going on. That is the peer's name as DNS has it, until
/// discovery tells of addresses.
///
/// A call goes to another place when the first cannot be reached. What became of one that was sent is not for this
/// to judge.
#[derive(Clone)]
pub(super) struct Balanced {
    shared: Arc<Known>,
    _following: Option<Arc<AbortOnDropHandle<()>>>,
}

struct Known {
    peer: String,
    dialer: Arc<Dialer>,
    pods: RwLock<Pods>,
    turn: AtomicUsize,
}

type Pods = Arc<[Arc<Pod>]>;

/// What a call has met on its way.
#[derive(Default)]
pub(super) struct Met {
    /// Who could not be reached.
    away: Vec<Arc<Pod>>,
    /// Why the last of them could not.
    why: Option<Arc<DialError>>,
    /// Who did not answer it; somebody else comes first.
    unanswering: Option<Arc<Pod>>,
}

/// A call that has no answer.
pub(super) struct Unanswered {
    pub(super) error: BoxError,
    /// Whole again, where its connection closed before any of it was sent.
    pub(super) given_back: Option<HttpRequest>,
}

/// There is no place that a call could go to.
#[derive(Debug, thiserror::Error)]
#[error("no address of the peer is known")]
struct Nobody;

impl Balanced {
    pub(super) fn new(dialer: Dialer, host: &str, port: u16, told: Option<Addresses>) -> Self {
        // Where the turns begin matters only in so far as callers that start together should not agree on it: not worth
        // the 50 ms in which the generator for keys gathers its entropy.
        let start = RandomState::new().hash_one(host);
        let dialer = Arc::new(dialer);
        let named = Pod::new(Place::Name(host.to_owned(), port), Arc::clone(&dialer));
        let shared = Arc::new(Known {
            peer: host.to_owned(),
            dialer,
            pods: RwLock::new(Arc::from([Arc::new(named)])),
            turn: AtomicUsize::new(start as usize),
        });
        let following = told.map(|mut told| {
            let known = Arc::clone(&shared);
            let following = tokio::spawn(async move {
                while let Some(addresses) = told.next().await {
                    known.replace(&addresses);
                }
            });
            Arc::new(AbortOnDropHandle::new(following))
        });
        Self {
            shared,
            _following: following,
        }
    }

    /// Sends a request to one of the places.
    pub(super) async fn send(&self, mut request: HttpRequest, met: &mut Met) -> Result<HttpResponse, Unanswered> {
        self.shared.dialer.direct(&mut request);
        while met.away.len() < ATTEMPTS
            && let Some(pod) = self.shared.choose(met)
        {
            let in_flight = pod.enter();
            let answer = match pod.send(&mut request).await {
                Ok(answer) => answer.await,
                Err(error) => {
                    tracing::debug!(
                        net.peer.address = %pod.place(),
                        error = %Chain(error.as_ref()),
                        "a place cannot be reached",
                    );
                    met.away.push(pod);
                    met.why = Some(error);
                    continue;
                }
            };
            return match answer {
                Ok(response) => Ok(hold(response.map(Body::new), in_flight)),
                Err(mut refused) => {
                    met.unanswering = Some(pod);
                    Err(Unanswered {
                        given_back: refused.take_message(),
                        error: refused.into_error().into(),
                    })
                }
            };
        }
        Err(Unanswered {
            error: met.why.take().map_or_else(|| Nobody.into(), BoxError::from),
            given_back: None,
        })
    }
}

impl Known {
    fn pods(&self) -> Pods {
        Arc::clone(&self.pods.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Who stays keeps its connection; who leaves finishes what it was asked.
    fn replace(&self, addresses: &BTreeSet<SocketAddr>) {
        let before = self.pods();
        let pods = addresses.iter().map(|address| {
            let place = Place::Address(*address);
            match before.iter().find(|pod| *pod.place() == place) {
                Some(pod) => Arc::clone(pod),
                None => Arc::new(Pod::new(place, Arc::clone(&self.dialer))),
            }
        });
        let pods = pods.collect();
        *self.pods.write().unwrap_or_else(PoisonError::into_inner) = pods;
        metrics::gauge!("grpc_client_addresses", "peer" => self.peer.clone())
            .set(u32::try_from(addresses.len()).unwrap_or(u32::MAX));
        tracing::info!(
            net.peer.name = self.peer,
            addresses = addresses.len(),
            "the addresses of a peer changed"
        );
    }

    fn choose(&self, met: &Met) -> Option<Arc<Pod>> {
        let pods = self.pods();
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let untried = pods
            .iter()
            .filter(|pod| !met.away.iter().any(|away| Arc::ptr_eq(away, pod)));
        let up = untried.clone().filter(|pod| !pod.is_down());
        let is_other = |pod: &&Arc<Pod>| met.unanswering.as_ref().is_none_or(|last| !Arc::ptr_eq(last, pod));
        let others = up.clone().filter(is_other);
        less_busy_of_two(others, turn)
            .or_else(|| less_busy_of_two(up, turn))
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
