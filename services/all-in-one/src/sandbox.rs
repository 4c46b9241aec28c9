//! The payment provider of this installation: the program `sandbox-psp` beside this one, in a process of its own, so
//! that payments are made as with any provider. It ends with this process however that ends, and is started again
//! when it ends by itself.

mod program;

use std::{net::SocketAddr, time::Duration};

use anyhow::Context;
use kernel::Chain;
use tokio::{
    sync::oneshot,
    task::JoinHandle,
    time::{Instant, sleep},
};

use self::program::{Program, Running};
use crate::{home::Home, settings::HostSettings};

const FIRST_WAIT: Duration = Duration::from_millis(100);
const LONGEST_WAIT: Duration = Duration::from_secs(5);
/// One that went on for so long has not failed to start.
const STEADY: Duration = Duration::from_secs(10);

/// The provider, for as long as it is wanted.
#[derive(Debug)]
pub(crate) struct Sandbox {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    supervising: JoinHandle<()>,
}

impl Sandbox {
    /// Starts it and waits until it listens. One that a killed owner left behind is ended first.
    pub(crate) async fn start(home: &Home, settings: &HostSettings, log: &str) -> anyhow::Result<Self> {
        let program = Program::find(settings.sandbox_psp_bin.as_deref(), home.sandbox(), log)?;
        program.reap().await?;
        let listen = SocketAddr::from(([127, 0, 0, 1], settings.sandbox_psp_port));
        let running = program
            .start(listen)
            .await
            .context("the sandbox payment provider did not start")?;
        let address = running.address();
        let (stop, stopped) = oneshot::channel();
        let supervising = tokio::spawn(supervise(program, running, stopped));
        Ok(Self {
            address,
            stop,
            supervising,
        })
    }

    /// Where it listens.
    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends it and waits for its end.
    pub(crate) async fn stop(self) {
        // Both fail only when there is nothing left to end.
        let _ = self.stop.send(());
        drop(self.supervising.await);
    }
}

async fn supervise(program: Program, mut running: Running, mut stop: oneshot::Receiver<()>) {
    let mut wait = FIRST_WAIT;
    loop {
        let began = Instant::now();
        tokio::select! {
            _ = &mut stop => return running.end().await,
            status = running.ended() => {
                tracing::error!(status, "the sandbox payment provider ended; it is started again");
            }
        }
        if began.elapsed() > STEADY {
            wait = FIRST_WAIT;
        }
        let listen = running.address();
        running = loop {
            tokio::select! {
                _ = &mut stop => return,
                () = sleep(wait) => wait = (wait * 2).min(LONGEST_WAIT),
            }
            match program.start(listen).await {
                Ok(again) => break again,
                Err(error) => {
                    tracing::error!(error = %Chain(error.as_ref()), "the sandbox payment provider did not start again");
                }
            }
        };
    }
}
