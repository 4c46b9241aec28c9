use std::{
    net::SocketAddr,
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    thread::JoinHandle,
    time::Duration,
};

use anyhow::Context;
use tonic::{Code, transport::Endpoint};
use tonic_health::pb::{HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient};

use crate::{output::Output, within};

/// A process; killed and waited for when dropped.
#[derive(Debug)]
pub struct Running {
    child: Child,
    address: SocketAddr,
    output: Output,
    listening: Vec<JoinHandle<()>>,
}

impl Running {
    pub(crate) fn spawn(mut command: Command, log: Option<&Path>) -> anyhow::Result<Self> {
        let output = Output::into_file(log)?;
        let mut child = command
            // Held open: a program that is told to ends with us when it closes.
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("could not run {}", command.get_program().display()))?;
        let mut listening = Vec::new();
        listening.extend(child.stdout.take().map(|stream| output.listen(stream)));
        listening.extend(child.stderr.take().map(|stream| output.listen(stream)));
        Ok(Self {
            child,
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            output,
            listening,
        })
    }

    /// Waits until it tells where it listens.
    ///
    /// # Errors
    /// It does not within `limit`, or has ended.
    pub async fn listens(&mut self, limit: Duration) -> anyhow::Result<()> {
        let mut ended = None;
        let told = within(limit, || {
            ended = self.exited();
            std::future::ready(ended.is_some() || self.output.address().is_some())
        })
        .await;
        match self.output.address() {
            Some(address) if ended.is_none() => {
                self.address = address;
                Ok(())
            }
            _ => anyhow::bail!(
                "it {} without telling where it listens: {:?}",
                if told { "ended" } else { "went on" },
                self.lines()
            ),
        }
    }

    /// Where it listens; port 0 until it told.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its id at the operating system.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it said so far; of a process with a log file, the end of it.
    pub fn lines(&self) -> Vec<String> {
        self.output.lines()
    }

    /// Waits until it serves.
    ///
    /// # Errors
    /// It does not within `limit`, or has ended.
    pub async fn ready(&mut self, limit: Duration) -> anyhow::Result<()> {
        let address = self.address;
        let mut ended = None;
        let ready = within(limit, || {
            ended = self.exited();
            async move { ended.is_some() || health(address, "").await == Some(ServingStatus::Serving) }
        })
        .await;
        anyhow::ensure!(
            ready && ended.is_none(),
            "not ready within {limit:?} ({ended:?}): {:?}",
            self.lines()
        );
        Ok(())
    }

    /// What `grpc.health.v1` says of a service; nothing when nobody answers.
    pub async fn health(&self, service: &str) -> Option<ServingStatus> {
        health(self.address, service).await
    }

    /// SIGKILL: nothing in the process runs any more when this returns, and everything it said is known.
    pub fn kill(&mut self) {
        // It may have ended already.
        drop(self.child.kill());
        drop(self.child.wait());
        self.hear_out();
    }

    /// Its streams end with it; what was in them is read by then.
    fn hear_out(&mut self) {
        for stream in self.listening.drain(..) {
            drop(stream.join());
        }
    }

    /// SIGTERM. The standard library has no signal but KILL.
    ///
    /// # Errors
    /// It could not be sent.
    pub fn terminate(&self) -> anyhow::Result<()> {
        let sent = Command::new("sh")
            .args(["-c", &format!("kill -s TERM {}", self.child.id())])
            .status()?;
        anyhow::ensure!(sent.success(), "SIGTERM could not be sent");
        Ok(())
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// It does not come within `limit`.
    pub async fn ended(&mut self, limit: Duration) -> anyhow::Result<ExitStatus> {
        within(limit, || std::future::ready(self.exited().is_some())).await;
        self.exited()
            .with_context(|| format!("still running after {limit:?}: {:?}", self.lines()))
    }

    /// How it ended, if it has; everything it said is known then.
    pub fn exited(&mut self) -> Option<ExitStatus> {
        let status = self.child.try_wait().ok().flatten()?;
        self.hear_out();
        Some(status)
    }

    /// The failpoint it ended at, once it was [killed](Self::kill) or seen to have ended.
    pub fn ended_at(&self) -> Option<String> {
        self.output.ended_at()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
    }
}

async fn health(address: SocketAddr, service: &str) -> Option<ServingStatus> {
    let endpoint = Endpoint::from_shared(format!("http://{address}")).ok()?;
    let mut client = HealthClient::new(endpoint.connect().await.ok()?);
    let service = service.to_owned();
    match client.check(HealthCheckRequest { service }).await {
        Ok(answer) => Some(answer.into_inner().status()),
        Err(status) if status.code() == Code::Unavailable => None,
        // It answers, and not as a service does.
        Err(_) => Some(ServingStatus::Unknown),
    }
}
