//! The settings of its own: none.

/// What the calculator reads from its environment beside what every service does.
pub(crate) type Config = ();
