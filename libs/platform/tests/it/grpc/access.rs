use std::time::Duration;

use futures::{FutureExt, StreamExt};
use platform::auth::Claims;
use tokio::time::timeout;
use tonic::{Code, Request, service::Routes};
use wire::{Access, AccessLevel, CallKind, Idempotency, Method};

use platform::grpc::server::{Server, ServerError};

use super::{
    service::{OWN_SERVER, SERVER, State, assert_refused, note, open, options, parts, unary},
    tokens::Issuer,
};

#[tokio::test]
async fn every_level_admits_exactly_whom_the_contract_says() {
    let issuer = Issuer::new();
    let state = State::new();
    let server = Server::try_new(parts(&state, issuer.verifier()).await, options()).unwrap();
    let callers = [
        ("anonymous", None),
        ("customer", Some(issuer.user(&["customer"]))),
        ("staff", Some(issuer.user(&["staff"]))),
        ("admin", Some(issuer.user(&["admin"]))),
        ("service", Some(issuer.service(&["test:use", "test:staff"]))),
        ("service without permission", Some(issuer.service(&["other"]))),
    ];
    let admitted = [
        ("/test.v1.Test/Unary", [true, true, true, true, true, true]),
        ("/test.v1.Test/Own", [false, true, true, true, false, false]),
        ("/test.v1.Test/Staff", [false, false, true, true, true, false]),
        ("/test.v1.Test/Admin", [false, false, false, true, false, false]),
        ("/test.v1.Test/Service", [false, false, false, false, true, false]),
    ];
    for (path, expected) in admitted {
        for ((name, token), admitted) in callers.iter().zip(expected) {
            let mut request = Request::new(note("hello"));
            if let Some(token) = token {
                let value = format!("Bearer {token}").parse().unwrap();
                request.metadata_mut().insert("authorization", value);
            }
            match (admitted, unary(server.in_process(), path, request).await) {
                (true, answer) => assert!(answer.is_ok(), "{path} {name}: {answer:?}"),
                (false, answer) if token.is_none() => {
                    assert_refused(&answer.unwrap_err(), Code::Unauthenticated, "TOKEN_MISSING");
                }
                (false, answer) => assert_refused(&answer.unwrap_err(), Code::PermissionDenied, "NOT_ALLOWED"),
            }
        }
    }
}

#[tokio::test]
async fn tokens_that_do_not_prove_anybody_are_refused_before_the_handler() {
    let issuer = Issuer::new();
    let state = State::new();
    let server = Server::try_new(parts(&state, issuer.verifier()).await, options()).unwrap();
    for (header, path, reason) in [
        ("Bearer nonsense".to_owned(), "/test.v1.Test/Own", "TOKEN_INVALID"),
        ("Basic dTpw".to_owned(), "/test.v1.Test/Unary", "TOKEN_INVALID"),
        ("Bearer".to_owned(), "/test.v1.Test/Own", "TOKEN_INVALID"),
    ] {
        let mut request = Request::new(note("hello"));
        request.metadata_mut().insert("authorization", header.parse().unwrap());
        let refusal = unary(server.in_process(), path, request).await.unwrap_err();
        assert_refused(&refusal, Code::Unauthenticated, reason);
    }
    let expired = format!("Bearer {}", issuer.user(&["customer"]));
    issuer.clock.advance(time::Duration::seconds(661));
    let request = |path| {
        let mut request = Request::new(note("hello"));
        request.metadata_mut().insert("authorization", expired.parse().unwrap());
        unary(server.in_process(), path, request)
    };
    let refusal = request("/test.v1.Test/Own").await.unwrap_err();
    assert_refused(&refusal, Code::Unauthenticated, "TOKEN_EXPIRED");
    assert!(
        request("/test.v1.Test/Unary").await.is_ok(),
        "a public method takes whose token has just expired"
    );
    *issuer.source.away.lock().unwrap() = true;
}

#[tokio::test]
async fn a_stream_ends_with_the_token_that_opened_it() {
    let issuer = Issuer::new();
    let state = State::new();
    let server = Server::try_new(parts(&state, issuer.verifier()).await, options()).unwrap();
    let claims = issuer.claims();
    // It is over in a second.
    let exp = claims.iat - 59;
    let token = format!("Bearer {}", issuer.sign(&Claims { exp, ..claims }));
    let endless = || {
        let mut request = Request::new(note("endless"));
        request.metadata_mut().insert("authorization", token.parse().unwrap());
        request
    };
    let mut own = open(server.in_process(), OWN_SERVER, endless()).await.unwrap();
    let mut public = open(server.in_process(), SERVER, endless()).await.unwrap();
    for stream in [&mut own, &mut public] {
        assert_eq!(stream.next().await.unwrap().unwrap().text, "first");
    }
    let ended = timeout(Duration::from_secs(10), own.next()).await.unwrap();
    assert_refused(&ended.unwrap().unwrap_err(), Code::Unauthenticated, "TOKEN_EXPIRED");
    assert!(public.next().now_or_never().is_none(), "what anybody may see goes on");
}

