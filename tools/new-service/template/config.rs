//! The only file that knows the names of variables.

/// What DOMAINsvc reads from its environment beside what every service does: nothing yet. Declare it with
/// `platform::settings!`.
pub(crate) type Config = ();
