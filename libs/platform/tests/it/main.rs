//! The platform from outside: real servers and real Postgres.

mod grpc;
mod postgres;
