//! State and events in Postgres.
