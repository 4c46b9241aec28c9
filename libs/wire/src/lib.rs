//! What travels: the codec that refuses bad input, the one mapping from errors to gRPC statuses, and
//! what a contract says of each method.
//!
//! Generated code (`api`) and the servers and clients (`platform`) both stand on it; it knows neither.

mod codec;
mod method;
mod status;
mod validate;

pub use codec::ValidatingCodec;
pub use method::{Access, AccessLevel, CallKind, Idempotency, Method};
pub use status::{
    ERROR_DOMAIN, INTERNAL_TEXT, quiet_status, reason_of, retry_after_of, status, status_of_invalid_input,
};
pub use validate::{Field, Validate, rules};
