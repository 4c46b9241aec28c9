//! The provider as those see it who call it: in the process, and as the real program that is killed.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod cards;
mod faults;
mod idempotency;
mod input;
mod processes;
mod restart;
mod secrecy;
mod world;
