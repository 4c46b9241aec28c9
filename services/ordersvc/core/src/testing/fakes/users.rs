use std::{
    collections::BTreeSet,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use async_trait::async_trait;
use kernel::{PortError, UserId};

use super::Away;
use crate::ports::Users;

/// Users that a test knows.
#[derive(Default)]
pub struct KnownUsers {
    valid: Mutex<BTreeSet<UserId>>,
    away: AtomicBool,
}

impl KnownUsers {
    /// Makes a user valid.
    pub fn add(&self, user: UserId) {
        self.valid.lock().unwrap_or_else(PoisonError::into_inner).insert(user);
    }

    /// Makes the users be away, or be back.
    pub fn set_away(&self, away: bool) {
        self.away.store(away, Ordering::SeqCst);
    }
}

#[async_trait]
impl Users for KnownUsers {
    async fn is_valid(&self, user: UserId) -> Result<bool, PortError> {
        if self.away.load(Ordering::SeqCst) {
            return Err(PortError::new(Away));
        }
        Ok(self
            .valid
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .contains(&user))
    }
}
