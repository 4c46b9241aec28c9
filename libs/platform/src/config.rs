//! Configuration: one way in.
