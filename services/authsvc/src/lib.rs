//! Serves auth.v1.
