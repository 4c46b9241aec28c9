use std::time::Duration;

use futures::StreamExt;
use metrics_exporter_prometheus::PrometheusBuilder;
use platform::grpc::server::{RateLimit, ServerOptions};
use tokio::time::timeout;
use tonic::{Code, Request};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};

use super::service::{
    BIDI, CLIENT, KINDS, SERVER, State, UNARY, assert_refused, call, call_with, note, open, options, server, unary,
};

#[tokio::test]
async fn a_call_is_answered_whichever_side_streams() {
    let state = State::new();
    let channel = server(&state, options()).await.in_process();
    for path in KINDS {
        let answers = call(channel.clone(), path, "hello").await.unwrap();
        assert_eq!(answers[0], "hello", "{path}");
    }
}

#[tokio::test]
async fn a_request_id_is_taken_or_made_and_always_returned() {
    let state = State::new();
    let channel = server(&state, options()).await.in_process();
    for (sent, taken) in [(Some("mine-1"), true), (Some("with space"), false), (None, false)] {
        let mut request = Request::new(note("hello"));
        if let Some(sent) = sent {
            request.metadata_mut().insert("x-request-id", sent.parse().unwrap());
        }
        let answer = unary(channel.clone(), UNARY, request).await.unwrap();
        let returned = answer.metadata().get("x-request-id").unwrap().to_str().unwrap();
        let seen = state.seen.lock().unwrap().last().unwrap().request_id.to_string();
        assert_eq!(returned, seen);
        assert_eq!(Some(returned) == sent, taken);
    }
    let refusal = unary(channel, "/test.v1.Test/Own", Request::new(note("hello")))
        .await
        .unwrap_err();
    assert!(refusal.metadata().contains_key("x-request-id"));
}

#[tokio::test]
async fn a_bug_tells_the_request_id_and_nothing_else() {
    let channel = server(&State::new(), options()).await.in_process();
    for path in KINDS {
        for text in ["panic", "internal"] {
            let mut request = Request::new(note(text));
            request.metadata_mut().insert("x-request-id", "the-id".parse().unwrap());
            let status = call_with(channel.clone(), path, request).await.unwrap_err();
            assert_eq!(status.code(), Code::Internal, "{path} {text}");
            assert_eq!(status.message(), "an internal error; request id the-id");
        }
    }
    for path in [SERVER, BIDI] {
        let status = call(channel.clone(), path, "panic in stream").await.unwrap_err();
        assert_eq!(status.code(), Code::Internal, "{path}");
        assert!(!status.message().contains("secret"));
    }
    assert!(call(channel, UNARY, "hello").await.is_ok());
}

#[tokio::test]
async fn the_callers_deadline_ends_every_kind_of_call() {
    let channel = server(&State::new(), options()).await.in_process();
    for (path, text) in [
        (UNARY, "hang"),
        (CLIENT, "hang"),
        (SERVER, "hang"),
        (BIDI, "hang"),
        (SERVER, "endless"),
        (BIDI, "endless"),
    ] {
        let mut request = Request::new(note(text));
        // As metadata, so that only the server acts on it.
        request.metadata_mut().insert("grpc-timeout", "40m".parse().unwrap());
        let status = call_with(channel.clone(), path, request).await.unwrap_err();
        // The client of tonic keeps the same time and may be the first to say so.
        assert!(
            matches!(status.code(), Code::DeadlineExceeded | Code::Cancelled),
            "{path} {text}: {status:?}"
        );
    }
}

#[tokio::test]
async fn the_servers_cap_bounds_unary_calls_and_first_messages_only() {
    let options = ServerOptions {
        call_timeout: Duration::from_millis(40),
        ..options()
    };
    let state = State::new();
    let channel = server(&state, options).await.in_process();
    for (path, text) in [
        (UNARY, "hang"),
        (CLIENT, "hang"),
        (SERVER, "hang"),
        (SERVER, "silent"),
        (BIDI, "hang"),
    ] {
        let status = call(channel.clone(), path, text).await.unwrap_err();
        assert_refused(&status, Code::DeadlineExceeded, "DEADLINE_EXCEEDED");
    }
    let mut stream = open(channel, SERVER, Request::new(note("endless"))).await.unwrap();
    assert_eq!(stream.next().await.unwrap().unwrap().text, "first");
    assert!(
        timeout(Duration::from_millis(120), stream.next()).await.is_err(),
        "the stream stays open"
    );
}

