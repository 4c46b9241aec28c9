//! The command `health`: asks a server whether it is ready, by the address and certificate that callers use.

use std::path::PathBuf;

use anyhow::{Context, ensure};
use clap::{Arg, ArgMatches, Command, value_parser};
use tonic_health::pb::{HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient};

use crate::{
    grpc::client::{ClientOptions, ClientTls, connect_lazy},
    topology,
};

const URL: &str = "URL";
const CA: &str = "ca";

pub(super) fn command_line() -> Command {
    Command::new("health")
        .about("Ask a server whether it is ready; the one of this pod when no URL is given")
        .arg(Arg::new(URL).help("Such as https://service:port"))
        .arg(
            Arg::new(CA)
                .long(CA)
                .value_name("FILE")
                .value_parser(value_parser!(PathBuf))
                .help("The authority that signed its certificate, for https"),
        )
}

pub(super) async fn run(matches: ArgMatches) -> anyhow::Result<()> {
    let own = || format!("http://127.0.0.1:{}", topology::HEALTH_PORT);
    let url = matches.get_one::<String>(URL).cloned().unwrap_or_else(own);
    ask_health(&url, matches.get_one::<PathBuf>(CA).cloned()).await
}

/// Asks the server at a URL whether it is ready; `https` needs the authority that signed its certificate.
///
/// # Errors
/// It is not, or cannot be asked.
pub async fn ask_health(url: &str, ca_file: Option<PathBuf>) -> anyhow::Result<()> {
    let options = ClientOptions {
        tls: url.starts_with("https").then_some(ClientTls {
            ca_file,
            domain_name: None,
        }),
        ..ClientOptions::new(url)
    };
    let mut health = HealthClient::new(connect_lazy(options)?);
    let answer = health.check(HealthCheckRequest::default()).await;
    let status = answer
        .with_context(|| format!("could not ask {url}"))?
        .into_inner()
        .status();
    ensure!(status == ServingStatus::Serving, "{url} is not ready");
    Ok(())
}
