//! What every service stands on: one way to start a process, to read configuration, to serve and to
//! call gRPC, to keep state and events in Postgres.
//!
//! Adapters use it; domains never do. It knows no contract of a particular service.

pub mod admin;
pub mod auth;
pub mod config;
pub mod grpc;
pub mod postgres;
pub mod process;
pub mod telemetry;
pub mod tokens;
pub mod topology;
