//! Plays a customer's journey against a running system.

use std::{path::PathBuf, process::ExitCode, time::Duration};

use anyhow::Context as _;
use clap::Parser;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint};

/// Plays a customer's journey against a running system.
#[derive(Debug, Parser)]
struct Arguments {
    /// Where everything is served: http://… or https://….
    #[arg(long, default_value = "http://127.0.0.1:9090")]
    address: String,
    /// The certificate authority to trust, a PEM file; needed for https with a development CA.
    #[arg(long)]
    ca: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let played = match connect(Arguments::parse()).await {
        Ok(channel) => demo::play(channel).await,
        Err(error) => Err(error),
    };
    match played {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            demo::failure(&error);
            ExitCode::FAILURE
        }
    }
}

async fn connect(arguments: Arguments) -> anyhow::Result<Channel> {
    let address = arguments.address.clone();
    let mut endpoint = Endpoint::from_shared(arguments.address)
        .with_context(|| format!("`{address}` is not an address: expected http://host:port"))?
        .connect_timeout(Duration::from_secs(3));
    if let Some(path) = arguments.ca {
        let pem = std::fs::read(&path).with_context(|| format!("could not read {}", path.display()))?;
        endpoint = endpoint.tls_config(ClientTlsConfig::new().ca_certificate(Certificate::from_pem(pem)))?;
    }
    endpoint
        .connect()
        .await
        .with_context(|| format!("nothing answers at {address}: is `make run` running?"))
}
