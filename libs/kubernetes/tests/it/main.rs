//! Against an API server inside the test.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod cluster;
mod token_reviews;
