//! The program `certs`.

use std::{io, process::ExitCode};

use certs::CommandLine;
use clap::Parser;

#[tokio::main]
async fn main() -> ExitCode {
    CommandLine::parse().run(&mut io::stdout(), &mut io::stderr()).await
}
