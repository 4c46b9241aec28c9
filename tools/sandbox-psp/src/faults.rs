//! What the provider was told to do badly. Kept in memory only: after a restart it does everything well.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use serde::{Deserialize, Serialize};

/// What goes wrong, as `/control` tells and takes it. What is left out is as at the start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Control {
    /// Everything that moves money takes so many milliseconds longer.
    pub latency_ms: u32,
    /// So many of the next requests that move money are answered 503, and nothing is done.
    pub fail_next: u32,
    /// After these, so many are not done either, and the connection is closed without an answer.
    pub cut_next: u32,
    /// After these, so many are done, and the connection is closed without an answer.
    pub drop_next: u32,
    /// The journal cannot be written, as on a full disk.
    pub journal_fails: bool,
    /// Cards that refuse captures or refunds are taken for good ones.
    pub relent: bool,
}

/// What happens to one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    None,
    Fail,
    Cut,
    Drop,
}

#[derive(Debug, Default)]
pub(crate) struct Faults(Mutex<Control>);

impl Faults {
    pub(crate) fn control(&self) -> Control {
        *self.locked()
    }

    pub(crate) fn set(&self, control: Control) {
        *self.locked() = control;
    }

    /// What happens to the next request, and how much longer it takes.
    pub(crate) fn next(&self) -> (Fault, Duration) {
        let mut control = self.locked();
        let latency = Duration::from_millis(control.latency_ms.into());
        let fault = if take_one(&mut control.fail_next) {
            Fault::Fail
        } else if take_one(&mut control.cut_next) {
            Fault::Cut
        } else if take_one(&mut control.drop_next) {
            Fault::Drop
        } else {
            Fault::None
        };
        (fault, latency)
    }

    pub(crate) fn journal_fails(&self) -> bool {
        self.locked().journal_fails
    }

    pub(crate) fn relent(&self) -> bool {
        self.locked().relent
    }

    fn locked(&self) -> MutexGuard<'_, Control> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn take_one(left: &mut u32) -> bool {
    let some = *left > 0;
    *left = left.saturating_sub(1);
    some
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_used_up_one_a_request_in_their_order() {
        let faults = Faults::default();
        faults.set(Control {
            latency_ms: 7,
            fail_next: 1,
            cut_next: 1,
            drop_next: 2,
            ..Control::default()
        });
        let seen: Vec<_> = std::iter::repeat_with(|| faults.next()).take(5).collect();
        let expected = [Fault::Fail, Fault::Cut, Fault::Drop, Fault::Drop, Fault::None];
        assert_eq!(seen, expected.map(|fault| (fault, Duration::from_millis(7))));
    }
}
