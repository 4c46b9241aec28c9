//! One function starts every process.
