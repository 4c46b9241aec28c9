//! State and events in Postgres.
//!
//! A service owns one [`Database`] and reaches it as a role that may only read and write rows; another
//! role owns the schema ([`migrations`], [`provision`], [`maintain`]). A repository makes each change as
//! one [`Write`]: its rows, their [`events`] and the caller's idempotency key in one statement and one
//! round trip; what many callers add at once goes together ([`Inserts`]). What the database answers becomes
//! a [`StoreError`] in one place.

mod background;
mod connections;
mod error;
pub mod events;
mod gather;
pub mod idempotency;
pub mod maintain;
pub mod migrations;
mod pool;
pub mod provision;
pub mod retry;
mod settings;
mod write;

pub use background::DatabaseReadiness;
pub use connections::{Held, Pool};
pub use error::StoreError;
pub(crate) use error::is_shut_out;
pub use pool::{Database, PostgresConfig};
pub use settings::DatabaseSettings;
pub use write::{Insert, Inserts, Write, WriteTogether, Written};
