use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
};

use tracing::{Dispatch, subscriber::DefaultGuard};
use tracing_subscriber::{Layer, Registry, fmt::MakeWriter, layer::SubscriberExt};

/// What a test logs, to be read.
#[derive(Debug, Clone, Default)]
pub struct Lines(Arc<Mutex<Vec<u8>>>);

/// For as long as it is held, lines are caught.
#[derive(Debug)]
pub struct Catching {
    _guard: DefaultGuard,
    _other: Dispatch,
}

impl Lines {
    /// Catches every line that this thread writes, in the form and of the levels of this layer.
    pub fn caught<L>(layer: impl FnOnce(Self) -> L) -> (Self, Catching)
    where
        L: Layer<Registry> + Send + Sync,
    {
        let lines = Self::default();
        let subscriber = tracing_subscriber::registry().with(layer(lines.clone()));
        let catching = Catching {
            _guard: tracing::subscriber::set_default(subscriber),
            // With a single subscriber in the process, a place of logging that the thread of another test reaches
            // first asks that thread for one, finds none and stays silent for all.
            _other: Dispatch::new(tracing_subscriber::registry()),
        };
        (lines, catching)
    }

    /// All of it.
    pub fn text(&self) -> String {
        let bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}
