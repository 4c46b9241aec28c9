//! The program `demo`.

use std::{
    env,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context as _;
use clap::Parser;
use demo::Staff;
use platform::grpc::client::{ClientOptions, ClientTls, Installation};

/// Plays a customer's journey against a running system.
#[derive(Debug, Parser)]
struct Arguments {
    /// Where everything is served: http://… or https://…; with {port} or {service} in it, where each service is:
    /// http://127.0.0.1:{port}.
    #[arg(long, default_value = "http://127.0.0.1:9090")]
    address: String,
    /// The certificate authority to trust, a PEM file; needed for https with a development CA.
    #[arg(long)]
    ca: Option<PathBuf>,
    /// Who ships the orders.
    #[arg(long, default_value = "admin@counterfoil.example")]
    staff_email: String,
    /// The file with the password of staff; left out, that of `make run` is looked for.
    #[arg(long)]
    staff_password_file: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            demo::failure(&error);
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let staff = staff(&arguments)?;
    let address = arguments.address.clone();
    let played = demo::play(connect(arguments)?, staff).await;
    played.with_context(|| format!("the demo needs a system at {address}, such as that of `make run`"))
}

fn staff(arguments: &Arguments) -> anyhow::Result<Option<Staff>> {
    let kept = || {
        let name = format!("secrets/{}.password", arguments.staff_email);
        homes().map(|home| home.join(&name)).find(|path| path.is_file())
    };
    let Some(path) = arguments.staff_password_file.clone().or_else(kept) else {
        return Ok(None);
    };
    let password = std::fs::read_to_string(&path).with_context(|| format!("could not read {}", path.display()))?;
    Ok(Some(Staff {
        email: arguments.staff_email.clone(),
        password: password.trim_end().to_owned(),
    }))
}

/// Where `make run` may keep its secrets.
fn homes() -> impl Iterator<Item = PathBuf> {
    let named = env::var_os("COUNTERFOIL_HOME").map(PathBuf::from);
    let own = env::var_os("HOME").map(|home| Path::new(&home).join(".local/share/counterfoil"));
    [named, own, Some(PathBuf::from("/var/lib/counterfoil"))]
        .into_iter()
        .flatten()
}

fn connect(arguments: Arguments) -> anyhow::Result<Installation> {
    let tls = arguments.address.starts_with("https").then_some(ClientTls {
        ca_file: arguments.ca,
        domain_name: None,
    });
    let options = |target| ClientOptions {
        tls: tls.clone(),
        methods: demo::METHODS.to_vec(),
        ..ClientOptions::new(target)
    };
    Installation::connect_lazy(&arguments.address, options).context("--address")
}
