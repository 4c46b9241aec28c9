//! The process `paymentsvc`.

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: platform::process::Jemalloc = platform::process::Jemalloc;

fn main() -> ExitCode {
    platform::process::main::<paymentsvc::Paymentsvc>()
}
