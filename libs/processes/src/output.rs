use std::{
    collections::VecDeque,
    fs::{File, OpenOptions},
    io::{BufRead, BufReader, Read, Write},
    net::SocketAddr,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread::JoinHandle,
};

use anyhow::Context;

/// How many lines are kept of a process whose log goes to a file.
const LAST_LINES: usize = 200;

/// What a process said so far, on both of its streams.
#[derive(Debug, Clone, Default)]
pub(crate) struct Output(Arc<Mutex<Said>>);

#[derive(Debug, Default)]
struct Said {
    lines: VecDeque<String>,
    address: Option<SocketAddr>,
    ended_at: Option<String>,
    file: Option<File>,
}

impl Output {
    /// Everything is kept here, or the end of it when a file has the whole.
    pub(crate) fn into_file(path: Option<&Path>) -> anyhow::Result<Self> {
        let open = |path: &Path| {
            OpenOptions::new()
                .create(true)
                .append(true)
                .open(path)
                .with_context(|| format!("could not open {}", path.display()))
        };
        let said = Said {
            file: path.map(open).transpose()?,
            ..Said::default()
        };
        Ok(Self(Arc::new(Mutex::new(said))))
    }

    fn said(&self) -> MutexGuard<'_, Said> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads a stream until it ends.
    pub(crate) fn listen(&self, stream: impl Read + Send + 'static) -> JoinHandle<()> {
        let output = self.clone();
        std::thread::spawn(move || {
            for line in BufReader::new(stream).lines().map_while(Result::ok) {
                output.said().hear(line);
            }
        })
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.said().lines.iter().cloned().collect()
    }

    pub(crate) fn address(&self) -> Option<SocketAddr> {
        self.said().address
    }

    pub(crate) fn ended_at(&self) -> Option<String> {
        self.said().ended_at.clone()
    }
}

impl Said {
    fn hear(&mut self, line: String) {
        if let Some(address) = serving_at(&line) {
            self.address = Some(address);
        }
        if let Some(name) = line.strip_prefix(failpoint::TOLD) {
            self.ended_at = Some(name.to_owned());
        }
        if let Some(file) = &mut self.file {
            // A full disk fails the test in more telling places.
            drop(writeln!(file, "{line}"));
            if self.lines.len() == LAST_LINES {
                self.lines.pop_front();
            }
        }
        self.lines.push_back(line);
    }
}

/// The address in the line that tells where the process listens: a log line of services, or text of others.
fn serving_at(line: &str) -> Option<SocketAddr> {
    if let Some((_, address)) = line.rsplit_once("listening on ") {
        return address.parse().ok();
    }
    let line: serde_json::Value = serde_json::from_str(line).ok()?;
    if line.get("message")?.as_str()? != "serving" {
        return None;
    }
    line.get("address")?.as_str()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_that_tells_the_address_is_recognised() {
        let line = r#"{"level":"INFO","message":"serving","service.name":"a","address":"127.0.0.1:80"}"#;
        for line in [line, "sandbox-psp: listening on 127.0.0.1:80"] {
            assert_eq!(serving_at(line), Some(([127, 0, 0, 1], 80).into()));
        }
        for other in ["", "serving", r#"{"message":"draining","address":"127.0.0.1:80"}"#] {
            assert_eq!(serving_at(other), None);
        }
    }

    #[test]
    fn a_failpoint_is_recognised() {
        let output = Output::default();
        output.said().hear(format!("{}orders.save.after", failpoint::TOLD));
        assert_eq!(output.ended_at().as_deref(), Some("orders.save.after"));
    }
}