#[tokio::test]
async fn a_public_method_takes_whose_token_was_signed_with_a_key_that_is_gone() {
    let issuer = Issuer::new();
    let state = State::new();
    let server = Server::try_new(parts(&state, issuer.verifier()).await, options()).unwrap();
    let token = format!("Bearer {}", issuer.sign_as("retired", &issuer.claims()));
    for (path, served) in [("/test.v1.Test/Unary", true), ("/test.v1.Test/Own", false)] {
        let mut request = Request::new(note("hello"));
        request.metadata_mut().insert("authorization", token.parse().unwrap());
        assert_eq!(
            unary(server.in_process(), path, request).await.is_ok(),
            served,
            "{path}"
        );
    }
    let seen = state.seen.lock().unwrap();
    assert_eq!(seen[0].caller, kernel::Caller::Anonymous);
}

#[tokio::test]
async fn without_keys_only_public_methods_are_served() {
    let issuer = Issuer::new();
    *issuer.source.away.lock().unwrap() = true;
    let state = State::new();
    let server = Server::try_new(parts(&state, issuer.verifier()).await, options()).unwrap();
    let request = || {
        let mut request = Request::new(note("hello"));
        let token = format!("Bearer {}", issuer.user(&["customer"]));
        request.metadata_mut().insert("authorization", token.parse().unwrap());
        request
    };
    let refusal = unary(server.in_process(), "/test.v1.Test/Own", request())
        .await
        .unwrap_err();
    assert_refused(&refusal, Code::Unavailable, "KEYS_UNAVAILABLE");
    assert!(wire::retry_after_of(&refusal).is_some());
    assert!(
        unary(server.in_process(), "/test.v1.Test/Unary", request())
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn a_method_nobody_decided_about_keeps_a_server_from_starting() {
    static UNDECIDED: [Method; 1] = [Method {
        path: "/test.v1.Test/Unary",
        kind: CallKind::Unary,
        access: None,
        idempotency: Idempotency::Optional,
    }];
    let issuer = Issuer::new();
    let mut parts = parts(&State::new(), issuer.verifier()).await;
    parts.methods = vec![&UNDECIDED];
    let error = Server::try_new(parts, options()).unwrap_err();
    assert!(matches!(error, ServerError::NoAccess(methods) if methods == ["test.v1.Test/Unary"]));
}

#[tokio::test]
async fn a_method_that_the_tables_miss_keeps_a_server_from_starting() {
    static HEALTH: [Method; 1] = [Method {
        path: "/grpc.health.v1.Health/Check",
        kind: CallKind::Unary,
        access: Some(Access {
            level: AccessLevel::Public,
            permission: None,
        }),
        idempotency: Idempotency::Read,
    }];
    let issuer = Issuer::new();
    let mut parts = parts(&State::new(), issuer.verifier()).await;
    parts.methods = vec![&HEALTH];
    parts.descriptors = tonic_health::pb::FILE_DESCRIPTOR_SET;
    let error = Server::try_new(parts, options()).unwrap_err();
    assert!(
        matches!(error, ServerError::NotInTables(methods) if methods.contains(&"grpc.health.v1.Health/Watch".to_owned()))
    );
}

#[tokio::test]
async fn methods_with_callers_need_somebody_who_recognises_them() {
    let mut parts = parts(&State::new(), Issuer::new().verifier()).await;
    parts.verifier = None;
    assert!(matches!(
        Server::try_new(parts, options()),
        Err(ServerError::NoVerifier(_))
    ));
}

#[tokio::test]
async fn what_is_in_no_table_is_not_served() {
    let state = State::new();
    let mut parts = parts(&state, Issuer::new().verifier()).await;
    parts.methods = Vec::new();
    let server = Server::try_new(parts, options()).unwrap();
    let refusal = unary(server.in_process(), "/test.v1.Test/Unary", Request::new(note("hello"))).await;
    assert_eq!(refusal.unwrap_err().code(), Code::Unimplemented);
    assert_eq!(state.calls(), 0);
}

#[tokio::test]
async fn one_server_serves_what_several_would() {
    let issuer = Issuer::new();
    let state = State::new();
    let mut empty = parts(&state, issuer.verifier()).await;
    empty.routes = Routes::default();
    empty.methods = Vec::new();
    let both = empty.and(parts(&state, issuer.verifier()).await);
    let server = Server::try_new(both, options()).unwrap();
    let answer = unary(server.in_process(), "/test.v1.Test/Unary", Request::new(note("hello"))).await;
    assert!(answer.is_ok());
}
