//! State and events on a real server, with a toy aggregate.

mod connections;
mod events;
mod idempotency;
mod inserts;
mod maintenance;
mod outage;
mod things;
