//! The part of an API server that tells of EndpointSlices.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, PoisonError, RwLock},
};

use axum::{
    Router,
    body::Body,
    extract::{Path, Query, State},
    response::{IntoResponse, Response},
    routing::get,
};
use futures::{Stream, StreamExt, stream};
use http::StatusCode;
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::watch};

const SLICES: &str = "/apis/discovery.k8s.io/v1/namespaces/{namespace}/endpointslices";

/// One pod as an EndpointSlice tells of it.
#[derive(Clone, Copy)]
pub(crate) enum Pod {
    Ready(&'static str),
    Starting(&'static str),
    Terminating(&'static str),
}

impl Pod {
    fn json(self) -> Value {
        let (address, ready, serving, terminating) = match self {
            Self::Ready(address) => (address, true, true, false),
            Self::Starting(address) => (address, false, false, false),
            Self::Terminating(address) => (address, false, true, true),
        };
        json!({"addresses": [address],
               "conditions": {"ready": ready, "serving": serving, "terminating": terminating}})
    }
}

pub(crate) struct ApiServer {
    address: std::net::SocketAddr,
    world: Arc<World>,
}

struct World {
    state: watch::Sender<Now>,
    asked: RwLock<Vec<Asked>>,
}

#[derive(Default)]
struct Now {
    version: u64,
    slices: BTreeMap<String, Value>,
    /// Since `forgotten`.
    events: Vec<(u64, Value)>,
    forgotten: u64,
    refusal: Option<StatusCode>,
    /// Watches opened under an older one end.
    generation: u64,
}

/// A question that was put.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) namespace: String,
    pub(crate) selector: String,
    /// Where a watch begins; a list without.
    pub(crate) watch_from: Option<String>,
}

impl ApiServer {
    pub(crate) async fn start() -> Self {
        let server = Self::away().await;
        server.listen().await;
        server
    }

    /// One that nobody reaches until it listens.
    pub(crate) async fn away() -> Self {
        let state = watch::Sender::new(Now {
            version: 100,
            ..Now::default()
        });
        Self {
            address: TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap(),
            world: Arc::new(World {
                state,
                asked: RwLock::default(),
            }),
        }
    }

    pub(crate) async fn listen(&self) {
        let listener = TcpListener::bind(self.address).await.unwrap();
        let app = Router::new()
            .route(SLICES, get(answer))
            .with_state(Arc::clone(&self.world));
        tokio::spawn(async move { axum::serve(listener, app).await });
    }

    pub(crate) fn uri(&self) -> http::Uri {
        format!("http://{}", self.address).parse().unwrap()
    }

    pub(crate) fn end_watches(&self) {
        self.world.state.send_modify(|now| now.generation += 1);
    }

    /// The pods of usersvc, listening on `port`.
    pub(crate) fn put(&self, slice: &str, port: u16, pods: &[Pod]) {
        let mut slice = json!({
            "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
            "metadata": {"name": slice, "namespace": "shop", "labels": {"kubernetes.io/service-name": "usersvc"}},
            "addressType": "IPv4",
            "ports": [{"name": "grpc", "port": port, "protocol": "TCP"}],
            "endpoints": pods.iter().map(|pod| pod.json()).collect::<Vec<_>>(),
        });
        self.world.state.send_modify(|now| {
            let name = slice["metadata"]["name"].as_str().unwrap_or_default().to_owned();
            let kind = if now.slices.contains_key(&name) {
                "MODIFIED"
            } else {
                "ADDED"
            };
            now.version += 1;
            slice["metadata"]["resourceVersion"] = now.version.to_string().into();
            now.events.push((now.version, json!({"type": kind, "object": slice})));
            now.slices.insert(name, slice);
        });
    }

    pub(crate) fn delete(&self, slice: &str) {
        self.world.state.send_modify(|now| {
            now.version += 1;
            let mut slice = now.slices.remove(slice).unwrap_or_default();
            slice["metadata"]["resourceVersion"] = now.version.to_string().into();
            now.events
                .push((now.version, json!({"type": "DELETED", "object": slice})));
        });
    }

    /// Something elsewhere happened, and watches are told up to where they are.
    pub(crate) fn bookmark(&self) -> String {
        self.world.state.send_modify(|now| {
            now.version += 1;
            let bookmark = json!({
                "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
                "metadata": {"resourceVersion": now.version.to_string()},
            });
            now.events
                .push((now.version, json!({"type": "BOOKMARK", "object": bookmark})));
        });
        self.world.state.borrow().version.to_string()
    }

    /// What happened so far cannot be watched any more.
    pub(crate) fn forget(&self) {
        self.world.state.send_modify(|now| {
            now.version += 1;
            now.forgotten = now.version;
            now.events.clear();
            now.generation += 1;
        });
    }

    /// Answers every question with this from now on, or as usual.
    pub(crate) fn refuse(&self, code: Option<StatusCode>) {
        self.world.state.send_modify(|now| {
            now.refusal = code;
            now.generation += 1;
        });
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.world.asked.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn lists(&self) -> usize {
        self.asked().iter().filter(|asked| asked.watch_from.is_none()).count()
    }

    pub(crate) fn open_watches(&self) -> usize {
        self.world.state.receiver_count()
    }
}

async fn answer(
    State(world): State<Arc<World>>,
    Path(namespace): Path<String>,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    let of = |name: &str| query.get(name).cloned().unwrap_or_default();
    let watching = of("watch") == "true";
    world.asked.write().unwrap_or_else(PoisonError::into_inner).push(Asked {
        namespace,
        selector: of("labelSelector"),
        watch_from: watching.then(|| of("resourceVersion")),
    });
    if let Some(code) = world.state.borrow().refusal {
        return (code, failure(code, "so it was asked for").to_string()).into_response();
    }
    if !watching {
        let now = world.state.borrow();
        let list = json!({
            "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSliceList",
            "metadata": {"resourceVersion": now.version.to_string()},
            "items": now.slices.values().collect::<Vec<_>>(),
        });
        return list.to_string().into_response();
    }
    let from = of("resourceVersion").parse().unwrap_or(0);
    Body::from_stream(events(world.state.subscribe(), from).map(Ok::<_, std::io::Error>)).into_response()
}

fn failure(code: StatusCode, message: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Status", "metadata": {}, "status": "Failure",
        "message": message, "reason": code.canonical_reason(), "code": code.as_u16(),
    })
}

/// One line for each event after `from`.
fn events(mut now: watch::Receiver<Now>, from: u64) -> impl Stream<Item = String> {
    let generation = now.borrow_and_update().generation;
    let batches = stream::unfold((now, Some(from)), move |(mut now, from)| async move {
        let from = from?;
        loop {
            {
                let current = now.borrow_and_update();
                if from < current.forgotten {
                    let gone =
                        json!({"type": "ERROR", "object": failure(StatusCode::GONE, "too old resource version")});
                    drop(current);
                    return Some((format!("{gone}\n"), (now, None)));
                }
                if current.generation != generation {
                    return None;
                }
                let fresh: Vec<_> = current.events.iter().filter(|(version, _)| *version > from).collect();
                if let Some((last, _)) = fresh.last().copied() {
                    let last = *last;
                    let lines = fresh.iter().map(|(_, event)| format!("{event}\n")).collect();
                    drop(current);
                    return Some((lines, (now, Some(last))));
                }
            }
            now.changed().await.ok()?;
        }
    });
    batches.boxed()
}
