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
        /// The port of the sandbox payment provider on the loopback; 0 takes a free one.
        pub(crate) sandbox_psp_port: u16 = "SANDBOX_PSP_PORT", default "8090";
        /// The program of the sandbox payment provider; sandbox-psp beside this one when not set.
        pub(crate) sandbox_psp_bin: Option<PathBuf> = "SANDBOX_PSP_BIN", optional;
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

#[cfg(test)]
mod tests {
    use platform::config::Settings;

    use super::*;

    #[test]
    fn the_sandbox_is_where_the_topology_has_it() {
        let variables = HostSettings::variables();
        let declared = variables.iter().find(|variable| variable.name == "SANDBOX_PSP_PORT");
        let default = declared.and_then(|variable| variable.default.as_deref());
        assert_eq!(default, Some(topology::SANDBOX_PSP_PORT.to_string().as_str()));
    }
}
