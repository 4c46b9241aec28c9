//! Every service in one process, on a PostgreSQL of its own: for a laptop and for demos.
//!
//! The same composition roots run as in Kubernetes; [`services`] lists them. What a cluster's operator
//! decides there is decided here: the database and its roles ([`database`]), the payment provider ([`sandbox`]),
//! secrets ([`home`]), certificates ([`authority`]) and who finds whom ([`wiring`]).

mod accounts;
mod authority;
mod command;
mod database;
mod home;
mod sandbox;
mod screen;
mod services;
mod settings;
mod wiring;

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: platform::process::Jemalloc = platform::process::Jemalloc;

fn main() -> ExitCode {
    command::main()
}
