//! Serves calculator.v1: the smallest service, all four kinds of call, no database.
//!
//! This is the service to copy (`make new-service`). [`Calculatorsvc`] names it and composes it, `grpc`
//! translates, `calculator-core` decides.

mod compose;
mod config;
mod grpc;

pub use compose::Calculatorsvc;
