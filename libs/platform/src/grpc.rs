//! Serving and calling gRPC: one server, one client factory, and the layers both wrap around every
//! call, in the one order that holds everywhere.
//!
//! Handlers meet only what is here: [`call_context`] says who calls and until when,
//! [`idempotency_key`] reads the key of a write, [`answer`] tells a replay. Start at [`server::Server`]
//! and [`client::connect_lazy`].

pub mod client;
mod context;
mod idempotency;
mod layers;
mod outcome;
mod refusal;
pub mod server;

pub use context::{CallContext, Deadline, Peer, RequestId, call_context, current_traceparent};
pub use idempotency::{Fingerprint, IDEMPOTENCY_KEY, IDEMPOTENCY_REPLAYED, answer, idempotency_key, replayed_refusal};
pub use layers::describe_metrics;
pub use refusal::{Refused, SHUTTING_DOWN};
