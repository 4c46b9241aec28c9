//! Orders, their events and their keys in Postgres.
//!
//! Each write is one statement: the order, its address, its events and the key of the call. Reading an order
//! is one statement too. What the tables look like is decided in `migrations/`.

mod events;
mod orders;
mod row;

pub use events::PgOrderEvents;
pub use orders::PgOrders;
