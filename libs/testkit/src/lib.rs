//! What tests share: time and identity that tests own, waiting without sleeping, databases that nobody
//! else uses, and a network that fails on demand.

mod access;
mod chaos;
mod ids;
mod issuer;
mod lines;
mod mock_clock;
pub mod postgres;
mod server;
mod wait;

pub use access::assert_access;
pub use chaos::ChaosProxy;
pub use ids::SeededIds;
pub use issuer::{Bearer, TestIssuer};
pub use lines::{Catching, Lines};
pub use mock_clock::MockClock;
pub use server::in_process;
pub use wait::{wait_for, wait_for_async};
