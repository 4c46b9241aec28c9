use std::{
    fs::File,
    io::{BufWriter, Write},
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
};

use anyhow::Context;
use auditor::client_log::Attempt;

/// What customers did and were told, written as it happens, and kept to be asked again.
#[derive(Debug)]
pub(crate) struct ClientLog(Mutex<Written>);

#[derive(Debug)]
struct Written {
    file: BufWriter<File>,
    attempts: Vec<Attempt>,
    calls: u64,
    failed: Option<String>,
}

impl ClientLog {
    pub(crate) fn create(path: &Path) -> anyhow::Result<Self> {
        let file = File::create(path).with_context(|| format!("could not create {}", path.display()))?;
        Ok(Self(Mutex::new(Written {
            file: BufWriter::new(file),
            attempts: Vec::new(),
            calls: 0,
            failed: None,
        })))
    }

    fn written(&self) -> MutexGuard<'_, Written> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The number of a new call.
    pub(crate) fn next_call(&self) -> u64 {
        let mut written = self.written();
        written.calls += 1;
        written.calls
    }

    pub(crate) fn note(&self, attempt: Attempt) {
        let mut written = self.written();
        if let Err(error) = written.write(&attempt) {
            written.failed = Some(error.to_string());
        }
        written.attempts.push(attempt);
    }

    /// Everything so far, which is in the file too when this returns.
    pub(crate) fn flushed(&self) -> anyhow::Result<Vec<Attempt>> {
        let mut written = self.written();
        if let Some(failed) = &written.failed {
            anyhow::bail!("could not write the client log: {failed}");
        }
        written.file.flush()?;
        Ok(written.attempts.clone())
    }
}

impl Written {
    fn write(&mut self, attempt: &Attempt) -> anyhow::Result<()> {
        serde_json::to_writer(&mut self.file, attempt)?;
        self.file.write_all(b"\n")?;
        Ok(())
    }
}
