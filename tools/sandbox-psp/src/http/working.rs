use std::{
    collections::HashSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// The keys that are being worked on. Clones share them.
#[derive(Debug, Clone, Default)]
pub(super) struct Working(Arc<Mutex<HashSet<String>>>);

/// One of them; given back when dropped.
#[derive(Debug)]
pub(super) struct Held {
    working: Working,
    key: String,
}

impl Working {
    /// Holds a key; nothing when somebody holds it.
    pub(super) fn hold(&self, key: String) -> Option<Held> {
        self.locked().insert(key.clone()).then(|| Held {
            working: self.clone(),
            key,
        })
    }

    /// Whether somebody holds it.
    pub(super) fn holds(&self, key: &str) -> bool {
        self.locked().contains(key)
    }

    fn locked(&self) -> MutexGuard<'_, HashSet<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.working.locked().remove(&self.key);
    }
}
