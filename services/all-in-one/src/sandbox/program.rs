use std::{
    env, fs,
    fs::{OpenOptions, TryLockError},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use anyhow::{Context, bail, ensure};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, BufReader, Lines},
    process::{Child, ChildStderr, ChildStdin, Command},
    time::{Instant, sleep, timeout},
};

use crate::screen;

const NAME: &str = "sandbox-psp";
const STARTED_WITHIN: Duration = Duration::from_secs(10);
/// It takes a second to let requests end.
const ENDED_WITHIN: Duration = Duration::from_secs(3);
const POLL: Duration = Duration::from_millis(20);

/// The program, and how it is started.
#[derive(Debug)]
pub(super) struct Program {
    path: PathBuf,
    data: PathBuf,
    log: String,
}

/// Its process. Killed when dropped; it ends by itself when this process does.
#[derive(Debug)]
pub(super) struct Running {
    child: Child,
    /// Beside the child, which closes what it has of it when it is waited for.
    input: ChildStdin,
    address: SocketAddr,
}

impl Program {
    /// The named one, or the one beside this program.
    pub(super) fn find(named: Option<&Path>, data: PathBuf, log: &str) -> anyhow::Result<Self> {
        let path = match named {
            Some(path) => path.to_owned(),
            None => env::current_exe()
                .context("could not find this program's file")?
                .with_file_name(NAME),
        };
        ensure!(
            path.is_file(),
            "there is no {}, the sandbox payment provider: `make run` builds it, and so does `cargo build --package {NAME}`",
            path.display()
        );
        Ok(Self {
            path,
            data,
            log: log.to_owned(),
        })
    }

    /// Starts it and waits until it listens.
    pub(super) async fn start(&self, listen: SocketAddr) -> anyhow::Result<Running> {
        let mut child = Command::new(&self.path)
            .arg("--exit-with-parent")
            .args(["--listen", &listen.to_string(), "--log", &self.log, "--data"])
            .arg(&self.data)
            .env_clear()
            // Held open: the end of it is the end of this process.
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // Ctrl-C at the terminal is for this process, which drains first and ends it then.
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("could not run {}", self.path.display()))?;
        let (Some(input), Some(out), Some(err)) = (child.stdin.take(), child.stdout.take(), child.stderr.take()) else {
            bail!("{NAME} has no input or output");
        };
        let mut err = BufReader::new(err).lines();
        match timeout(STARTED_WITHIN, told(out, &mut err)).await {
            Ok(Ok(address)) => {
                tokio::spawn(pass_on(err));
                Ok(Running { child, input, address })
            }
            Ok(Err(said)) if said.is_empty() => {
                let status = child.wait().await.context("could not wait for its end")?;
                bail!("{NAME} ended with {status}")
            }
            Ok(Err(said)) => bail!("{}", said.trim_start_matches("sandbox-psp: ")),
            Err(_) => bail!("{NAME} did not listen within {STARTED_WITHIN:?}"),
        }
    }

    /// Ends one that a killed owner left behind. Whoever has the database of this home has its provider.
    pub(super) async fn reap(&self) -> anyhow::Result<()> {
        let deadline = Instant::now() + ENDED_WITHIN;
        while self.is_in_use()? {
            // It hears of its owner's end, and ends; unless it is stopped or stuck.
            if Instant::now() > deadline {
                return self.kill_stale().await;
            }
            sleep(POLL).await;
        }
        Ok(())
    }

    async fn kill_stale(&self) -> anyhow::Result<()> {
        let told = fs::read_to_string(self.lock()).context("could not read who runs the sandbox payment provider")?;
        let pid = told.trim();
        let arguments = arguments_of(pid).await;
        ensure!(
            arguments.contains(NAME) && arguments.contains(&*self.data.to_string_lossy()),
            "{} is in use by another process than {NAME}",
            self.data.display()
        );
        tracing::warn!(pid, "ending a sandbox payment provider that its owner left behind");
        // The standard library has no signals for processes that are not its children.
        let killed = Command::new("sh")
            .args(["-c", "kill -s KILL \"$0\"", pid])
            .status()
            .await;
        ensure!(
            killed.is_ok_and(|status| status.success()),
            "the sandbox payment provider that runs as process {pid} could not be ended"
        );
        let deadline = Instant::now() + ENDED_WITHIN;
        while self.is_in_use()? && Instant::now() < deadline {
            sleep(POLL).await;
        }
        Ok(())
    }

    /// Judged by the operating system, so that a number that names another process by now does not matter.
    fn is_in_use(&self) -> anyhow::Result<bool> {
        let Ok(lock) = OpenOptions::new().write(true).open(self.lock()) else {
            return Ok(false);
        };
        match lock.try_lock() {
            Ok(()) => Ok(false),
            Err(TryLockError::WouldBlock) => Ok(true),
            Err(TryLockError::Error(error)) => Err(error).context("could not look for a sandbox payment provider"),
        }
    }

    fn lock(&self) -> PathBuf {
        self.data.join("lock")
    }
}

impl Running {
    pub(super) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits for its end, and tells how it was.
    pub(super) async fn ended(&mut self) -> String {
        match self.child.wait().await {
            Ok(status) => status.to_string(),
            Err(error) => error.to_string(),
        }
    }

    /// Lets it end, and ends it if it does not.
    pub(super) async fn end(mut self) {
        drop(self.input);
        if timeout(ENDED_WITHIN, self.child.wait()).await.is_err() {
            tracing::warn!("the sandbox payment provider did not end and is killed");
            drop(self.child.kill().await);
        }
    }
}

/// Where it listens, or its last words.
async fn told(out: impl AsyncRead + Unpin, err: &mut Lines<BufReader<ChildStderr>>) -> Result<SocketAddr, String> {
    let mut out = BufReader::new(out).lines();
    let mut last_words = String::new();
    loop {
        tokio::select! {
            line = out.next_line() => {
                if let Some(address) = line.ok().flatten().as_deref().and_then(serving_at) {
                    return Ok(address);
                }
                while let Ok(Some(line)) = err.next_line().await {
                    last_words = line;
                }
                return Err(last_words);
            }
            Ok(Some(line)) = err.next_line() => last_words = line,
        }
    }
}

/// The address in the line that tells where it listens.
fn serving_at(line: &str) -> Option<SocketAddr> {
    let (_, rest) = line.split_once("\"address\":\"")?;
    rest.split('"').next()?.parse().ok()
}

/// What it logs is logged here.
async fn pass_on(mut err: Lines<BufReader<ChildStderr>>) {
    while let Ok(Some(line)) = err.next_line().await {
        screen::log(line);
    }
}

/// The command line of a process; empty when there is none.
async fn arguments_of(pid: &str) -> String {
    if let Ok(bytes) = fs::read(format!("/proc/{pid}/cmdline")) {
        return String::from_utf8_lossy(&bytes).replace('\0', " ");
    }
    let output = Command::new("ps")
        .args(["-ww", "-o", "args=", "-p", pid])
        .output()
        .await;
    output
        .map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
        .unwrap_or_default()
}
