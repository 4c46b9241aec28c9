//! A real PostgreSQL without Docker or root: fetched once, kept, started and reaped.
//!
//! [`Installation`] finds or fetches the programs; [`EmbeddedPostgres::start`] runs one server on a
//! directory of its own, on the loopback only, as an unprivileged user when the caller is root. A
//! server that a killed owner left behind is stopped and started again. Heavy: only the all-in-one
//! binary and the tests link it.

mod error;
mod installation;
mod server;
mod user;

use std::path::PathBuf;

pub use error::Error;
pub use installation::{Installation, VERSION};
pub use server::{EmbeddedPostgres, Lifetime, Settings};

/// Where programs and data live when nobody says: `/var/lib/counterfoil` for root, because `/root` is
/// closed to the user the server runs as, else `~/.local/share/counterfoil`.
pub fn default_home() -> PathBuf {
    if user::is_root() {
        return PathBuf::from("/var/lib/counterfoil");
    }
    std::env::home_dir()
        .unwrap_or_else(std::env::temp_dir)
        .join(".local/share/counterfoil")
}
