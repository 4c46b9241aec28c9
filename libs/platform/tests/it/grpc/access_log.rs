use platform::telemetry::json_lines;
use serde_json::Value;
use testkit::{Catching, Lines};
use tonic::{Request, metadata::MetadataValue};
use tracing_subscriber::{Layer, filter::LevelFilter};

use super::service::{KINDS, OWN_SERVER, State, UNARY, call_with, note, options, server};

fn caught(level: LevelFilter) -> (Lines, Catching) {
    Lines::caught(|lines| json_lines(lines).with_filter(level))
}

/// The lines of the access log.
fn calls(lines: &Lines) -> Vec<Value> {
    let text = lines.text();
    let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.filter(|line| line["message"] == "call").collect()
}

fn named(text: &str, request_id: &str, token: Option<&str>) -> Request<super::service::Note> {
    let mut request = Request::new(note(text));
    request
        .metadata_mut()
        .insert("x-request-id", request_id.parse().unwrap());
    if let Some(token) = token {
        let bearer: MetadataValue<_> = format!("Bearer {token}").parse().unwrap();
        request.metadata_mut().insert("authorization", bearer);
    }
    request
}

#[tokio::test]
async fn every_call_is_one_line_that_tells_who_what_how_and_how_long() {
    let (lines, _guard) = caught(LevelFilter::INFO);
    let channel = server(&State::new(), options()).await.in_process();
    let token = super::tokens::Issuer::new().user(&["customer"]);
    for path in KINDS {
        call_with(channel.clone(), path, named("hello", path, Some(&token)))
            .await
            .unwrap();
        call_with(channel.clone(), path, named("panic", path, None))
            .await
            .unwrap_err();
    }
    call_with(channel.clone(), OWN_SERVER, named("hello", "a-stranger", None))
        .await
        .unwrap_err();

    let told: Vec<_> = calls(&lines)
        .iter()
        .map(|line| {
            assert_eq!(line["level"], "INFO", "{line}");
            assert_eq!(line["rpc.service"], "test.v1.Test", "{line}");
            assert!(line["duration_ms"].as_f64().unwrap() >= 0.0, "{line}");
            assert!(line["timestamp"].is_string() && line["peer"].is_string(), "{line}");
            let field = |name: &str| line[name].as_str().unwrap().to_owned();
            let caller = field("caller.id").split(':').next().unwrap().to_owned();
            [field("rpc.method"), field("rpc.code"), field("error.reason"), caller]
        })
        .collect();
    let mut expected = Vec::new();
    for method in ["Unary", "Client", "Server", "Bidi"] {
        expected.push([method, "OK", "", "user"]);
        expected.push([method, "Internal", "", "anonymous"]);
    }
    expected.push(["OwnServer", "Unauthenticated", "TOKEN_MISSING", "anonymous"]);
    assert_eq!(told, expected);
}

#[tokio::test]
async fn a_line_has_the_request_id_that_the_caller_was_told() {
    let (lines, _guard) = caught(LevelFilter::INFO);
    let channel = server(&State::new(), options()).await.in_process();
    call_with(channel.clone(), UNARY, named("hello", "mine-1", None))
        .await
        .unwrap();
    let refused = call_with(channel, OWN_SERVER, Request::new(note("hello")))
        .await
        .unwrap_err();
    let told = refused.metadata().get("x-request-id").unwrap().to_str().unwrap();
    let ids: Vec<_> = calls(&lines).iter().map(|line| line["request.id"].clone()).collect();
    assert_eq!(ids, ["mine-1", told]);
}

#[tokio::test]
async fn no_line_tells_what_was_in_a_call() {
    let (lines, _guard) = caught(LevelFilter::DEBUG);
    let channel = server(&State::new(), options()).await.in_process();
    let token = super::tokens::Issuer::new().user(&["customer"]);
    for path in KINDS {
        for text in ["confidential words", "panic", "internal"] {
            let mut request = named(text, "a-call", Some(&token));
            let key: MetadataValue<_> = "confidential-key".parse().unwrap();
            request.metadata_mut().insert("idempotency-key", key);
            drop(call_with(channel.clone(), path, request).await);
        }
    }
    assert_eq!(calls(&lines).len(), 12);
    let text = lines.text();
    let (_, signature) = token.rsplit_once('.').unwrap();
    for secret in ["confidential words", "confidential-key", signature] {
        assert!(!text.contains(secret), "{secret} is in\n{text}");
    }
}
