//! What is kept in Postgres, one file for each port.

mod attempts;
mod credentials;
mod sessions;
mod signing_keys;

use kernel::PortError;
use platform::postgres::StoreError;

pub use attempts::PgAttempts;
pub use credentials::PgCredentials;
pub use sessions::PgSessions;
pub use signing_keys::PgSigningKeys;

fn failed(error: sqlx::Error) -> PortError {
    PortError::new(StoreError::from(error))
}

/// A stored value that breaks the domain's rules: a bug.
#[derive(Debug, thiserror::Error)]
#[error("a stored value does not read back")]
struct Unreadable;

/// Digests and public keys have 32 bytes.
fn digest(bytes: &[u8]) -> Result<[u8; 32], StoreError> {
    bytes.try_into().map_err(|_| StoreError::undecodable(Unreadable))
}
