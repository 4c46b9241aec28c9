use bytes::{BufMut, Bytes, BytesMut};
use http_body_util::{BodyExt, Full};
use tonic::{Code, Request, Status, body::Body, transport::Channel};
use tower::{Service, ServiceExt};

use super::service::{
    BIDI, CLIENT, KEYED, KINDS, Note, SERVER, State, UNARY, assert_refused, call, note, options, server, unary,
};

/// Sends these bytes as the body of a call and answers how it ended.
async fn send(mut channel: Channel, path: &str, body: Bytes, headers: &[(&str, &str)]) -> Status {
    let mut request = http::Request::post(path)
        .header("content-type", "application/grpc")
        .header("te", "trailers");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Body::new(Full::new(body))).unwrap();
    let response = channel.ready().await.unwrap().call(request).await.unwrap();
    let (parts, body) = response.into_parts();
    if let Some(status) = Status::from_header_map(&parts.headers) {
        return status;
    }
    let trailers = body.collect().await.unwrap().trailers().cloned().unwrap();
    Status::from_header_map(&trailers).unwrap()
}

fn framed(flag: u8, length: u32, message: &[u8]) -> Bytes {
    let mut bytes = BytesMut::new();
    bytes.put_u8(flag);
    bytes.put_u32(length);
    bytes.put_slice(message);
    bytes.freeze()
}

#[tokio::test]
async fn broken_input_is_the_callers_fault_and_the_next_call_works() {
    let channel = server(&State::new(), options()).await.in_process();
    let garbage: &[u8] = &[0xff; 16];
    let invalid_utf8: &[u8] = &[0x0a, 0x02, 0xff, 0xfe];
    let control: &[u8] = &[0x0a, 0x01, 0x07];
    let gzip = [("grpc-encoding", "identity")];
    for path in KINDS {
        for (name, body, headers) in [
            ("garbage", framed(0, 16, garbage), &[][..]),
            ("invalid UTF-8", framed(0, 4, invalid_utf8), &[]),
            ("control characters", framed(0, 3, control), &[]),
            ("compressed without a compression", framed(1, 16, garbage), &[]),
            ("compressed garbage", framed(1, 16, garbage), &gzip),
            ("no such flag", framed(9, 0, &[]), &[]),
            ("cut off in the message", framed(0, 100, garbage), &[]),
            ("cut off in the header", Bytes::from_static(&[0, 0]), &[]),
        ] {
            let status = send(channel.clone(), path, body, headers).await;
            assert_eq!(
                wire::reason_of(&status).as_deref(),
                Some("INVALID_INPUT"),
                "{path} {name}: {status:?}"
            );
            assert_eq!(status.code(), Code::InvalidArgument, "{path} {name}");
        }
        assert!(call(channel.clone(), path, "hello").await.is_ok());
    }
}

#[tokio::test]
async fn five_mebibytes_are_too_large_whoever_streams() {
    let channel = server(&State::new(), options()).await.in_process();
    for path in KINDS {
        let big = Note {
            text: String::new(),
            ballast: vec![0; 5 * 1_024 * 1_024],
        };
        let refusal = super::service::call_with(channel.clone(), path, Request::new(big))
            .await
            .unwrap_err();
        assert_refused(&refusal, Code::ResourceExhausted, "MESSAGE_TOO_LARGE");
        assert!(call(channel.clone(), path, "hello").await.is_ok(), "{path}");
    }
}

#[tokio::test]
async fn a_missing_message_is_told() {
    let channel = server(&State::new(), options()).await.in_process();
    for path in [UNARY, SERVER] {
        let status = send(channel.clone(), path, Bytes::new(), &[]).await;
        assert_refused(&status, Code::InvalidArgument, "INVALID_INPUT");
    }
    for path in [CLIENT, BIDI] {
        assert_eq!(
            send(channel.clone(), path, Bytes::new(), &[]).await.code(),
            Code::Ok,
            "{path}"
        );
    }
}

#[tokio::test]
async fn two_messages_are_not_one() {
    let channel = server(&State::new(), options()).await.in_process();
    let twice = [framed(0, 0, &[]), framed(0, 0, &[])].concat();
    let status = send(channel, UNARY, twice.into(), &[]).await;
    assert_refused(&status, Code::InvalidArgument, "INVALID_INPUT");
}

#[tokio::test]
async fn garbage_in_metadata_is_refused_or_ignored_as_the_contract_says() {
    let channel = server(&State::new(), options()).await.in_process();
    let message = framed(0, 0, &[]);
    for timeout in ["soon", "-1S", "123456789S", "1.5S", "S"] {
        let status = send(channel.clone(), UNARY, message.clone(), &[("grpc-timeout", timeout)]).await;
        assert_refused(&status, Code::InvalidArgument, "INVALID_INPUT");
    }
    for ignored in [
        ("traceparent", "x-y-z"),
        ("x-request-id", "with space"),
        ("grpc-tags-bin", "?"),
    ] {
        let status = send(channel.clone(), UNARY, message.clone(), &[ignored]).await;
        assert_eq!(status.code(), Code::Ok, "{ignored:?}: {status:?}");
    }
    let status = send(channel.clone(), UNARY, message, &[("authorization", "?")]).await;
    assert_refused(&status, Code::Unauthenticated, "TOKEN_INVALID");
}

#[tokio::test]
async fn keys_are_checked_before_the_handler() {
    let state = State::new();
    let channel = server(&state, options()).await.in_process();
    let keyed = |name: &'static str, key: &str| {
        let mut request = Request::new(note("hello"));
        request.metadata_mut().insert(name, key.parse().unwrap());
        unary(channel.clone(), KEYED, request)
    };
    let missing = unary(channel.clone(), KEYED, Request::new(note("hello")))
        .await
        .unwrap_err();
    assert_refused(&missing, Code::InvalidArgument, "INVALID_INPUT");
    for bad in ["", "two words", &"x".repeat(256)] {
        assert_refused(
            &keyed("idempotency-key", bad).await.unwrap_err(),
            Code::InvalidArgument,
            "INVALID_INPUT",
        );
    }
    assert_eq!(state.calls(), 0);
    assert!(keyed("idempotency-key", "k").await.is_ok());
    assert!(keyed("x-idempotency-key", &"x".repeat(255)).await.is_ok());
}

#[tokio::test]
async fn a_key_is_bound_to_caller_method_and_request() {
    let method = &super::service::METHODS[4];
    let hasher = |bytes: &[u8]| [u8::try_from(bytes.len()).unwrap(); 32];
    let mut request = Request::new(note("hello"));
    request.metadata_mut().insert("idempotency-key", "k".parse().unwrap());
    request.extensions_mut().insert(kernel::Caller::service("ordersvc", []));
    let key = platform::grpc::idempotency_key(&request, method, &hasher)
        .unwrap()
        .unwrap();
    assert_eq!(key.caller, "service:ordersvc");
    assert_eq!(key.method, "test.v1.Test/Keyed");
    assert_eq!(key.fingerprint, [7; 32]);
}
