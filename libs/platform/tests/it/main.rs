//! The platform against the real thing.

mod postgres;
