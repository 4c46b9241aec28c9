//! What payments need of the world. The comments are contracts: `testing::contract` holds every adapter to them.

mod provider;

pub use provider::{Charge, ChargeId, ChargeRequest, Outcome, Provider, ProviderCard, ProviderError, RefusalReason};
