//! The use cases over the fakes, and the fakes against the contracts.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

mod contract;
mod crashes;
mod create;
mod races;
mod refund;
mod resolve;
mod tokenize;
