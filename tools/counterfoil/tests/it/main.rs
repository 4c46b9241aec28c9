//! The operator's command line against the real services on real Postgres, with the real provider.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod commands;
mod program;
mod reconcile;
mod world;
