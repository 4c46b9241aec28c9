//! The use cases on the fakes, and the proof that the fakes tell the truth.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod access;
mod change;
mod checkout;
mod contract;
mod place;
mod resume;
mod shop;
mod watch;
