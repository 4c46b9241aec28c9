//! Programs of this machine: what they say, and what is said of them when they fail.

use std::{
    ffi::{OsStr, OsString},
    io::{Read, Write},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, bail};

const LOOK_EVERY: Duration = Duration::from_millis(20);
const LIMIT: Duration = Duration::from_secs(60);
/// So much of what a program said is told when it fails.
const TOLD_LINES: usize = 8;

/// A program and its arguments.
#[derive(Debug)]
pub(crate) struct Program {
    command: Command,
    input: Option<String>,
    limit: Duration,
}

impl Program {
    pub(crate) fn new(name: impl AsRef<OsStr>) -> Self {
        Self {
            command: Command::new(name),
            input: None,
            limit: LIMIT,
        }
    }

    pub(crate) fn args<A: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.command.args(arguments);
        self
    }

    /// What it reads.
    pub(crate) fn input(mut self, text: impl Into<String>) -> Self {
        self.input = Some(text.into());
        self
    }

    /// How long it may take; a minute, unless this is called.
    pub(crate) const fn within(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Runs it to its end; what it said.
    pub(crate) fn run(self) -> anyhow::Result<String> {
        let (name, ended) = self.end()?;
        if ended.succeeded {
            return Ok(ended.output);
        }
        bail!("{name}: {}", ended.told())
    }

    /// Runs it where it must fail; all that it said.
    pub(crate) fn refused(self) -> anyhow::Result<String> {
        let (name, ended) = self.end()?;
        if ended.succeeded {
            bail!("{name}: it should have been refused, and was not");
        }
        Ok(format!("{}{}", ended.errors, ended.output))
    }

    /// Runs it where its first word is the answer, and the exit code only repeats it.
    pub(crate) fn answer(self) -> anyhow::Result<String> {
        let (name, ended) = self.end()?;
        match ended.output.split_whitespace().next() {
            Some(word) => Ok(word.to_owned()),
            None => bail!("{name}: {}", ended.told()),
        }
    }

    /// Starts it and lets it be; what it says is for `read`.
    pub(crate) fn start(mut self) -> anyhow::Result<Child> {
        let name = self.name();
        self.command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("could not run {name}"))
    }

    fn name(&self) -> String {
        let shown = |text: &OsStr| text.to_string_lossy().into_owned();
        let arguments: Vec<OsString> = self.command.get_args().map(OsStr::to_owned).collect();
        std::iter::once(shown(self.command.get_program()))
            .chain(arguments.iter().map(|argument| shown(argument)))
            .collect::<Vec<_>>()
            .join(" ")
    }

    fn end(mut self) -> anyhow::Result<(String, Ended)> {
        let name = self.name();
        let mut child = self
            .command
            .stdin(if self.input.is_some() {
                Stdio::piped()
            } else {
                Stdio::null()
            })
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("could not run {name}"))?;
        let output = child.stdout.take().map(read);
        let errors = child.stderr.take().map(read);
        if let (Some(text), Some(mut stdin)) = (self.input.take(), child.stdin.take()) {
            // One that ended without reading tells why.
            let _ = stdin.write_all(text.as_bytes());
        }
        let began = Instant::now();
        let status = loop {
            if let Some(status) = child.try_wait()? {
                break Some(status);
            }
            if began.elapsed() > self.limit {
                let _ = child.kill();
                child.wait()?;
                break None;
            }
            thread::sleep(LOOK_EVERY);
        };
        let text = |reader: Option<thread::JoinHandle<String>>| {
            reader.and_then(|reader| reader.join().ok()).unwrap_or_default()
        };
        let mut ended = Ended {
            succeeded: status.is_some_and(|status| status.success()),
            output: text(output),
            errors: text(errors),
        };
        if status.is_none() {
            ended
                .errors
                .push_str(&format!("\nit did not end within {:?}", self.limit));
        }
        Ok((name, ended))
    }
}

struct Ended {
    succeeded: bool,
    output: String,
    errors: String,
}

impl Ended {
    /// The end of what it said, on one line.
    fn told(&self) -> String {
        let said = if self.errors.trim().is_empty() {
            &self.output
        } else {
            &self.errors
        };
        let lines: Vec<&str> = said.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        lines[lines.len().saturating_sub(TOLD_LINES)..].join(" / ")
    }
}

fn read(mut stream: impl Read + Send + 'static) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // What was read until it broke is what there is.
        let _ = stream.read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// Asks again and again until it is so; the last reason why not when it is not within the limit.
pub(crate) fn until<T>(limit: Duration, mut ask: impl FnMut() -> anyhow::Result<T>) -> anyhow::Result<T> {
    let began = Instant::now();
    loop {
        match ask() {
            Ok(answer) => return Ok(answer),
            Err(error) if began.elapsed() > limit => {
                return Err(error.context(format!("not within {} s", limit.as_secs())));
            }
            Err(_) => thread::sleep(Duration::from_millis(250)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Program {
        Program::new("/bin/sh").args(["-c", script])
    }

    #[test]
    fn a_program_answers_what_it_said_and_fails_with_its_last_words() {
        assert_eq!(shell("cat").input("hello").run().unwrap(), "hello");
        let told = shell("echo first >&2; echo last >&2; exit 3").run().unwrap_err();
        assert!(told.to_string().ends_with("first / last"), "{told}");
        assert_eq!(shell("echo no; exit 1").refused().unwrap(), "no\n");
        assert!(shell("true").refused().is_err());
        let warned = "echo 'Warning: not namespaced' >&2; echo no - why; exit 1";
        assert_eq!(shell(warned).answer().unwrap(), "no");
        let silent = shell("echo away >&2; exit 1").answer().unwrap_err();
        assert!(silent.to_string().ends_with("away"), "{silent}");
    }

    #[test]
    fn a_program_that_does_not_end_is_ended() {
        let told = shell("exec sleep 60")
            .within(Duration::from_millis(50))
            .run()
            .unwrap_err();
        assert!(told.to_string().contains("did not end within"), "{told}");
    }
}
