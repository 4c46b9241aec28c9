//! Payments, their operations, their ledger and their cards in Postgres.
//!
//! Recording an operation is one conditional statement, so that no number of callers records more than a payment
//! admits. Settling reads payment and operation under the payment's lock, lets the domain decide, and keeps all that
//! comes of it in one statement of the same transaction. What the tables look like is decided in `migrations/`.

mod methods;
mod payments;
mod row;
mod settle;

pub use methods::PgPaymentMethods;
pub use payments::PgPayments;
