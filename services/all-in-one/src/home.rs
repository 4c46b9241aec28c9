use std::{
    fs::{self, OpenOptions},
    io::Write,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use anyhow::Context;
use aws_lc_rs::rand;
use base64::{Engine, engine::general_purpose};

/// Where everything of this installation is kept.
#[derive(Debug, Clone)]
pub(crate) struct Home(PathBuf);

impl Home {
    /// Makes what is missing. The directory itself may be passed through, because as root PostgreSQL runs as
    /// somebody else; what is secret is in directories of its own.
    pub(crate) fn open(named: Option<PathBuf>) -> anyhow::Result<Self> {
        let path = named.unwrap_or_else(embedded_postgres::default_home);
        fs::create_dir_all(&path).with_context(|| format!("could not create {}", path.display()))?;
        let home = Self(path);
        for private in [home.secrets(), home.tls()] {
            fs::DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(&private)
                .with_context(|| format!("could not create {}", private.display()))?;
        }
        Ok(home)
    }

    /// Where PostgreSQL is fetched to.
    pub(crate) fn programs(&self) -> PathBuf {
        self.0.join("postgres")
    }

    /// The directory of the database server.
    pub(crate) fn data(&self) -> PathBuf {
        self.0.join("data")
    }

    /// What the sandbox payment provider keeps.
    pub(crate) fn sandbox(&self) -> PathBuf {
        self.0.join("sandbox-psp")
    }

    /// Certificates and their keys.
    pub(crate) fn tls(&self) -> PathBuf {
        self.0.join("tls")
    }

    fn secrets(&self) -> PathBuf {
        self.0.join("secrets")
    }

    /// A secret that is made once and kept: 32 random bytes in base64.
    pub(crate) fn key(&self, name: &str) -> anyhow::Result<String> {
        self.secret(name, &general_purpose::STANDARD)
    }

    /// A secret that is made once and kept, of characters that need no quoting anywhere.
    pub(crate) fn password(&self, name: &str) -> anyhow::Result<String> {
        self.secret(name, &general_purpose::URL_SAFE_NO_PAD)
    }

    fn secret(&self, name: &str, encoding: &impl Engine) -> anyhow::Result<String> {
        kept(&self.secrets().join(name), || {
            let mut bytes = [0; 32];
            rand::fill(&mut bytes).ok().context("the system gave no random bytes")?;
            Ok(encoding.encode(bytes))
        })
    }
}

/// The content of a file that only its owner may read; made when it is not there.
pub(crate) fn kept(path: &Path, make: impl FnOnce() -> anyhow::Result<String>) -> anyhow::Result<String> {
    match fs::read_to_string(path) {
        Ok(kept) if !kept.is_empty() => Ok(kept),
        _ => {
            let made = make()?;
            write_private(path, &made)?;
            Ok(made)
        }
    }
}

/// Writes a file that only its owner may read, whole or not at all.
pub(crate) fn write_private(path: &Path, content: &str) -> anyhow::Result<()> {
    let unfinished = path.with_extension("new");
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&unfinished)
        .and_then(|mut file| {
            file.write_all(content.as_bytes())?;
            file.sync_all()
        })
        .and_then(|()| fs::rename(&unfinished, path))
        .with_context(|| format!("could not write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn secrets_are_made_once_differ_and_are_private() {
        let directory = tempfile::tempdir().unwrap();
        let home = Home::open(Some(directory.path().to_owned())).unwrap();
        let first = home.key("token-keys").unwrap();
        assert_eq!(home.key("token-keys").unwrap(), first);
        assert_ne!(home.key("others").unwrap(), first);
        let mode = |path: PathBuf| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(home.secrets()), 0o700);
        assert_eq!(mode(home.secrets().join("token-keys")), 0o600);
    }
}
