//! authsvc as its callers meet it: real composition, real layers, real Postgres, usersvc faked.
#![expect(clippy::unwrap_used, reason = "tests")]

mod access;
mod accounts;
mod contract;
mod input;
mod lockout;
mod registration;
mod secrets;
mod sessions;
mod tokens;
mod world;
