//! ordersvc from outside: its real composition on real Postgres, with faked users and payments.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

mod access;
mod checkout;
mod contract;
mod idempotency;
mod input;
mod joining;
mod lists;
mod newer;
mod orders;
mod outage;
mod payments;
mod paymentsvc;
mod peer;
mod processes;
mod races;
mod refunds;
mod requests;
mod rules;
mod states;
mod together;
mod users;
mod waiting;
mod watch;
mod worker;
mod world;
