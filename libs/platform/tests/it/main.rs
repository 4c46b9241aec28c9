//! The platform from outside: real servers and real Postgres.

mod config;
mod grpc;
mod postgres;
mod process;
