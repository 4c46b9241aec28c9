//! Against an API server inside the test.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod api_server;
mod balancing;
mod cluster;
mod endpoint_slices;
mod token_reviews;
