//! The program `counterfoil`.

use std::{io, process::ExitCode};

use clap::Parser;
use counterfoil::CommandLine;

#[tokio::main]
async fn main() -> ExitCode {
    let mut out = io::stdout();
    CommandLine::parse().run(&mut out).await
}
