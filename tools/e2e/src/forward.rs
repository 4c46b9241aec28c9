//! `kubectl port-forward`.

use std::{
    io::{BufRead, BufReader, Read},
    process::Child,
    sync::mpsc,
    thread,
    time::Duration,
};

use anyhow::Context;

use crate::program::Program;

const OPENS_WITHIN: Duration = Duration::from_secs(20);

/// A port of this machine that leads into the cluster; closed when dropped.
#[derive(Debug)]
pub(crate) struct Forward {
    child: Child,
}

impl Forward {
    /// The same port on both sides.
    pub(crate) fn open(kubectl: Program, target: &str, port: u16) -> anyhow::Result<Self> {
        let ports = format!("{port}:{port}");
        let mut child = kubectl.args(["port-forward", target, &ports]).start()?;
        let (says, said) = mpsc::channel();
        let listen = |stream: Option<Box<dyn Read + Send>>| {
            let (Some(stream), says) = (stream, says.clone()) else {
                return;
            };
            thread::spawn(move || {
                for line in BufReader::new(stream).lines().map_while(Result::ok) {
                    // Read to the end all the same: a full pipe would stop it.
                    let _ = says.send(line);
                }
            });
        };
        listen(child.stdout.take().map(|stream| Box::new(stream) as Box<_>));
        listen(child.stderr.take().map(|stream| Box::new(stream) as Box<_>));
        drop(says);
        let forward = Self { child };
        let line = said
            .recv_timeout(OPENS_WITHIN)
            .with_context(|| format!("port-forward to {target} did not open"))?;
        anyhow::ensure!(line.starts_with("Forwarding from"), "port-forward to {target}: {line}");
        Ok(forward)
    }
}

impl Drop for Forward {
    fn drop(&mut self) {
        // One that ended already needs no end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