#[tokio::test]
async fn handlers_see_the_deadline() {
    let state = State::new();
    let channel = server(&state, options()).await.in_process();
    let mut request = Request::new(note("hello"));
    request.set_timeout(Duration::from_secs(5));
    unary(channel.clone(), UNARY, request).await.unwrap();
    let left = state.seen.lock().unwrap()[0].deadline.unwrap().remaining();
    assert!(
        left > Duration::from_secs(3) && left <= Duration::from_secs(5),
        "{left:?}"
    );
    let mut request = Request::new(note("hello"));
    request.set_timeout(Duration::ZERO);
    let status = unary(channel, UNARY, request).await.unwrap_err();
    assert!(
        matches!(status.code(), Code::DeadlineExceeded | Code::Cancelled),
        "{status:?}"
    );
}

#[tokio::test]
async fn more_than_fits_is_shed_while_health_still_answers() {
    let options = ServerOptions {
        max_in_flight: 2,
        max_open_streams: 1,
        ..options()
    };
    let state = State::new();
    let channel = server(&state, options).await.in_process();
    let held: Vec<_> = (0..2)
        .map(|_| tokio::spawn(call(channel.clone(), UNARY, "hang")))
        .collect();
    state.hanging(2).await;
    let refusal = call(channel.clone(), UNARY, "hello").await.unwrap_err();
    assert_refused(&refusal, Code::ResourceExhausted, "OVERLOADED");
    assert!(wire::retry_after_of(&refusal).is_some());
    let mut health = HealthClient::new(channel.clone());
    let check = HealthCheckRequest {
        service: "liveness".to_owned(),
    };
    assert_eq!(health.check(check).await.unwrap().into_inner().status, 1);
    let mut stream = open(channel.clone(), SERVER, Request::new(note("endless")))
        .await
        .unwrap();
    stream.next().await.unwrap().unwrap();
    let refusal = call(channel.clone(), SERVER, "hello").await.unwrap_err();
    assert_refused(&refusal, Code::ResourceExhausted, "OVERLOADED");
    state.release.notify_waiters();
    for call in held {
        assert!(call.await.unwrap().is_ok());
    }
    assert!(call(channel, UNARY, "hello").await.is_ok());
}

#[tokio::test]
async fn a_caller_who_calls_too_often_waits_and_others_do_not() {
    let options = ServerOptions {
        rate_limit: Some(RateLimit {
            per_second: 0.01,
            burst: 3,
        }),
        ..options()
    };
    let channel = server(&State::new(), options).await.in_process();
    for _ in 0..3 {
        call(channel.clone(), UNARY, "hello").await.unwrap();
    }
    let refusal = call(channel.clone(), UNARY, "hello").await.unwrap_err();
    assert_refused(&refusal, Code::ResourceExhausted, "RATE_LIMITED");
    assert!(wire::retry_after_of(&refusal).unwrap() > Duration::from_secs(50));
    let mut request = Request::new(note("hello"));
    let token = super::tokens::Issuer::new().user(&["customer"]);
    request
        .metadata_mut()
        .insert("authorization", format!("Bearer {token}").parse().unwrap());
    assert!(unary(channel, UNARY, request).await.is_ok());
}

#[tokio::test]
async fn every_call_is_counted_with_the_code_it_ended_with() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    let _installed = metrics::set_default_local_recorder(&recorder);
    let channel = server(&State::new(), options()).await.in_process();
    call(channel.clone(), UNARY, "hello").await.unwrap();
    call(channel.clone(), CLIENT, "panic").await.unwrap_err();
    call(channel.clone(), SERVER, "panic in stream").await.unwrap_err();
    call(channel.clone(), BIDI, "hello").await.unwrap();
    unary(channel, "/no.Such/Method", Request::new(note("hello")))
        .await
        .unwrap_err();
    let rendered = handle.render();
    for line in [
        r#"grpc_server_started_total{grpc_type="unary",grpc_service="test.v1.Test",grpc_method="Unary"} 1"#,
        r#"grpc_server_handled_total{grpc_type="unary",grpc_service="test.v1.Test",grpc_method="Unary",grpc_code="OK"} 1"#,
        r#"grpc_server_handled_total{grpc_type="client_stream",grpc_service="test.v1.Test",grpc_method="Client",grpc_code="Internal"} 1"#,
        r#"grpc_server_handled_total{grpc_type="server_stream",grpc_service="test.v1.Test",grpc_method="Server",grpc_code="Internal"} 1"#,
        r#"grpc_server_handled_total{grpc_type="bidi_stream",grpc_service="test.v1.Test",grpc_method="Bidi",grpc_code="OK"} 1"#,
        r#"grpc_server_handled_total{grpc_type="unary",grpc_service="unknown",grpc_method="unknown",grpc_code="Unimplemented"} 1"#,
        "grpc_server_handling_seconds",
    ] {
        assert!(rendered.contains(line), "{line} is not in\n{rendered}");
    }
}
