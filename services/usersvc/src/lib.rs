//! Serves user.v1: profiles, and how they are forgotten.
//!
//! [`Usersvc`] names and composes it, `grpc` translates, `postgres` keeps, `user-core` decides; `forget`
//! follows the event log, so that whoever is deleted here is forgotten everywhere.

mod compose;
mod config;
mod forget;
mod grpc;
mod postgres;

pub use compose::{Usersvc, World, compose};
pub use config::Config;
pub use postgres::{MIGRATIONS, PgUsers};
