//! What a peer may hold.

use platform::grpc::server::ServerOptions;
use tonic::{Code, Request};

use super::service::{Note, State, UNARY, call, call_with, note, options, server};

fn with_header(bytes: usize) -> Request<Note> {
    let mut request = Request::new(note("hello"));
    request
        .metadata_mut()
        .insert("x-long", "a".repeat(bytes).parse().unwrap());
    request
}

#[tokio::test]
async fn headers_over_the_limit_are_refused_before_the_handler_and_the_next_call_works() {
    let state = State::new();
    let limit = options().max_header_list_bytes as usize;
    let channel = server(&state, options()).await.in_process();
    call_with(channel.clone(), UNARY, with_header(limit / 2)).await.unwrap();
    let refused = call_with(channel.clone(), UNARY, with_header(limit)).await.unwrap_err();
    assert_ne!(refused.code(), Code::Internal, "{refused:?}");
    assert_eq!(state.calls(), 1);
    call(channel, UNARY, "hello").await.unwrap();
}

#[tokio::test]
async fn calls_over_the_limit_of_a_connection_wait_for_one_to_end() {
    let options = ServerOptions {
        max_concurrent_streams: 2,
        ..options()
    };
    let state = State::new();
    let server = server(&state, options).await;
    let channel = server.in_process();
    // A client learns the limit with the first answer.
    call(channel.clone(), UNARY, "hello").await.unwrap();
    let held: Vec<_> = (0..3)
        .map(|_| tokio::spawn(call(channel.clone(), UNARY, "hang")))
        .collect();
    state.hanging(2).await;
    // Another connection has room of its own.
    call(server.in_process(), UNARY, "hello").await.unwrap();
    assert_eq!(state.calls(), 4);
    state.release.notify_waiters();
    state.hanging(1).await;
    state.release.notify_waiters();
    for call in held {
        assert!(call.await.unwrap().is_ok());
    }
}
