use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use http::uri::PathAndQuery;
use kernel::Secret;
use metrics_exporter_prometheus::PrometheusBuilder;
use platform::grpc::client::{
    BreakerOptions, Client, ClientOptions, Identity, Retry, TokenSource, TokenSourceError, connect_lazy,
};
use tonic::{Code, Request, Status};

use super::service::{METHODS, Note, SERVER, State, UNARY, assert_refused, note, options, server, unary};

fn client_options() -> ClientOptions {
    ClientOptions {
        methods: vec![&METHODS],
        ..ClientOptions::new("http://127.0.0.1:1")
    }
}

async fn client(state: &Arc<State>, client_options: ClientOptions) -> Client {
    Client::over(server(state, options()).await.in_process(), client_options)
}

#[tokio::test]
async fn a_peer_that_is_away_is_unavailable() {
    let client = connect_lazy(client_options()).unwrap();
    let status = unary(client, UNARY, Request::new(note("hello"))).await.unwrap_err();
    assert_refused(&status, Code::Unavailable, "PEER_UNAVAILABLE");
    assert!(wire::retry_after_of(&status).is_some());
    let why = std::error::Error::source(&status).unwrap();
    let why = kernel::Chain(why).to_string();
    assert!(why.starts_with("could not connect: Connection refused"), "{why}");
}

#[tokio::test]
async fn a_target_that_nobody_could_call_makes_no_client() {
    for target in ["", "usersvc", "usersvc:50051", "https://", "http://:50051", "/path"] {
        let refused = connect_lazy(ClientOptions::new(target)).unwrap_err();
        let expected = format!("`{target}` is not an address such as https://usersvc:50051");
        assert_eq!(refused.to_string(), expected);
    }
    for target in [
        "https://usersvc:50051",
        "http://127.0.0.1:50051",
        "http://[::1]:50051",
        "https://[::1]",
    ] {
        connect_lazy(ClientOptions::new(target)).unwrap();
    }
}

#[tokio::test]
async fn a_call_that_takes_too_long_is_late_and_not_cancelled() {
    let options = ClientOptions {
        call_timeout: Duration::from_millis(40),
        ..client_options()
    };
    let client = client(&State::new(), options).await;
    let status = unary(client.clone(), UNARY, Request::new(note("hang")))
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::DeadlineExceeded, "{status:?}");
    let mut request = Request::new(note("hang"));
    request.set_timeout(Duration::from_millis(20));
    let status = unary(client, UNARY, request).await.unwrap_err();
    assert_eq!(status.code(), Code::DeadlineExceeded, "{status:?}");
}

#[tokio::test]
async fn a_call_carries_on_what_its_cause_was_called_with() {
    let leaf = State::new();
    let middle = State::new();
    let downstream = client(
        &leaf,
        ClientOptions {
            identity: Identity::Caller,
            ..client_options()
        },
    )
    .await;
    *middle.downstream.lock().unwrap() = Some(downstream);
    let front = client(&middle, client_options()).await;
    let token = super::tokens::Issuer::new().user(&["customer"]);
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let mut request = Request::new(note("downstream"));
    request.set_timeout(Duration::from_secs(2));
    for (name, value) in [
        ("x-request-id", "one-name"),
        ("traceparent", trace),
        ("authorization", &format!("Bearer {token}")),
    ] {
        request.metadata_mut().insert(name, value.parse().unwrap());
    }
    let answer = unary(front, UNARY, request).await.unwrap().into_inner();
    assert_eq!(answer.text, "leaf");
    let seen = leaf.seen.lock().unwrap()[0].clone();
    assert_eq!(seen.request_id.as_str(), "one-name");
    assert_eq!(seen.traceparent.as_deref(), Some(trace));
    assert!(seen.caller.user_id().is_some());
    assert!(seen.deadline.unwrap().remaining() <= Duration::from_secs(2));
}

