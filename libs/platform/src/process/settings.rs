use std::{net::SocketAddr, path::PathBuf, time::Duration};

use crate::config::Value;

crate::settings! {
    /// What there is once in a process, however many services it runs.
    pub struct ProcessSettings {
        /// Where plaintext grpc.health.v1 listens, for probes.
        pub health_addr: SocketAddr = "HEALTH_ADDR", default "0.0.0.0:8081";
        /// Where metrics, health and profiles are served over HTTP.
        pub admin_addr: SocketAddr = "ADMIN_ADDR" or "PPROF_PORT", default "0.0.0.0:9464";
        /// How long it keeps serving after it was asked to end, so that balancers notice that it is not ready.
        pub drain_delay: Duration = "DRAIN_DELAY", default "0s";
        /// How long calls may take to end after that; then they are cut.
        pub drain_limit: Duration = "DRAIN_LIMIT", default "25s";
        /// Which log lines are written, as tracing filters: info,ordersvc=debug.
        pub log_filter: String = "RUST_LOG", default "info";
        /// How log lines look: json, pretty, or auto (pretty on a terminal).
        pub log_format: LogFormat = "LOG_FORMAT", default "auto";
        /// Where traces are sent (OTLP over gRPC); without it they are not.
        pub otlp_endpoint: Option<String> = "OTEL_EXPORTER_OTLP_ENDPOINT", optional;
    }
}

crate::settings! {
    /// What each service's server has.
    pub struct ServerSettings {
        /// Where its gRPC server listens; the default is the service's own port.
        pub grpc_addr: SocketAddr = "GRPC_ADDR" or "GRPC_PORT" or "PORT", default "0.0.0.0:9090";
        /// The certificate chain it shows (PEM); read again when it changes.
        pub tls_cert: Option<PathBuf> = "TLS_CERT_FILE", optional;
        /// The private key of that certificate (PEM).
        pub tls_key: Option<PathBuf> = "TLS_KEY_FILE", optional;
        /// Serve plaintext instead: for the loopback and behind a mesh. Also --insecure.
        pub insecure: bool = "INSECURE", default "false";
    }
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// Pretty on a terminal, JSON elsewhere.
    Auto,
    /// One JSON object a line.
    Json,
    /// For people.
    Pretty,
}

impl Value for LogFormat {
    const EXPECTED: &'static str = "auto, json or pretty";
    fn parse(text: &str) -> Option<Self> {
        match text {
            "auto" => Some(LogFormat::Auto),
            "json" => Some(LogFormat::Json),
            "pretty" => Some(LogFormat::Pretty),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{config::Settings as _, topology};

    #[test]
    fn the_defaults_are_the_ports_of_the_topology() {
        let all = [ProcessSettings::variables(), ServerSettings::variables()].concat();
        for (name, port) in [
            ("HEALTH_ADDR", topology::HEALTH_PORT),
            ("ADMIN_ADDR", topology::ADMIN_PORT),
            ("GRPC_ADDR", topology::EVERYTHING_PORT),
        ] {
            let variable = all.iter().find(|variable| variable.name == name).unwrap();
            assert_eq!(
                variable.default.as_deref(),
                Some(format!("0.0.0.0:{port}").as_str()),
                "{name}"
            );
        }
    }
}
