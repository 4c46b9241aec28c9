use std::{fs, os::unix::fs::PermissionsExt};

use super::*;
use crate::charge::Asked;

fn entry(key: &str) -> Entry {
    Entry::Change {
        key: key.to_owned(),
        charge: "ch_1".to_owned(),
        asked: Asked::Refund(1),
        refused: None,
    }
}

fn group(keys: &[&str]) -> Vec<Entry> {
    keys.iter().map(|key| entry(key)).collect()
}

/// What is in the journal of a directory.
fn entries(directory: &Path) -> Result<Vec<Entry>, JournalError> {
    let mut found = Vec::new();
    open(directory, |entry| {
        found.push(entry);
        true
    })?;
    Ok(found)
}

#[test]
fn what_was_appended_is_replayed_in_order() {
    let directory = tempfile::tempdir().unwrap();
    let mut journal = open(directory.path(), |_| false).unwrap();
    journal.append(&group(&["a", "b"])).unwrap();
    journal.append(&group(&["c"])).unwrap();
    drop(journal);
    assert_eq!(entries(directory.path()).unwrap(), group(&["a", "b", "c"]));
    let mode = fs::metadata(directory.path().join("journal"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn an_end_that_is_torn_anywhere_is_dropped_whole_and_writing_goes_on() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("journal");
    open(directory.path(), |_| true)
        .unwrap()
        .append(&group(&["a"]))
        .unwrap();
    let before = fs::read(&path).unwrap().len();
    open(directory.path(), |_| true)
        .unwrap()
        .append(&group(&["b", "c"]))
        .unwrap();
    let whole = fs::read(&path).unwrap();
    for torn in before..whole.len() {
        fs::write(&path, &whole[..torn]).unwrap();
        assert_eq!(entries(directory.path()).unwrap(), group(&["a"]), "torn at {torn}");
        assert_eq!(fs::read(&path).unwrap(), whole[..before], "torn at {torn}");
    }
    fs::write(&path, [&whole[..whole.len() - 9], &[0; 8], b"\n"].concat()).unwrap();
    assert_eq!(entries(directory.path()).unwrap(), group(&["a"]));
    open(directory.path(), |_| true)
        .unwrap()
        .append(&group(&["d"]))
        .unwrap();
    assert_eq!(entries(directory.path()).unwrap(), group(&["a", "d"]));
}

#[test]
fn damage_before_the_end_is_told_and_nothing_is_cut() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("journal");
    let mut journal = open(directory.path(), |_| true).unwrap();
    for key in ["a", "b", "c"] {
        journal.append(&group(&[key])).unwrap();
    }
    drop(journal);
    let mut bytes = fs::read(&path).unwrap();
    let second = bytes.len() / 3 + 20;
    bytes[second] ^= 1;
    fs::write(&path, &bytes).unwrap();
    let error = entries(directory.path()).unwrap_err();
    assert!(matches!(error, JournalError::Damaged { line: 2, .. }), "{error}");
    assert_eq!(fs::read(&path).unwrap(), bytes);
}

#[test]
fn a_whole_line_that_makes_no_sense_is_damage_even_at_the_end() {
    let directory = tempfile::tempdir().unwrap();
    open(directory.path(), |_| true)
        .unwrap()
        .append(&group(&["a"]))
        .unwrap();
    let refused = open(directory.path(), |_| false);
    assert!(matches!(refused, Err(JournalError::Damaged { line: 1, .. })));
    let path = directory.path().join("journal");
    let text = "[{\"entry\":\"of another version\"}]";
    fs::write(&path, format!("{:08x} {text}\n", crc32fast::hash(text.as_bytes()))).unwrap();
    assert!(matches!(
        entries(directory.path()),
        Err(JournalError::Damaged { line: 1, .. })
    ));
}

/// A disk that fails on demand; what is on it survives.
#[derive(Default)]
struct Disk {
    bytes: Vec<u8>,
    /// How many bytes of the next write arrive before it fails.
    full_after: Option<usize>,
    fails_to_sync: bool,
    fails_to_cut: bool,
}

fn failed() -> io::Error {
    io::Error::from(io::ErrorKind::StorageFull)
}

impl Storage for Disk {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self.full_after {
            Some(room) => {
                self.bytes.extend_from_slice(&bytes[..room.min(bytes.len())]);
                Err(failed())
            }
            None => {
                self.bytes.extend_from_slice(bytes);
                Ok(())
            }
        }
    }

    fn sync(&mut self) -> io::Result<()> {
        if self.fails_to_sync { Err(failed()) } else { Ok(()) }
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        if self.fails_to_cut {
            return Err(failed());
        }
        self.bytes.truncate(usize::try_from(length).unwrap());
        Ok(())
    }
}

fn on_disk(disk: &Disk) -> Vec<Entry> {
    let mut found = Vec::new();
    let replayed = replay(disk.bytes.as_slice(), |entry| {
        found.push(entry);
        true
    });
    assert!(matches!(replayed.unwrap(), Replayed::Sound(_)));
    found
}

#[test]
fn a_write_that_failed_is_cut_off_wherever_it_broke() {
    let whole = sealed(&group(&["b"])).unwrap().len();
    for room in 0..=whole {
        let mut journal = Journal::new(Disk::default(), 0);
        journal.append(&group(&["a"])).unwrap();
        journal.storage.full_after = Some(room);
        assert!(journal.append(&group(&["b"])).is_err());
        assert_eq!(on_disk(&journal.storage), group(&["a"]));
        journal.storage.full_after = None;
        journal.append(&group(&["c"])).unwrap();
        assert_eq!(on_disk(&journal.storage), group(&["a", "c"]), "{room}");
    }
}

#[test]
fn nothing_is_written_while_nobody_knows_what_the_disk_holds() {
    let mut journal = Journal::new(Disk::default(), 0);
    journal.append(&group(&["a"])).unwrap();
    journal.storage.fails_to_sync = true;
    assert!(journal.append(&group(&["b"])).is_err());
    journal.storage.fails_to_sync = false;
    journal.storage.fails_to_cut = true;
    journal.in_doubt = true;
    assert!(journal.append(&group(&["c"])).is_err());
    assert!(journal.repair().is_err());
    journal.storage.fails_to_cut = false;
    journal.append(&group(&["d"])).unwrap();
    assert_eq!(on_disk(&journal.storage), group(&["a", "d"]));
}
