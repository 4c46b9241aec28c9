use std::{sync::Arc, time::Duration};

use futures::StreamExt;
use platform::grpc::{
    client::{Client, ClientOptions, connect_lazy},
    server::{Server, ServerOptions},
};
use tokio::{
    io::AsyncReadExt,
    net::{TcpListener, TcpStream},
    task::JoinHandle,
    time::{Instant, timeout},
};
use tokio_util::sync::CancellationToken;
use tonic::{
    Code, Request,
    transport::{Channel, Endpoint},
};

use super::service::{
    BIDI, CLIENT, METHODS, SERVER, State, UNARY, assert_refused, call, note, open, options, server, unary,
};

struct Running {
    target: String,
    shutdown: CancellationToken,
    served: JoinHandle<()>,
}

impl Running {
    async fn start(server: Server) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let target = format!("http://{}", listener.local_addr().unwrap());
        let shutdown = CancellationToken::new();
        let stop = shutdown.clone();
        let served = tokio::spawn(async move { server.serve(listener, stop).await.unwrap() });
        Self {
            target,
            shutdown,
            served,
        }
    }

    fn channel(&self) -> Channel {
        Endpoint::from_shared(self.target.clone()).unwrap().connect_lazy()
    }

    async fn stopped(self) {
        timeout(Duration::from_secs(10), self.served).await.unwrap().unwrap();
    }
}

async fn start(state: &Arc<State>, options: ServerOptions) -> Running {
    Running::start(server(state, options).await).await
}

