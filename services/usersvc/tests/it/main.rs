//! usersvc as its callers meet it: real composition, real layers, real Postgres, authsvc faked.
#![expect(clippy::unwrap_used, reason = "tests")]

mod access;
mod contract;
mod forget;
mod idempotency;
mod input;
mod profiles;
mod world;
