//! Makes what the Secrets of an installation lack, and renews its certificates.
//!
//! [`Installation`] is what there must be: the table of services that also their pods are made from. [`ensure`] compares
//! it with what there is and changes the difference, so a second run changes nothing. What it did not make itself, which
//! the label of [`secrets::Secret::ours`] tells, it never changes: a Secret that somebody gave is only looked at.

mod certificate;
mod cluster;
mod command;
mod ensure;
pub mod installation;
mod plan;
pub mod secrets;

pub use cluster::Cluster;
pub use command::CommandLine;
pub use ensure::{Renew, ensure};
pub use installation::Installation;
pub use plan::Fault;
