//! Serves `order.v1`: keeps orders, their history and their watchers.
//!
//! The domain is `order-core`; here is what surrounds it: [`grpc`] in front, [`postgres`] and [`clients`]
//! behind, [`background`] beside; [`compose`](compose()) puts them together.

pub mod background;
pub mod clients;
mod compose;
mod config;
pub mod grpc;
pub mod postgres;

pub use compose::{MIGRATIONS, Ordersvc, World, compose};
pub use config::Config;
