//! The journey on a cluster: what a team does with an installation, done with the tools it has (kubectl, helm,
//! grpcurl), in namespaces of its own.
//!
//! A [`Journey`] is a list of steps, each told as it ends and in the table at the end. A story is the steps of one
//! namespace: [`story::dev`] is a laptop, [`story::staging`] survives kills, [`story::chart`] is installed, changed
//! under [`load`](Load) without a failed call, and removed.

mod cluster;
mod forward;
mod journey;
mod load;
mod program;
mod spread;
pub mod story;

pub use cluster::{Cluster, Namespace};
pub use journey::Journey;
pub use load::Load;
