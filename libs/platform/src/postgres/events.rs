//! Events: committed with their state, given their place once, read from any position.
//!
//! A [`Write`](super::Write) puts events into `outbox`. The [`Sequencer`] appends them to `event_log`,
//! under the lock of the one row of `log_head`: positions have no gaps, become visible in order, and in
//! the order of versions for each aggregate, however many replicas sequence. So a reader asks for what is
//! after a [`Position`] and misses nothing ([`EventLog`]). [`Tail`] serves many watchers in one process;
//! a [`Follower`] handles every event once or more, durably.

mod event;
mod follower;
mod log;
mod sequencer;
mod tail;

pub use event::{LoggedEvent, NewEvent};
pub use follower::{EventHandler, Follower, HandlerError};
pub use log::{EventLog, Filter, Head, Position, ReadError, Slice};
pub use sequencer::Sequencer;
pub use tail::{Tail, Watcher};
