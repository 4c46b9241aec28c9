//! The use cases over the fakes, and the fakes against the contracts.

mod contract;
