//! A payment provider to develop and test against, as far from our own code as a real one: HTTP, storage of its
//! own, idempotent by key, deterministic by card, and as bad as it is told to be.
//!
//! An answer is given after it is on the disk, so one that was given holds whatever happens to the process; and
//! what a key was answered, it is answered for ever. A card's number decides how the card behaves and is forgotten.
//! [`Sandbox`] runs it in a process with others, for tests; the binary beside it is the provider by itself.

mod bookkeeper;
mod books;
mod card;
mod charge;
mod faults;
mod http;
mod journal;
mod server;

pub use faults::Control;
pub use journal::JournalError;
pub use server::{Options, Sandbox, StartError};
