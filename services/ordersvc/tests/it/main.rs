//! ordersvc from outside: its real composition on real Postgres, with faked users and payments.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

mod access;
mod checkout;
mod contract;
mod idempotency;
mod input;
mod lists;
mod orders;
mod outage;
mod payments;
mod processes;
mod races;
mod rules;
mod users;
mod watch;
mod worker;
mod world;
