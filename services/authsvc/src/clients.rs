//! Other services, as adapters of the ports.

mod users;

pub use users::GrpcUsers;
