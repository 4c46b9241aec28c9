//! The platform from outside: real servers and real Postgres.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod config;
mod grpc;
mod postgres;
mod process;
