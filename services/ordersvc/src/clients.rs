//! Other services, as adapters of the ports.

mod payments;
mod users;

pub use payments::GrpcPayments;
pub use users::GrpcUsers;
