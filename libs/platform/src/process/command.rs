use std::{
    ffi::OsString,
    future::Future,
    io::{self, Write},
    process::ExitCode,
    sync::Arc,
};

use anyhow::Context;
use clap::{Arg, ArgAction, ArgMatches, Command};
use futures::{FutureExt, future::BoxFuture};
use kernel::Chain;

use super::{Process, ProcessSettings, Served, ServerSettings, Service, Serving, health, request_on_signals, upkeep};
use crate::{
    config::{Layers, Settings, Variable},
    telemetry::Telemetry,
};

type Run<C> = dyn Fn(C, Process, Vec<String>) -> BoxFuture<'static, anyhow::Result<()>> + Send + Sync;

/// A command of one service, beside those every service has: `authsvc grant-role EMAIL ROLE`.
pub struct ServiceCommand<C> {
    name: &'static str,
    about: &'static str,
    arguments: Vec<(&'static str, &'static str)>,
    run: Arc<Run<C>>,
}

impl<C> ServiceCommand<C> {
    /// A command that is handed the service's settings, a process, and its arguments in order. Every argument is
    /// required; each has a name and a help text.
    pub fn new<F, R>(
        name: &'static str,
        about: &'static str,
        arguments: impl IntoIterator<Item = (&'static str, &'static str)>,
        run: F,
    ) -> Self
    where
        F: Fn(C, Process, Vec<String>) -> R + Send + Sync + 'static,
        R: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        Self {
            name,
            about,
            arguments: arguments.into_iter().collect(),
            run: Arc::new(move |config, process, arguments| run(config, process, arguments).boxed()),
        }
    }

    /// Its name on the command line.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Runs it.
    ///
    /// # Errors
    /// Whatever it could not do.
    pub async fn run(&self, config: C, process: Process, arguments: Vec<String>) -> anyhow::Result<()> {
        (self.run)(config, process, arguments).await
    }

    fn clap(&self) -> Command {
        Command::new(self.name)
            .about(self.about)
            .args(self.arguments.iter().enumerate().map(|(place, (name, help))| {
                Arg::new(*name)
                    .value_name(*name)
                    .help(*help)
                    .required(true)
                    .index(place + 1)
            }))
    }

    fn values(&self, matches: &ArgMatches) -> Vec<String> {
        self.arguments
            .iter()
            .filter_map(|(name, _)| matches.get_one::<String>(name).cloned())
            .collect()
    }
}

/// Runs a service as its command line and environment say; what `main` of every service is.
pub fn main<S: Service>() -> ExitCode {
    let layers = match Layers::of_this_process() {
        Ok(layers) => layers,
        Err(error) => return refuse(&error.to_string()),
    };
    run::<S>(std::env::args_os(), layers)
}

/// Every variable that a service reads when it runs alone, with its own defaults.
pub fn variables<S: Service>() -> Vec<Variable> {
    let own = upkeep::with_defaults::<S>(Layers::default());
    let mut all = <((ProcessSettings, ServerSettings), S::Config)>::variables();
    for variable in &mut all {
        own.apply_default(variable);
    }
    all
}

fn command_line<S: Service>() -> Command {
    let insecure = Arg::new("insecure")
        .long("insecure")
        .action(ArgAction::SetTrue)
        .help("Serve plaintext: for the loopback and behind a mesh");
    let command = Command::new(S::NAME)
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(Command::new("serve").about("Serve until told to end").arg(insecure))
        .subcommand(health::command_line())
        .subcommand(Command::new("print-config").about("Print the configuration that holds, without secrets"))
        .subcommands(S::commands().iter().map(ServiceCommand::clap));
    if S::migrator().is_none() {
        return command;
    }
    command
        .subcommand(Command::new("migrate").about("Bring the schema up to date, as the role that owns it"))
        .subcommand(Command::new("maintain").about("Make and drop partitions, expire keys; to be run every hour or so"))
        .subcommand(
            Command::new("events")
                .about("The event log")
                .subcommand_required(true)
                .subcommand(
                    Command::new("new-epoch")
                        .about("After a restore: make positions given since the backup recognisable as old"),
                ),
        )
}

