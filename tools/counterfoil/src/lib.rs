//! The operator's command line, over the APIs only: it sees what the services tell and does what they allow.
//!
//! [`CommandLine`] is what can be asked; [`reconcile`] compares orders, payments, the ledger and the provider.

mod apis;
mod command;
mod connection;
mod events;
mod json;
mod orders;
mod output;
mod payments;
mod progress;
pub mod reconcile;
mod report;
mod table;

pub use apis::Apis;
pub use command::CommandLine;
pub use progress::Progress;

use tonic::Status;

/// What a service said, in one sentence.
fn told(status: &Status) -> String {
    match wire::reason_of(status) {
        Some(reason) => format!("{reason}: {}", status.message()),
        None => format!("{:?}: {}", status.code(), status.message()),
    }
}
