use std::{
    fmt,
    io::{self, IsTerminal, Write},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

/// How often a terminal is told, and how often a file that may be a log.
const ON_TERMINAL: Duration = Duration::from_millis(100);
const IN_LOG: Duration = Duration::from_secs(5);

/// Tells on stderr how far long work is. Clones tell on the same line.
#[derive(Clone)]
pub struct Progress(Option<Arc<Line>>);

struct Line {
    is_terminal: bool,
    is_shown: AtomicBool,
    last: Mutex<Option<(&'static str, Instant)>>,
}

impl Progress {
    /// Tells on stderr.
    pub fn on_stderr() -> Self {
        Self(Some(Arc::new(Line {
            is_terminal: io::stderr().is_terminal(),
            is_shown: AtomicBool::new(false),
            last: Mutex::new(None),
        })))
    }

    /// Tells nobody.
    pub const fn silent() -> Self {
        Self(None)
    }

    /// So many of these so far.
    pub fn count(&self, what: &'static str, count: usize) {
        let Some(line) = &self.0 else { return };
        let every = if line.is_terminal { ON_TERMINAL } else { IN_LOG };
        let mut last = line.last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.is_some_and(|(told, at)| told == what && at.elapsed() < every) {
            return;
        }
        *last = Some((what, Instant::now()));
        // Nobody is left to tell when stderr is gone.
        drop(if line.is_terminal {
            line.is_shown.store(true, Ordering::Relaxed);
            write!(io::stderr(), "\r\u{1b}[K{what}: {count}")
        } else {
            writeln!(io::stderr(), "{what}: {count}")
        });
    }

    /// Nothing more to tell: what was told on a terminal goes away.
    pub fn end(&self) {
        if let Some(line) = &self.0
            && line.is_shown.swap(false, Ordering::Relaxed)
        {
            drop(write!(io::stderr(), "\r\u{1b}[K"));
        }
    }
}

impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Progress")
    }
}
