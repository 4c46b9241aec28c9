//! ordersvc from outside: its real composition on real Postgres, with faked users.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

mod access;
mod contract;
mod idempotency;
mod input;
mod lists;
mod orders;
mod outage;
mod processes;
mod users;
mod watch;
mod world;
