// Generated from protos/ by contractgen; `make generate` writes it anew.

/// Contracts of the domain `auth`.
pub mod auth {
    /// The contract `auth.v1`.
    #[expect(
        clippy::allow_attributes,
        clippy::allow_attributes_without_reason,
        reason = "tonic generates its clients and servers so"
    )]
    pub mod v1 {
        include!("auth.v1.rs");
    }
}
/// Contracts of the domain `calculator`.
pub mod calculator {
    /// The contract `calculator.v1`.
    #[expect(
        clippy::allow_attributes,
        clippy::allow_attributes_without_reason,
        reason = "tonic generates its clients and servers so"
    )]
    pub mod v1 {
        include!("calculator.v1.rs");
    }
}
/// Contracts of the domain `order`.
pub mod order {
    /// The contract `order.v1`.
    #[expect(
        clippy::allow_attributes,
        clippy::allow_attributes_without_reason,
        reason = "tonic generates its clients and servers so"
    )]
    pub mod v1 {
        include!("order.v1.rs");
    }
}
/// Contracts of the domain `payment`.
pub mod payment {
    /// The contract `payment.v1`.
    #[expect(
        clippy::allow_attributes,
        clippy::allow_attributes_without_reason,
        reason = "tonic generates its clients and servers so"
    )]
    pub mod v1 {
        include!("payment.v1.rs");
    }
}
/// Contracts of the domain `user`.
pub mod user {
    /// The contract `user.v1`.
    #[expect(
        clippy::allow_attributes,
        clippy::allow_attributes_without_reason,
        reason = "tonic generates its clients and servers so"
    )]
    pub mod v1 {
        include!("user.v1.rs");
    }
}
/// The methods of every package.
const PACKAGES: &[&[::wire::Method]] = &[
    auth::v1::METHODS,
    calculator::v1::METHODS,
    order::v1::METHODS,
    payment::v1::METHODS,
    user::v1::METHODS,
];
