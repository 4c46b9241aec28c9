use std::sync::Arc;

use kernel::{Caller, Clock, ErrorKind, IdSource, IdempotencyKey, Kept, PortError, Refusal};

use crate::{User, event::Stamp, ports::Users};

/// How often a change is decided anew when others are faster, before the caller is told to try again.
pub(crate) const DECISIONS: usize = 16;

/// The profiles of an installation: every use case is a method, in a file of its own.
#[derive(Clone)]
pub struct Directory {
    pub(crate) users: Arc<dyn Users>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn IdSource>,
}

impl Directory {
    /// The domain over its ports.
    pub fn new(users: Arc<dyn Users>, clock: Arc<dyn Clock>, ids: Arc<dyn IdSource>) -> Self {
        Self { users, clock, ids }
    }

    pub(crate) fn stamp(&self, caller: &Caller) -> Stamp {
        Stamp {
            event_id: self.ids.next(),
            at: self.clock.now(),
            actor: caller.to_string(),
        }
    }

    /// Keeps a refusal under the key of the call, if there is one; answers what was kept there before.
    pub(crate) async fn keep(
        &self,
        key: Option<&IdempotencyKey>,
        refusal: Option<Refusal>,
    ) -> Result<Option<Kept<User>>, PortError> {
        match (key, refusal) {
            (Some(key), Some(refusal)) => self.users.refuse(key, &refusal).await,
            _ => Ok(None),
        }
    }
}

/// There is no such profile, or none that the caller may know of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is no such user")]
pub struct UserNotFound;

impl kernel::Classify for UserNotFound {
    fn kind(&self) -> ErrorKind {
        ErrorKind::NotFound
    }
    fn reason(&self) -> &str {
        "USER_NOT_FOUND"
    }
}
