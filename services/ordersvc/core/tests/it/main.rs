//! The use cases on the fakes, and the proof that the fakes tell the truth.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod access;
mod change;
mod contract;
mod place;
mod watch;
