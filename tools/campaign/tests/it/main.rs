//! A small campaign in every run of the tests, and the list of failpoints held to the sources.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod failpoints;
mod small;
