use std::{
    convert::Infallible,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll},
    time::Duration,
};

use futures::{Stream, StreamExt, future::BoxFuture, stream};
use http::uri::PathAndQuery;
use kernel::{UuidV7Source, Violation};
use platform::{
    auth::Verifier,
    grpc::{
        CallContext, call_context,
        client::Client,
        server::{Health, Parts, Server, ServerOptions, Transport},
    },
};
use tokio::sync::{Notify, Semaphore};
use tonic::{Request, Response, Status, Streaming, body::Body, server::NamedService, service::Routes};
use tower::service_fn;
use wire::{Access, AccessLevel, CallKind, Field, Idempotency, Method, Validate, ValidatingCodec};

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Note {
    #[prost(string, tag = "1")]
    pub(crate) text: String,
    #[prost(bytes = "vec", tag = "2")]
    pub(crate) ballast: Vec<u8>,
}

impl Validate for Note {
    fn validate(&self, at: &Field<'_>, found: &mut Vec<Violation>) {
        wire::rules::printable(&self.text, &Field::Name(at, "text"), found);
    }
}

pub(crate) fn note(text: &str) -> Note {
    Note {
        text: text.to_owned(),
        ballast: Vec::new(),
    }
}

const fn method(path: &'static str, kind: CallKind, level: AccessLevel, permission: Option<&'static str>) -> Method {
    Method {
        path,
        kind,
        access: Some(Access { level, permission }),
        idempotency: Idempotency::Read,
    }
}

pub(crate) const UNARY: &str = "/test.v1.Test/Unary";
pub(crate) const CLIENT: &str = "/test.v1.Test/Client";
pub(crate) const SERVER: &str = "/test.v1.Test/Server";
pub(crate) const BIDI: &str = "/test.v1.Test/Bidi";
pub(crate) const KEYED: &str = "/test.v1.Test/Keyed";
pub(crate) const OWN_SERVER: &str = "/test.v1.Test/OwnServer";

pub(crate) static METHODS: [Method; 10] = [
    method(UNARY, CallKind::Unary, AccessLevel::Public, None),
    method(CLIENT, CallKind::ClientStream, AccessLevel::Public, None),
    method(SERVER, CallKind::ServerStream, AccessLevel::Public, None),
    method(BIDI, CallKind::Bidirectional, AccessLevel::Public, None),
    Method {
        idempotency: Idempotency::Required,
        ..method(KEYED, CallKind::Unary, AccessLevel::Public, None)
    },
    method("/test.v1.Test/Own", CallKind::Unary, AccessLevel::Own, None),
    method(OWN_SERVER, CallKind::ServerStream, AccessLevel::Own, None),
    method(
        "/test.v1.Test/Staff",
        CallKind::Unary,
        AccessLevel::Staff,
        Some("test:staff"),
    ),
    method("/test.v1.Test/Admin", CallKind::Unary, AccessLevel::Admin, None),
    method(
        "/test.v1.Test/Service",
        CallKind::Unary,
        AccessLevel::Service,
        Some("test:use"),
    ),
];

/// What the handlers saw, and what they wait for.
#[derive(Default)]
pub(crate) struct State {
    pub(crate) seen: Mutex<Vec<CallContext>>,
    pub(crate) headers: Mutex<Vec<http::HeaderMap>>,
    pub(crate) release: Notify,
    pub(crate) downstream: Mutex<Option<Client>>,
    /// Statuses to answer first, one a call.
    pub(crate) failures: Mutex<Vec<Status>>,
    calls: std::sync::atomic::AtomicUsize,
    started: Option<Semaphore>,
}

impl State {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            started: Some(Semaphore::new(0)),
            ..Self::default()
        })
    }

    pub(crate) fn calls(&self) -> usize {
        self.calls.load(std::sync::atomic::Ordering::SeqCst)
    }

    /// Waits until so many handlers that hang have started.
    pub(crate) async fn hanging(&self, count: u32) {
        let started = self.started.as_ref().unwrap();
        let all = tokio::time::timeout(Duration::from_secs(10), started.acquire_many(count));
        all.await.unwrap().unwrap().forget();
    }

    async fn handle(&self, text: &str) -> Result<Note, Status> {
        self.calls.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        let failure = self.failures.lock().unwrap().pop();
        if let Some(status) = failure {
            return Err(status);
        }
        match text {
            "panic" => panic!("secret text of a panic"),
            "internal" => Err(Status::internal("secret text of a bug")),
            "hang" => {
                self.started.as_ref().unwrap().add_permits(1);
                self.release.notified().await;
                Ok(note("released"))
            }
            "downstream" => {
                let client = self.downstream.lock().unwrap().clone().unwrap();
                unary(client, UNARY, Request::new(note("leaf")))
                    .await
                    .map(Response::into_inner)
            }
            other => Ok(note(other)),
        }
    }

    fn stream(self: Arc<Self>, text: String) -> NoteStream {
        match text.as_str() {
            "panic in stream" => Box::pin(stream::iter(0..2).map(|n| {
                assert!(n == 0, "secret text of a panic");
                Ok(note("first"))
            })),
            "endless" => Box::pin(stream::iter([Ok(note("first"))]).chain(stream::pending())),
            "silent" => Box::pin(stream::pending()),
            other => {
                let answers = [Ok(note(other)), Ok(note("last"))];
                Box::pin(stream::iter(answers))
            }
        }
    }

    fn saw<T>(&self, request: &Request<T>) {
        self.seen.lock().unwrap().push(call_context(request));
        self.headers
            .lock()
            .unwrap()
            .push(request.metadata().clone().into_headers());
    }
}

type NoteStream = Pin<Box<dyn Stream<Item = Result<Note, Status>> + Send>>;

