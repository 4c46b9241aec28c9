//! Generated messages, clients, servers and validators of every contract, and what the contracts say of
//! each method.
//!
//! Nothing here is written by hand but this file: `make generate` writes `src/gen` from `protos/`.
//! Conversions between messages and domains live in the services.

include!("gen/packages.rs");

/// Every contract with its comments left out and its options kept, encoded; what reflection serves.
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!("gen/descriptors.binpb");

/// What the contracts say of every method there is.
pub fn all_methods() -> impl Iterator<Item = &'static wire::Method> {
    PACKAGES.iter().copied().flatten()
}
