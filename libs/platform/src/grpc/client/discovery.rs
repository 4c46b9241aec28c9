use std::{collections::BTreeSet, fmt::Debug, net::SocketAddr};

use futures::stream::BoxStream;

/// The addresses behind a name: a new set whenever they change. An empty one says that nobody is there.
pub type Addresses = BoxStream<'static, BTreeSet<SocketAddr>>;

/// Who answers at a host and port.
///
/// An implementation MUST say nothing until it knows the addresses, MUST leave out who is about to stop, and MUST
/// keep trouble of its own to itself: what it said last holds until it says something else.
pub trait Discovery: Debug + Send + Sync {
    /// Follows a name from now on; `None` for one that is not its to know. MUST be called on a runtime.
    fn follow(&self, host: &str, port: u16) -> Option<Addresses>;
}
