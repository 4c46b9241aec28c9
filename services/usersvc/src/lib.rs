//! Serves user.v1.
