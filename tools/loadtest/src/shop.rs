//! Customers who order, look, change their minds and pay.

mod customer;
mod operation;

pub use customer::{Customer, PASSWORD, connect};
pub(crate) use operation::{CARD, order};
pub use operation::{Operation, Shopper};