fn run<S: Service>(arguments: impl IntoIterator<Item = OsString>, layers: Layers) -> ExitCode {
    let matches = match command_line::<S>().try_get_matches_from(arguments) {
        Ok(matches) => matches,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let mut layers = upkeep::with_defaults::<S>(layers);
    let done = match matches.subcommand() {
        Some(("serve", matches)) => {
            if matches.get_flag("insecure") {
                layers = layers.with_argument("INSECURE", "true");
            }
            in_runtime(serve::<S>(layers))
        }
        Some(("health", matches)) => in_runtime(health::run(matches.clone())),
        Some(("print-config", _)) => print_config::<S>(&layers),
        Some(("migrate", _)) => in_runtime(with_telemetry::<S>(&layers, async {
            match S::migrator() {
                Some(migrator) => upkeep::migrate(migrator, &layers).await,
                None => Ok(()),
            }
        })),
        Some(("maintain", _)) => in_runtime(with_telemetry::<S>(&layers, upkeep::maintain(&layers))),
        Some(("events", _)) => in_runtime(with_telemetry::<S>(&layers, upkeep::new_epoch(&layers))),
        Some((name, matches)) => in_runtime(run_own::<S>(layers, name.to_owned(), matches.clone())),
        None => Ok(()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => refuse(&Chain(error.as_ref()).to_string()),
    }
}

fn in_runtime(work: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("could not start the runtime")?
        .block_on(work)
}

async fn serve<S: Service>(layers: Layers) -> anyhow::Result<()> {
    let ((process_settings, server), config) = layers.read::<((ProcessSettings, ServerSettings), S::Config)>()?;
    let telemetry = Telemetry::start(S::NAME, &process_settings)?;
    let process = Process::new();
    request_on_signals(process.shutdown.clone())?;
    let ended = serve_until_asked::<S>(config, server, process, process_settings, &telemetry).await;
    telemetry.shut_down().await;
    ended
}

async fn serve_until_asked<S: Service>(
    config: S::Config,
    settings: ServerSettings,
    process: Process,
    process_settings: ProcessSettings,
    telemetry: &Telemetry,
) -> anyhow::Result<()> {
    let composed = S::compose(config, &process)
        .await
        .with_context(|| format!("could not compose {}", S::NAME))?;
    let served = Served {
        name: S::NAME,
        composed,
        settings,
    };
    let metrics = telemetry.metrics().clone();
    Serving::bind(vec![served], None, process, process_settings, metrics)
        .await?
        .run()
        .await
}

async fn run_own<S: Service>(layers: Layers, name: String, matches: ArgMatches) -> anyhow::Result<()> {
    let Some(command) = S::commands().into_iter().find(|command| command.name == name) else {
        anyhow::bail!("there is no command {name}");
    };
    let config: S::Config = layers.read()?;
    let values = command.values(&matches);
    with_telemetry::<S>(&layers, command.run(config, Process::new(), values)).await
}

async fn with_telemetry<S: Service>(
    layers: &Layers,
    work: impl Future<Output = anyhow::Result<()>>,
) -> anyhow::Result<()> {
    let telemetry = Telemetry::start(S::NAME, &layers.read()?)?;
    let done = work.await;
    telemetry.shut_down().await;
    done
}

fn print_config<S: Service>(layers: &Layers) -> anyhow::Result<()> {
    let shown = layers.effective(&variables::<S>());
    let mut out = io::stdout().lock();
    for line in shown {
        writeln!(out, "{line}").context("could not print")?;
    }
    layers.read::<((ProcessSettings, ServerSettings), S::Config)>()?;
    Ok(())
}

/// One clear sentence for whoever started the process.
fn refuse(text: &str) -> ExitCode {
    let mut err = io::stderr().lock();
    let _ = writeln!(err, "{text}");
    ExitCode::FAILURE
}
