use std::{path::PathBuf, time::Duration};

use platform::{
    config::Layers,
    process::{ProcessSettings, ServerSettings},
    topology,
};

platform::settings! {
    /// What all-in-one itself reads.
    pub(crate) struct HostSettings {
        /// Where data, secrets and the fetched PostgreSQL are kept; ~/.local/share/counterfoil, for root /var/lib/counterfoil.
        pub(crate) home: Option<PathBuf> = "COUNTERFOIL_HOME", optional;
        /// The bin directory of a PostgreSQL >= 15 to take instead of the fetched one.
        pub(crate) postgres_bin: Option<PathBuf> = "POSTGRES_BIN", optional;
        /// The port of the embedded PostgreSQL on the loopback; a free one when not set.
        pub(crate) postgres_port: Option<u16> = "POSTGRES_PORT", optional;
        /// How often partitions are made and keys expire.
        pub(crate) maintain_every: Duration = "MAINTAIN_EVERY", default "1h";
    }
}

/// What all-in-one reads: its own settings, those of the process, those of the server of everything.
pub(crate) type All = ((HostSettings, ProcessSettings), ServerSettings);

/// The defaults of a laptop: the loopback only, and logs only when something is wrong.
pub(crate) fn with_defaults(layers: Layers) -> Layers {
    let loopback = |port: u16| format!("127.0.0.1:{port}");
    layers
        .with_default("HEALTH_ADDR", loopback(topology::HEALTH_PORT))
        .with_default("ADMIN_ADDR", loopback(topology::ADMIN_PORT))
        .with_default("GRPC_ADDR", loopback(topology::EVERYTHING_PORT))
        .with_default("DRAIN_LIMIT", "10s")
        .with_default("RUST_LOG", "warn")
}
