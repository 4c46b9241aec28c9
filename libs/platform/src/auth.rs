//! Access tokens, verified offline.
