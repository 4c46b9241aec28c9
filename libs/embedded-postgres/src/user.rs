//! PostgreSQL refuses to run as root: as root, its programs run as `nobody`.

use std::{
    os::unix::{fs::MetadataExt, process::CommandExt},
    path::Path,
    process::Command,
};

use crate::Error;

const NOBODY: u32 = 65_534;

/// Whether this process is root: whoever makes a file owns it.
pub(crate) fn is_root() -> bool {
    tempfile::tempfile()
        .and_then(|file| file.metadata())
        .is_ok_and(|metadata| metadata.uid() == 0)
}

/// Makes the program run as somebody PostgreSQL accepts.
pub(crate) fn unprivileged(command: &mut Command) -> &mut Command {
    if is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    command
}

/// Gives a path to the user that the server runs as.
pub(crate) fn give(path: &Path) -> Result<(), Error> {
    if is_root() {
        std::os::unix::fs::chown(path, Some(NOBODY), Some(NOBODY)).map_err(Error::file("change the owner of", path))?;
    }
    Ok(())
}
