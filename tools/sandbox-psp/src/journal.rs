//! The file that everything is kept in: one line for each group of entries that was committed together, a checksum
//! in front. A group is on the disk whole before anything of it is told, or it is not there.
//!
//! A write that failed leaves a doubt about what the disk holds. Until the file has been cut back to what is known
//! to be there, nothing more is written.

use std::{
    fs::{File, OpenOptions},
    io::{self, BufRead, BufReader, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use crate::books::Entry;

/// Why a journal cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The file cannot be read or prepared.
    #[error("could not open the journal {path}")]
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A line that was committed is not what was written.
    #[error("line {line} of the journal {path} is damaged; what follows it cannot be trusted")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: u64,
    },
}

/// What a journal is written to; a file, but for tests of a disk that fails.
pub(crate) trait Storage: Send {
    /// Adds bytes to the end.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// Waits until everything is on the disk.
    fn sync(&mut self) -> io::Result<()>;
    /// Forgets what is beyond this length.
    fn cut(&mut self, length: u64) -> io::Result<()>;
}

impl Storage for File {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.write_all(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.set_len(length)
    }
}

/// A journal that is written to.
#[derive(Debug)]
pub(crate) struct Journal<S> {
    storage: S,
    /// How much of it is known to be on the disk.
    length: u64,
    in_doubt: bool,
}

/// Opens the journal of a directory, made when it is not there, after handing every entry in it to `each`, which
/// answers whether it makes sense. An unfinished last line was never told to anybody, and is dropped.
pub(crate) fn open(directory: &Path, each: impl FnMut(Entry) -> bool) -> Result<Journal<File>, JournalError> {
    let path = directory.join("journal");
    let failed = |source| JournalError::Open {
        path: path.clone(),
        source,
    };
    let file = OpenOptions::new()
        .create(true)
        .read(true)
        .append(true)
        .mode(0o600)
        .open(&path)
        .map_err(failed)?;
    let length = match replay(BufReader::new(&file), each).map_err(failed)? {
        Replayed::Sound(length) => length,
        Replayed::Damaged(line) => return Err(JournalError::Damaged { path, line }),
    };
    let found = file.metadata().map_err(failed)?.len();
    if found > length {
        tracing::warn!(bytes = found - length, "dropping an unfinished end of the journal");
    }
    let mut journal = Journal::new(file, length);
    journal.repair().map_err(failed)?;
    // The name of a new file is on the disk only when its directory is.
    File::open(directory)
        .and_then(|directory| directory.sync_all())
        .map_err(failed)?;
    Ok(journal)
}

enum Replayed {
    /// So many bytes are committed entries.
    Sound(u64),
    /// This line is not what was written.
    Damaged(u64),
}

fn replay(mut journal: impl BufRead, mut each: impl FnMut(Entry) -> bool) -> io::Result<Replayed> {
    let (mut length, mut number) = (0, 0);
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = journal.read_until(b'\n', &mut line)?;
        if read == 0 {
            return Ok(Replayed::Sound(length));
        }
        number += 1;
        let Some(text) = unsealed(&line) else {
            let last = journal.fill_buf()?.is_empty();
            return Ok(if last {
                Replayed::Sound(length)
            } else {
                Replayed::Damaged(number)
            });
        };
        let group: Result<Vec<Entry>, _> = serde_json::from_slice(text);
        if !group.is_ok_and(|group| group.into_iter().all(&mut each)) {
            // It is whole, so somebody was told.
            return Ok(Replayed::Damaged(number));
        }
        length += read as u64;
    }
}

fn sealed(group: &[Entry]) -> io::Result<Vec<u8>> {
    let text = serde_json::to_string(group)?;
    Ok(format!("{:08x} {text}\n", crc32fast::hash(text.as_bytes())).into_bytes())
}

fn unsealed(line: &[u8]) -> Option<&[u8]> {
    let line = line.strip_suffix(b"\n")?;
    let (sum, rest) = line.split_at_checked(8)?;
    let text = rest.strip_prefix(b" ")?;
    let sum = u32::from_str_radix(std::str::from_utf8(sum).ok()?, 16).ok()?;
    (sum == crc32fast::hash(text)).then_some(text)
}

impl<S: Storage> Journal<S> {
    fn new(storage: S, length: u64) -> Self {
        Self {
            storage,
            length,
            in_doubt: true,
        }
    }

    /// Commits a group. After an error none of it is there, or nobody can tell until [`Journal::repair`] says so.
    pub(crate) fn append(&mut self, group: &[Entry]) -> io::Result<()> {
        self.repair()?;
        let line = sealed(group)?;
        self.in_doubt = true;
        if let Err(error) = self.storage.append(&line).and_then(|()| self.storage.sync()) {
            // What could not be cut off now is cut off before the next write.
            drop(self.repair());
            return Err(error);
        }
        self.length += line.len() as u64;
        self.in_doubt = false;
        Ok(())
    }

    /// Ends a doubt about what the disk holds, if there is one.
    pub(crate) fn repair(&mut self) -> io::Result<()> {
        if self.in_doubt {
            self.storage.cut(self.length)?;
            self.storage.sync()?;
            self.in_doubt = false;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
