use std::{io, path::PathBuf};

/// Why there is no server. Each text is one sentence for the person at the terminal.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another process owns the data.
    #[error("another process is already running on {}: stop it first", .0.display())]
    InUse(PathBuf),
    /// Somebody else listens there.
    #[error("port {0} on 127.0.0.1 is taken: stop what listens there or choose another port")]
    PortTaken(u16),
    /// The download did not succeed.
    #[error(
        "could not fetch PostgreSQL {version}: connect to the internet once, or name a PostgreSQL >= 15 with POSTGRES_BIN"
    )]
    Fetch {
        /// What was asked for.
        version: &'static str,
        /// What the download said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The named directory holds no server that can be used.
    #[error("{} is no bin directory of PostgreSQL >= 15: {problem}", .bin.display())]
    BadInstallation {
        /// The directory.
        bin: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// The data are of another major version.
    #[error("the data in {} are of PostgreSQL {found}, the programs are {programs}", .data.display())]
    OtherVersion {
        /// The data directory.
        data: PathBuf,
        /// The version that wrote the data.
        found: String,
        /// The version of the programs.
        programs: u32,
    },
    /// A program of PostgreSQL failed.
    #[error("{program} failed: {output}")]
    Program {
        /// Which one.
        program: &'static str,
        /// The end of what it printed.
        output: String,
    },
    /// The server did not answer in time.
    #[error("PostgreSQL did not become ready in time; its log is {}", .0.display())]
    NotReady(PathBuf),
    /// The file system refused.
    #[error("could not {what} {}", .path.display())]
    File {
        /// What was tried.
        what: &'static str,
        /// On which path.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
}

impl Error {
    pub(crate) fn file(what: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { what, path, source }
    }
}
