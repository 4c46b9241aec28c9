//! Which service listens where.
