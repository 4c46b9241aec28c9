//! `e2e`: 0 when every step went well. `make e2e` builds what it needs.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for people talks on the terminal"
)]

use std::{env, path::PathBuf, process::ExitCode};

use anyhow::Context;
use clap::{Parser, ValueEnum};
use e2e::{Cluster, Journey, story};

/// Plays the journey on a cluster, from apply to uninstall, and ends with a table.
#[derive(Debug, Parser)]
#[command(name = "e2e")]
struct Arguments {
    /// The cluster, by its context in kubectl's configuration.
    #[arg(long)]
    context: String,
    /// Only these stories.
    #[arg(long, value_enum)]
    only: Vec<Story>,
    /// The tag of the images that the chart is upgraded to.
    #[arg(long, default_value = "next")]
    next_tag: String,
    /// Where logs go.
    #[arg(long, default_value = "target/e2e")]
    output: PathBuf,
    /// Leaves the namespaces as they are.
    #[arg(long)]
    keep: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Story {
    Dev,
    Staging,
    Chart,
}

fn main() -> ExitCode {
    match play(&Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("e2e: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn play(arguments: &Arguments) -> anyhow::Result<bool> {
    let own = env::current_exe().context("could not find this program")?;
    let programs = own.parent().context("this program is in no directory")?;
    let cluster = Cluster::new(&arguments.context, &env::current_dir()?, programs);
    let mut journey = Journey::default();
    let wanted = |story| arguments.only.is_empty() || arguments.only.contains(&story);
    let scene = |name| story::Scene {
        namespace: cluster.namespace(name),
        output: &arguments.output,
        keep: arguments.keep,
    };
    if wanted(Story::Dev) {
        story::dev(&mut journey, &scene("e2e-dev"));
    }
    if wanted(Story::Staging) {
        story::staging(&mut journey, &scene("e2e-staging"));
    }
    if wanted(Story::Chart) {
        story::chart(&mut journey, &scene("e2e-chart"), &arguments.next_tag);
    }
    println!("{journey}");
    Ok(journey.went_well())
}
