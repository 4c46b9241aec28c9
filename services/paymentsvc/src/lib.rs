//! Serves `payment.v1`: charges cards once, gives money back, keeps the ledger of both.
//!
//! The domain is `payment-core`; here is what surrounds it: [`grpc`] in front, [`postgres`] and the provider
//! ([`sandbox`]) behind, `resume` and `follow` beside; [`compose`](compose()) puts them together.

mod backlog;
mod compose;
mod config;
mod fingerprints;
mod follow;
pub mod grpc;
pub mod postgres;
mod resume;
pub mod sandbox;

pub use compose::{MIGRATIONS, Paymentsvc, World, compose};
pub use config::Config;
