use std::{sync::Arc, time::Duration};

use super::tls::Certificates;

/// How the bytes travel.
#[derive(Debug, Clone)]
pub enum Transport {
    /// In the clear: for the loopback, and for probes.
    Insecure,
    /// TLS with a certificate that may be replaced while serving.
    Tls(Arc<Certificates>),
}

/// How often one caller may call.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RateLimit {
    /// In the long run.
    pub per_second: f64,
    /// At once.
    pub burst: u32,
}

/// The limits of a server. The defaults are those of production.
#[derive(Debug, Clone)]
pub struct ServerOptions {
    /// How the bytes travel.
    pub transport: Transport,
    /// The largest message that is taken.
    pub max_message_bytes: usize,
    /// Connections at once; more wait to be accepted.
    pub max_connections: usize,
    /// Calls at once on one connection.
    pub max_concurrent_streams: u32,
    /// The largest sum of a request's headers.
    pub max_header_list_bytes: u32,
    /// Unary calls at once; more are refused.
    pub max_in_flight: usize,
    /// Streams open at once; more are refused.
    pub max_open_streams: usize,
    /// How long a unary call, or a stream until its first message, may take.
    pub call_timeout: Duration,
    /// A limit for each caller.
    pub rate_limit: Option<RateLimit>,
    /// How long a TLS or HTTP/2 handshake may take.
    pub handshake_timeout: Duration,
    /// A connection older than this takes no new calls, so that load spreads over new servers.
    pub max_connection_age: Duration,
    /// A connection without a call for so long is closed.
    pub max_connection_idle: Duration,
    /// A silent connection is asked for a sign of life so often.
    pub keepalive_interval: Duration,
    /// How long the sign of life may take.
    pub keepalive_timeout: Duration,
    /// How long a stopping server waits for calls that do not end.
    pub drain_timeout: Duration,
    /// How often the certificate's files are looked at.
    pub certificate_check: Duration,
}

impl ServerOptions {
    /// Production limits over this transport.
    pub fn new(transport: Transport) -> Self {
        Self {
            transport,
            max_message_bytes: 4 * 1_024 * 1_024,
            max_connections: 10_000,
            max_concurrent_streams: 1_000,
            max_header_list_bytes: 16 * 1_024,
            max_in_flight: 1_024,
            max_open_streams: 10_000,
            call_timeout: Duration::from_secs(30),
            rate_limit: None,
            handshake_timeout: Duration::from_secs(10),
            max_connection_age: Duration::from_secs(30 * 60),
            max_connection_idle: Duration::from_secs(15 * 60),
            keepalive_interval: Duration::from_secs(60),
            keepalive_timeout: Duration::from_secs(20),
            drain_timeout: Duration::from_secs(20),
            certificate_check: Duration::from_secs(30),
        }
    }
}
