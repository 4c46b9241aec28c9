//! `certs ensure` against an API server of its own.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod api_server;
mod ensuring;
mod program;
mod renewing;
mod stage;
