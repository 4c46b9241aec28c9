//! The cluster around a service, as far as a service asks it anything: [`Cluster`] is its API server,
//! [`TokenReviews`] asks it whose a token is.
//!
//! Heavy, and so a crate of its own, which only those link that need it.

mod cluster;
mod token_reviews;

pub use cluster::{Cluster, ClusterError};
pub use token_reviews::{ReviewError, Reviewed, ServiceAccount, TokenReviews};
