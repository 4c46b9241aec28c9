//! paymentsvc from outside: its real composition on real Postgres, with a faked provider and faked orders; and the
//! adapter of the sandbox against the real one.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

mod access;
mod contract;
mod follow;
mod idempotency;
mod input;
mod journey;
mod lists;
mod outage;
mod payments;
mod races;
mod recovery;
mod sandbox;
mod secrets;
mod states;
mod world;
