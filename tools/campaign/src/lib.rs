//! The campaign: real customers' calls against the real processes, which are killed at every step, and
//! Postgres with them. Then the auditor judges whether anything acknowledged was lost or any money charged
//! twice.
//!
//! [`run`] plays a [`Plan`]: it sets the [stage](Stage), lets customers in, kills and restarts, waits until
//! everything is decided, asks for old answers again, and has everything judged. The seed decides what customers
//! do and what is killed when; how fast the machine is decides the rest.

mod act;
mod actor;
mod arming;
mod client_log;
mod customers;
mod dice;
mod director;
mod failpoints;
mod outcome;
mod plan;
mod recovery;
mod report;
mod stage;
mod undecided;

pub use act::run;
pub use failpoints::{FAILPOINTS, Program};
pub use outcome::{Kill, Outcome, Recovery};
pub use plan::Plan;
pub use report::markdown;
