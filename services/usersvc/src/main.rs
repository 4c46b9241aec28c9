//! The process `usersvc`.

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: platform::process::Jemalloc = platform::process::Jemalloc;

fn main() -> ExitCode {
    platform::process::main::<usersvc::Usersvc>()
}
