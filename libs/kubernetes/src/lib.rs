//! The cluster around a service, as far as a service asks it anything: [`Cluster`] is its API server,
//! [`TokenReviews`] asks it whose a token is, and [`EndpointSlices`] who answers for another service.
//!
//! Heavy, and so a crate of its own, which only those link that need it.

mod cluster;
mod discovery;
mod endpoint_slices;
mod token_reviews;

pub use cluster::{Cluster, ClusterError};
pub use discovery::ServiceDiscovery;
pub use endpoint_slices::EndpointSlices;
pub use token_reviews::{ReviewError, Reviewed, ServiceAccount, TokenReviews};
