use std::{
    fs,
    net::TcpListener,
    os::unix::{
        fs::{MetadataExt, PermissionsExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use anyhow::Context;
use sqlx::{Connection, PgConnection};
use tempfile::TempDir;

use crate::wait_for_async;

/// PostgreSQL refuses to run as root: as root, it is nobody.
const NOBODY: u32 = 65_534;
/// Longer than anything takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A PostgreSQL that belongs to one test, which stops and starts it as it likes. It is killed when dropped.
///
/// A stop of either kind loses nothing that was committed: only the machine's own end would, because nothing
/// is forced to the disk. Its programs are those that `with-postgres` names in `TEST_POSTGRES_BIN`.
#[derive(Debug)]
pub struct OwnServer {
    programs: PathBuf,
    directory: TempDir,
    port: u16,
    running: Option<Child>,
}

/// How a server is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// Sessions are ended and everything is written down: a restart.
    Fast,
    /// At once, and the next start recovers from the log: a crash.
    Immediate,
}

impl OwnServer {
    /// Makes a server on a free port and waits until it answers.
    ///
    /// # Errors
    /// There are no programs, or they fail.
    #[expect(clippy::disallowed_methods, reason = "tests have no configuration of their own")]
    pub async fn start() -> anyhow::Result<Self> {
        let programs =
            std::env::var("TEST_POSTGRES_BIN").context("TEST_POSTGRES_BIN names no programs: run `make test`")?;
        let directory = tempfile::Builder::new()
            .prefix("own-postgres-")
            .permissions(fs::Permissions::from_mode(0o755))
            .tempdir()?;
        let port = lasting_port().context("no port is free")?;
        let mut server = Self {
            programs: programs.into(),
            directory,
            port,
            running: None,
        };
        server.initialize()?;
        server.start_again().await?;
        Ok(server)
    }

    /// The URL of a database for the superuser.
    pub fn superuser_url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// Stops it and waits for its end.
    ///
    /// # Errors
    /// It does not run.
    pub async fn stop(&mut self, how: Stop) -> anyhow::Result<()> {
        let mut child = self.running.take().context("the server does not run")?;
        let signal = match how {
            Stop::Fast => "INT",
            Stop::Immediate => "QUIT",
        };
        // The standard library sends no signal but KILL.
        let kill = format!("kill -s {signal} {}", child.id());
        let sent = Command::new("sh").args(["-c", &kill]).status()?;
        anyhow::ensure!(sent.success(), "could not send {signal} to the server");
        tokio::task::spawn_blocking(move || child.wait()).await??;
        Ok(())
    }

    /// Starts it with the data it has, at its address, and waits until it answers.
    ///
    /// # Errors
    /// It ends at once; the error holds its log.
    pub async fn start_again(&mut self) -> anyhow::Result<()> {
        let log = self.directory.path().join("server.log");
        let mut command = self.program("postgres");
        command.arg("-D").arg(self.data());
        for setting in [
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            "max_connections=100",
            "fsync=off",
            "full_page_writes=off",
            "jit=off",
        ] {
            command.args(["-c", setting]);
        }
        let child = command
            .args(["-p", &self.port.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(fs::File::create(&log)?)
            // Ctrl-C at the terminal is for the test, which ends its server itself.
            .process_group(0)
            .spawn()?;
        let child = self.running.insert(child);
        let url = format!("postgres://postgres@127.0.0.1:{}/postgres", self.port);
        let mut ended = false;
        wait_for_async(
            || {
                ended = !matches!(child.try_wait(), Ok(None));
                let url = url.clone();
                async move { ended || PgConnection::connect(&url).await.is_ok() }
            },
            PATIENCE,
        )
        .await;
        let told = || fs::read_to_string(&log).unwrap_or_default();
        anyhow::ensure!(!ended, "the server ended: {}", told());
        Ok(())
    }

    fn initialize(&self) -> anyhow::Result<()> {
        let data = self.data();
        fs::create_dir(&data)?;
        fs::set_permissions(&data, fs::Permissions::from_mode(0o700))?;
        if is_root(self.directory.path())? {
            chown(&data, Some(NOBODY), Some(NOBODY))?;
        }
        let made = self
            .program("initdb")
            .args([
                "--username=postgres",
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C",
                "--no-sync",
            ])
            .arg("-D")
            .arg(&data)
            .output()?;
        let told = String::from_utf8_lossy(&made.stderr);
        anyhow::ensure!(made.status.success(), "initdb failed: {told}");
        Ok(())
    }

    fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    fn program(&self, name: &str) -> Command {
        let mut command = Command::new(self.programs.join(name));
        command.env_clear().env("LC_ALL", "C").env("TZ", "UTC").current_dir("/");
        if is_root(self.directory.path()).unwrap_or_default() {
            command.uid(NOBODY).gid(NOBODY);
        }
        command
    }
}

/// A free port that no connection is given while the server is stopped: systems give theirs from higher ones.
fn lasting_port() -> Option<u16> {
    let start = std::process::id();
    (0..10_000)
        .filter_map(|step| u16::try_from(20_000 + (start + step) % 10_000).ok())
        .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
}

/// Who made the directory is who we are.
fn is_root(ours: &Path) -> std::io::Result<bool> {
    Ok(fs::metadata(ours)?.uid() == 0)
}

impl Drop for OwnServer {
    fn drop(&mut self) {
        if let Some(mut child) = self.running.take() {
            // QUIT ends its children with it; KILL alone would leave them.
            let kill = format!("kill -s QUIT {}", child.id());
            drop(Command::new("sh").args(["-c", &kill]).status());
            drop(child.wait());
        }
    }
}
