//! Access tokens, verified offline: EdDSA only, against keys that a [`KeySource`] brings and a
//! [`Verifier`] keeps.
//!
//! Whoever signs tokens signs [`Claims`]; everybody else only ever meets the [`kernel::Caller`] that
//! comes out of them.

mod claims;
mod error;
mod keys;
mod recent;
mod settings;
mod verifier;

pub use claims::{Claims, SERVICE_SUBJECT};
pub use error::AuthError;
pub use keys::{KeyCache, KeySource, KeySourceError, PublicKey};
pub use settings::AccessTokenSettings;
pub use verifier::{LEEWAY, Verifier};
