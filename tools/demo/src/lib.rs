//! A customer's journey against a running system, through the generated clients. It shows each step: what
//! was called, what came back; and ends at the first answer that is not what the contract says. Every run
//! registers customers of its own, so it can be played on a system with others on it.

mod journey;
mod screen;

pub use journey::play;
pub use screen::failure;
