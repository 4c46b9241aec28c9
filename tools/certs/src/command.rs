use std::{fs, io::Write, path::PathBuf, process::ExitCode};

use anyhow::Context;
use clap::{Args, Parser, Subcommand};
use kernel::{Chain, SystemClock};

use crate::{
    Cluster, Renew, ensure,
    installation::{Certificates, Databases, Installation, Secrets, Service, Unusable},
};

/// The exit code, also of arguments that cannot be used, when another attempt would not help.
const WRONG: u8 = 2;

/// Makes what the Secrets of an installation lack, and renews its certificates.
#[derive(Debug, Parser)]
#[command(name = "certs", version)]
pub struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make what is missing, renew what is due, change nothing else; a second run changes nothing.
    Ensure(Ensure),
}

#[derive(Debug, Args)]
struct Ensure {
    /// The table of services, as YAML: for each its `database`, its `keys`, and `secrets` of other names.
    #[arg(long, env = "SERVICES_FILE", value_name = "FILE")]
    services: PathBuf,
    /// Where certificates come from: made, given, or unused when everything is plaintext.
    #[arg(long, env = "CERTIFICATES", default_value = "made")]
    certificates: Certificates,
    /// Where keys, passwords and addresses of databases come from: made or given.
    #[arg(long, env = "SECRETS", default_value = "made")]
    secrets: Secrets,
    /// Where the databases are: given by Secrets that others make, bundled (the server `postgres` here), or HOST:PORT.
    #[arg(long, env = "DATABASES", default_value = "given")]
    databases: Databases,
    /// Renew every certificate, due or not.
    #[arg(long)]
    renew: bool,
    /// The namespace; else that of the pod, or of the context.
    #[arg(long)]
    namespace: Option<String>,
    /// The context of the kubeconfig; else that of the pod, or the current one.
    #[arg(long, env = "KUBECONTEXT")]
    context: Option<String>,
}

impl CommandLine {
    /// Does it; what was done goes to `out`, what is wrong to `err`.
    pub async fn run(self, out: &mut dyn Write, err: &mut dyn Write) -> ExitCode {
        let Command::Ensure(command) = self.command;
        match command.run(out).await {
            Ok(wrong) => {
                for fault in &wrong {
                    // Nobody is left to tell when stderr is gone.
                    drop(writeln!(err, "certs: {fault}"));
                }
                if wrong.is_empty() {
                    ExitCode::SUCCESS
                } else {
                    ExitCode::from(WRONG)
                }
            }
            Err(error) => {
                drop(writeln!(err, "certs: {}", Chain(error.as_ref())));
                if error.is::<Unusable>() {
                    ExitCode::from(WRONG)
                } else {
                    ExitCode::FAILURE
                }
            }
        }
    }
}

impl Ensure {
    async fn run(self, out: &mut dyn Write) -> anyhow::Result<Vec<crate::Fault>> {
        let text = fs::read_to_string(&self.services)
            .with_context(|| format!("could not read the table of services {}", self.services.display()))?;
        let services = Service::table(&text)?;
        let cluster = Cluster::connect(self.context, self.namespace).await?;
        let installation = Installation {
            namespace: cluster.namespace().to_owned(),
            services,
            certificates: self.certificates,
            secrets: self.secrets,
            databases: self.databases,
        };
        let renew = if self.renew { Renew::All } else { Renew::Due };
        ensure(&cluster, &installation, &SystemClock, renew, out).await
    }
}
