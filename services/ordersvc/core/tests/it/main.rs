//! The use cases on the fakes, and the proof that the fakes tell the truth.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod access;
mod change;
mod checkout;
mod contract;
mod model;
mod place;
mod refunds;
mod resume;
mod rules;
mod shop;
mod watch;
