//! Load over gRPC, and what it costs.
//!
//! [`load::drive`] lets callers call, one after the other (a closed loop: so many in flight) or at a rate
//! (an open loop: a slow answer delays nobody else's start, and who starts late waits from when it was due).
//! [`shop`] calls as customers do, [`steady`] does so while an installation is upgraded, scaled or broken. [`usage`] reads beside it what the servers take of the machine. [`bench`]
//! starts services of its own and holds each figure against a peer that does the same work with less around
//! it, in the same run on the same machine.

pub mod admin;
pub mod arguments;
pub mod bench;
pub mod load;
pub mod record;
pub mod report;
pub mod shop;
pub mod steady;
pub mod usage;
