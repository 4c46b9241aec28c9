//! One tiny service with all four kinds of call, and everything that may happen around it.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking, and so does the handler under test"
)]

mod access;
mod access_log;
mod balance;
mod client;
mod drain;
mod infrastructure;
mod input;
mod layers;
mod limits;
mod service;
mod tls;
mod tokens;