#[tokio::test]
async fn every_call_to_a_peer_is_counted_with_the_code_it_ended_with() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    let _installed = metrics::set_default_local_recorder(&recorder);
    let near = client(&State::new(), client_options()).await;
    for text in ["hello", "hello", "internal"] {
        drop(unary(near.clone(), UNARY, Request::new(note(text))).await);
    }
    let mut grpc = tonic::client::Grpc::new(near);
    grpc.ready().await.unwrap();
    let codec = wire::ValidatingCodec::<Note, Note>::default();
    let stream = grpc.server_streaming(Request::new(note("hello")), PathAndQuery::from_static(SERVER), codec);
    let mut notes = stream.await.unwrap().into_inner();
    let open = handle.render();
    while notes.message().await.unwrap().is_some() {}
    let away = connect_lazy(client_options()).unwrap();
    unary(away, UNARY, Request::new(note("hello"))).await.unwrap_err();

    let rendered = handle.render();
    for line in [
        r#"grpc_client_started_total{grpc_type="unary",grpc_service="test.v1.Test",grpc_method="Unary"} 4"#,
        r#"grpc_client_handled_total{grpc_type="unary",grpc_service="test.v1.Test",grpc_method="Unary",grpc_code="OK"} 2"#,
        r#"grpc_client_handled_total{grpc_type="unary",grpc_service="test.v1.Test",grpc_method="Unary",grpc_code="Internal"} 1"#,
        r#"grpc_client_handled_total{grpc_type="unary",grpc_service="test.v1.Test",grpc_method="Unary",grpc_code="Unavailable"} 1"#,
        r#"grpc_client_handled_total{grpc_type="server_stream",grpc_service="test.v1.Test",grpc_method="Server",grpc_code="OK"} 1"#,
        "grpc_client_handling_seconds",
    ] {
        assert!(rendered.contains(line), "{line} is not in\n{rendered}");
    }
    // A stream is over with its last message, not with its first.
    assert!(
        !open.contains(r#"grpc_client_handled_total{grpc_type="server_stream""#),
        "{open}"
    );
}

struct Tokens(AtomicUsize);

#[async_trait]
impl TokenSource for Tokens {
    async fn token(&self) -> Result<Secret<String>, TokenSourceError> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Ok(Secret::new(super::tokens::Issuer::new().service(&["test:use"])))
    }
}

#[tokio::test]
async fn a_service_proves_itself() {
    let state = State::new();
    let options = ClientOptions {
        identity: Identity::Service(Arc::new(Tokens(AtomicUsize::new(0)))),
        ..client_options()
    };
    let client = client(&state, options).await;
    unary(client, "/test.v1.Test/Service", Request::new(note("hello")))
        .await
        .unwrap();
    assert_eq!(state.seen.lock().unwrap()[0].caller.to_string(), "service:ordersvc");
}

#[tokio::test]
async fn a_peer_that_keeps_failing_is_left_alone_and_tried_again() {
    let state = State::new();
    let options = ClientOptions {
        breaker: BreakerOptions {
            failures: 3,
            pause: Duration::from_millis(50),
        },
        ..client_options()
    };
    let client = client(&state, options).await;
    *state.failures.lock().unwrap() = vec![Status::unavailable("away"); 3];
    for _ in 0..3 {
        let status = unary(client.clone(), UNARY, Request::new(note("hello")))
            .await
            .unwrap_err();
        assert_eq!(status.message(), "away");
    }
    let status = unary(client.clone(), UNARY, Request::new(note("hello")))
        .await
        .unwrap_err();
    assert_refused(&status, Code::Unavailable, "CIRCUIT_OPEN");
    assert_eq!(state.calls(), 3, "the peer was left alone");
    let again = Retry::new(10, Duration::from_millis(50));
    let answer = again.call(&METHODS[0], false, || {
        unary(client.clone(), UNARY, Request::new(note("hello")))
    });
    assert!(answer.await.is_ok());
}

#[tokio::test]
async fn only_what_is_safe_is_made_again() {
    let retry = Retry::new(3, Duration::from_millis(1));
    for (method, keyed, code, calls) in [
        (&METHODS[0], false, Code::Unavailable, 3),
        (&METHODS[4], true, Code::Unavailable, 3),
        (&METHODS[4], false, Code::Unavailable, 1),
        (&METHODS[0], false, Code::InvalidArgument, 1),
        (&METHODS[0], false, Code::DeadlineExceeded, 1),
        (&METHODS[0], false, Code::Internal, 1),
    ] {
        let made = AtomicUsize::new(0);
        let answer: Result<(), Status> = retry
            .call(method, keyed, || async {
                made.fetch_add(1, Ordering::SeqCst);
                Err(Status::new(code, "no"))
            })
            .await;
        assert_eq!(answer.unwrap_err().code(), code);
        assert_eq!(made.load(Ordering::SeqCst), calls, "{code:?}");
    }
}

#[tokio::test]
async fn the_budget_of_retries_runs_out() {
    let retry = Retry::new(3, Duration::from_micros(1));
    let made = AtomicUsize::new(0);
    for _ in 0..100 {
        let _: Result<(), Status> = retry
            .call(&METHODS[0], false, || async {
                made.fetch_add(1, Ordering::SeqCst);
                Err(Status::unavailable("away"))
            })
            .await;
    }
    assert_eq!(made.load(Ordering::SeqCst), 110, "a hundred calls and ten retries");
}

#[tokio::test]
async fn streams_have_no_deadline_of_their_own() {
    let state = State::new();
    let client = client(&state, client_options()).await;
    unary(client, SERVER, Request::new(note("hello"))).await.unwrap();
    assert_eq!(state.seen.lock().unwrap()[0].deadline, None);
}