#[tokio::test]
async fn a_call_in_flight_is_answered_after_the_signal() {
    let state = State::new();
    let running = start(&state, options()).await;
    let calls: Vec<_> = (0..20)
        .map(|_| tokio::spawn(call(running.channel(), UNARY, "hang")))
        .collect();
    state.hanging(20).await;
    running.shutdown.cancel();
    let late = timeout(Duration::from_secs(10), async {
        // The listener is closed before anything else happens.
        while tokio::net::TcpStream::connect(running.target.trim_start_matches("http://"))
            .await
            .is_ok()
        {
            tokio::task::yield_now().await;
        }
    });
    late.await.unwrap();
    state.release.notify_waiters();
    for call in calls {
        assert_eq!(call.await.unwrap().unwrap(), ["released"]);
    }
    running.stopped().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stopping_under_load_loses_no_call() {
    let state = State::new();
    let running = start(&state, options()).await;
    let channel = running.channel();
    let callers: Vec<_> = (0..16)
        .map(|_| {
            let (channel, stop) = (channel.clone(), running.shutdown.clone());
            tokio::spawn(async move {
                let mut answered = 0;
                loop {
                    match call(channel.clone(), UNARY, "hello").await {
                        Ok(_) => answered += 1,
                        // Only what never reached the server may fail, and says so.
                        Err(status) => {
                            assert!(stop.is_cancelled(), "{status:?}");
                            return (answered, status);
                        }
                    }
                }
            })
        })
        .collect();
    while state.calls() < 500 {
        tokio::task::yield_now().await;
    }
    running.shutdown.cancel();
    running.stopped().await;
    let mut answered = 0;
    for caller in callers {
        answered += caller.await.unwrap().0;
    }
    assert_eq!(answered, state.calls(), "every call that a handler saw was answered");
}

#[tokio::test]
async fn open_streams_are_told_to_come_back() {
    let state = State::new();
    let running = start(&state, options()).await;
    let mut streams = Vec::new();
    for path in [SERVER, BIDI] {
        let mut stream = open(running.channel(), path, Request::new(note("endless")))
            .await
            .unwrap();
        assert_eq!(stream.next().await.unwrap().unwrap().text, "first");
        streams.push(stream);
    }
    let upload = tokio::spawn(call(running.channel(), CLIENT, "hang"));
    state.hanging(1).await;
    running.shutdown.cancel();
    for mut stream in streams {
        let status = stream.next().await.unwrap().unwrap_err();
        assert_refused(&status, Code::Unavailable, "SHUTTING_DOWN");
        assert!(wire::retry_after_of(&status).is_some());
    }
    assert_refused(&upload.await.unwrap().unwrap_err(), Code::Unavailable, "SHUTTING_DOWN");
    running.stopped().await;
}

#[tokio::test]
async fn a_stream_that_comes_back_to_the_server_that_sent_it_away_does_not_open() {
    let state = State::new();
    let server = server(&state, options()).await;
    server.end_streams();
    for path in [SERVER, BIDI] {
        let opened = open(server.in_process(), path, Request::new(note("endless"))).await;
        assert_refused(&opened.err().unwrap(), Code::Unavailable, "SHUTTING_DOWN");
    }
    assert_eq!(state.calls(), 0);
}

#[tokio::test]
async fn a_stuck_handler_does_not_hold_the_exit() {
    let state = State::new();
    let options = ServerOptions {
        drain_timeout: Duration::from_millis(50),
        ..options()
    };
    let running = start(&state, options).await;
    let stuck = tokio::spawn(call(running.channel(), UNARY, "hang"));
    state.hanging(1).await;
    running.shutdown.cancel();
    running.stopped().await;
    assert!(stuck.await.unwrap().is_err());
}

#[tokio::test]
async fn a_peer_that_never_speaks_keeps_no_connection() {
    let options = ServerOptions {
        handshake_timeout: Duration::from_millis(50),
        ..options()
    };
    let running = start(&State::new(), options).await;
    let mut socket = connect(&running).await;
    let mut answer = [0; 1_024];
    let closed = async { while socket.read(&mut answer).await.is_ok_and(|count| count > 0) {} };
    timeout(Duration::from_secs(10), closed).await.unwrap();
}

#[tokio::test]
async fn a_peer_that_never_speaks_does_not_hold_the_exit() {
    let options = ServerOptions {
        drain_timeout: Duration::from_secs(60),
        handshake_timeout: Duration::from_secs(60),
        ..options()
    };
    let running = start(&State::new(), options).await;
    let _silent = connect(&running).await;
    // Connections are accepted in their order.
    assert!(call(running.channel(), UNARY, "hello").await.is_ok());
    running.shutdown.cancel();
    running.stopped().await;
}

async fn connect(running: &Running) -> TcpStream {
    TcpStream::connect(running.target.trim_start_matches("http://"))
        .await
        .unwrap()
}

#[tokio::test]
async fn an_old_connection_is_replaced_without_cutting_its_calls() {
    let state = State::new();
    let options = ServerOptions {
        max_connection_age: Duration::from_millis(50),
        ..options()
    };
    let running = start(&state, options).await;
    let channel = running.channel();
    let mut stream = open(channel.clone(), SERVER, Request::new(note("endless")))
        .await
        .unwrap();
    stream.next().await.unwrap().unwrap();
    let held = tokio::spawn(call(channel.clone(), UNARY, "hang"));
    state.hanging(1).await;
    assert!(
        timeout(Duration::from_millis(150), stream.next()).await.is_err(),
        "the stream goes on"
    );
    let options = ClientOptions {
        methods: vec![&METHODS],
        ..ClientOptions::new("http://unused")
    };
    let client = Client::over(channel, options);
    assert!(unary(client, UNARY, Request::new(note("hello"))).await.is_ok());
    state.release.notify_waiters();
    assert!(held.await.unwrap().is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_are_replaced_all_the_time_cost_no_call() {
    let options = ServerOptions {
        max_connection_age: Duration::from_millis(3),
        ..options()
    };
    let running = start(&State::new(), options).await;
    let options = ClientOptions {
        methods: vec![&METHODS],
        ..ClientOptions::new(running.target.clone())
    };
    let client = connect_lazy(options).unwrap();
    let until = Instant::now() + Duration::from_secs(2);
    let callers: Vec<_> = (0..16)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move {
                while Instant::now() < until {
                    unary(client.clone(), UNARY, Request::new(note("hello"))).await.unwrap();
                }
            })
        })
        .collect();
    for caller in callers {
        caller.await.unwrap();
    }
}

#[tokio::test]
async fn an_idle_connection_is_closed() {
    let options = ServerOptions {
        max_connection_idle: Duration::from_millis(50),
        ..options()
    };
    let running = start(&State::new(), options).await;
    let mut socket = connect(&running).await;
    tokio::io::AsyncWriteExt::write_all(&mut socket, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0")
        .await
        .unwrap();
    let mut read = Vec::new();
    let goaway = async {
        loop {
            let mut some = [0; 256];
            let count = socket.read(&mut some).await.unwrap();
            read.extend_from_slice(&some[..count]);
            if count == 0 || frame_types(&read).contains(&7) {
                return;
            }
        }
    };
    timeout(Duration::from_secs(10), goaway).await.unwrap();
}

/// The types of the HTTP/2 frames in these bytes.
fn frame_types(mut bytes: &[u8]) -> Vec<u8> {
    let mut types = Vec::new();
    while let [a, b, c, kind, _, _, _, _, _, rest @ ..] = bytes {
        types.push(*kind);
        let length = u32::from_be_bytes([0, *a, *b, *c]) as usize;
        bytes = rest.get(length..).unwrap_or_default();
    }
    types
}
