//! The cluster around a service, as far as a service asks it anything: [`Cluster`] is its API server.
//!
//! Heavy, and so a crate of its own, which only those link that need it.

mod cluster;

pub use cluster::{Cluster, ClusterError};
