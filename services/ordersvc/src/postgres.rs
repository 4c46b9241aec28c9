//! Orders, their events and their keys in Postgres.
//!
//! Each write is one statement: the order, its address, its checkout, its events and the key of the call. Reading
//! an order is one statement too. What the tables look like is decided in `migrations/`.

mod checkouts;
mod events;
mod kept;
mod listing;
mod orders;
mod row;
mod statements;

pub use checkouts::PgCheckouts;
pub use events::PgOrderEvents;
pub use orders::PgOrders;
