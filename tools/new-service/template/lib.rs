//! Serves DOMAIN.v1.
//!
//! [`TITLEsvc`] names the service and composes it, `grpc` translates, `DOMAIN-core` decides.

mod compose;
mod config;
mod grpc;

pub use compose::TITLEsvc;
