//! The process `authsvc`.

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: platform::process::Jemalloc = platform::process::Jemalloc;

fn main() -> ExitCode {
    platform::process::main::<authsvc::Authsvc>()
}
