//! Opaque page and resume tokens.
