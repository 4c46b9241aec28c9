//! Serves auth.v1: how users and services sign in.
//!
//! [`Authsvc`] names and composes it, `grpc` translates, `crypto` and `postgres` keep what is secret,
//! `auth-core` decides. Passwords, refresh tokens and private keys never reach a row, a log line or an
//! idempotency key as they are.

mod accounts;
mod clients;
mod compose;
mod config;
pub mod crypto;
mod grpc;
mod local;
mod postgres;
mod upkeep;

pub use accounts::ServiceAccounts;
pub use clients::GrpcUsers;
pub use compose::{Authsvc, MIGRATIONS, World, compose};
pub use config::{Config, ServiceProofs};
pub use postgres::{PgAttempts, PgCredentials, PgSessions, PgSigningKeys};
