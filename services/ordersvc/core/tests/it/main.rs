//! The use cases on the fakes, and the proof that the fakes tell the truth.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

mod access;
mod change;
mod checkout;
mod contract;
mod expiry;
mod keys;
mod model;
mod moving_on;
mod place;
mod refunds;
mod resume;
mod rules;
mod shop;
mod waiting;
mod watch;