#[derive(Clone)]
pub(crate) struct TestService(pub(crate) Arc<State>);

impl NamedService for TestService {
    const NAME: &'static str = "test.v1.Test";
}

impl tower::Service<http::Request<Body>> for TestService {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let state = self.0.clone();
        Box::pin(async move {
            let mut grpc = tonic::server::Grpc::new(ValidatingCodec::<Note, Note>::default());
            Ok(match request.uri().path().to_owned().as_str() {
                CLIENT => {
                    let handler = service_fn(move |request: Request<Streaming<Note>>| {
                        let state = state.clone();
                        async move {
                            state.saw(&request);
                            let mut last = Note::default();
                            let mut notes = request.into_inner();
                            while let Some(next) = notes.message().await? {
                                last = state.handle(&next.text).await?;
                            }
                            Ok::<_, Status>(Response::new(last))
                        }
                    });
                    grpc.client_streaming(handler, request).await
                }
                SERVER | OWN_SERVER => {
                    let handler = service_fn(move |request: Request<Note>| {
                        let state = state.clone();
                        async move {
                            state.saw(&request);
                            let note = state.handle(&request.get_ref().text).await?;
                            Ok::<_, Status>(Response::new(state.stream(note.text)))
                        }
                    });
                    grpc.server_streaming(handler, request).await
                }
                BIDI => {
                    let handler = service_fn(move |request: Request<Streaming<Note>>| {
                        let state = state.clone();
                        async move {
                            state.saw(&request);
                            let first = request.into_inner().message().await?.unwrap_or_default();
                            let note = state.handle(&first.text).await?;
                            Ok::<_, Status>(Response::new(state.stream(note.text)))
                        }
                    });
                    grpc.streaming(handler, request).await
                }
                _ => {
                    let handler = service_fn(move |request: Request<Note>| {
                        let state = state.clone();
                        async move {
                            state.saw(&request);
                            state.handle(&request.get_ref().text).await.map(Response::new)
                        }
                    });
                    grpc.unary(handler, request).await
                }
            })
        })
    }
}

pub(crate) async fn parts(state: &Arc<State>, verifier: Arc<Verifier>) -> Parts {
    Parts {
        routes: Routes::new(TestService(state.clone())),
        methods: vec![&METHODS],
        descriptors: &[],
        verifier: Some(verifier),
        health: Health::new(["test.v1.Test"]).await,
        ids: Arc::new(UuidV7Source),
    }
}

pub(crate) fn options() -> ServerOptions {
    ServerOptions {
        drain_timeout: Duration::from_secs(10),
        ..ServerOptions::new(Transport::Insecure)
    }
}

pub(crate) async fn server(state: &Arc<State>, options: ServerOptions) -> Server {
    let verifier = super::tokens::Issuer::new().verifier();
    Server::try_new(parts(state, verifier).await, options).unwrap()
}

type Codec = ValidatingCodec<Note, Note>;

macro_rules! ready {
    ($channel:expr) => {{
        let mut grpc = tonic::client::Grpc::new($channel);
        if let Err(error) = grpc.ready().await {
            let error: Box<dyn std::error::Error + Send + Sync> = error.into();
            return Err(Status::unavailable(error.to_string()));
        }
        grpc
    }};
}

pub(crate) async fn unary<C>(channel: C, path: &'static str, request: Request<Note>) -> Result<Response<Note>, Status>
where
    C: tonic::client::GrpcService<Body>,
    C::ResponseBody: http_body::Body<Data = bytes::Bytes> + Send + 'static,
    <C::ResponseBody as http_body::Body>::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let mut grpc = ready!(channel);
    grpc.unary(request, PathAndQuery::from_static(path), Codec::default())
        .await
}

/// Calls any kind and reads the whole answer.
pub(crate) async fn call(
    channel: tonic::transport::Channel,
    path: &'static str,
    text: &str,
) -> Result<Vec<String>, Status> {
    call_with(channel, path, Request::new(note(text))).await
}

pub(crate) async fn call_with(
    channel: tonic::transport::Channel,
    path: &'static str,
    request: Request<Note>,
) -> Result<Vec<String>, Status> {
    let mut notes = open(channel, path, request).await?;
    let mut texts = Vec::new();
    while let Some(next) = notes.next().await {
        texts.push(next?.text);
    }
    Ok(texts)
}

/// Opens any kind of call.
pub(crate) async fn open(
    channel: tonic::transport::Channel,
    path: &'static str,
    request: Request<Note>,
) -> Result<NoteStream, Status> {
    let at = PathAndQuery::from_static(path);
    let mut grpc = ready!(channel);
    let many = |request: Request<Note>| request.map(|note| stream::iter([note]));
    match path {
        CLIENT => {
            let answer = grpc.client_streaming(many(request), at, Codec::default()).await?;
            Ok(Box::pin(stream::iter([Ok(answer.into_inner())])))
        }
        SERVER | OWN_SERVER => Ok(Box::pin(
            grpc.server_streaming(request, at, Codec::default()).await?.into_inner(),
        )),
        BIDI => Ok(Box::pin(
            grpc.streaming(many(request), at, Codec::default()).await?.into_inner(),
        )),
        _ => {
            let answer = grpc.unary(request, at, Codec::default()).await?;
            Ok(Box::pin(stream::iter([Ok(answer.into_inner())])))
        }
    }
}

pub(crate) const KINDS: [&str; 4] = [UNARY, CLIENT, SERVER, BIDI];

#[track_caller]
pub(crate) fn assert_refused(status: &Status, code: tonic::Code, reason: &str) {
    assert_eq!(status.code(), code, "{status:?}");
    assert_eq!(wire::reason_of(status).as_deref(), Some(reason), "{status:?}");
}
