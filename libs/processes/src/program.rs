use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::Context;

use crate::Running;

/// A program, and everything it has in its environment.
#[derive(Debug, Clone)]
pub struct Program {
    path: PathBuf,
    arguments: Vec<OsString>,
    environment: Vec<(String, String)>,
    log: Option<PathBuf>,
}

impl Program {
    /// The program in this file, with nothing in its environment.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            arguments: Vec::new(),
            environment: Vec::new(),
            log: None,
        }
    }

    /// A program of this workspace, built with the same profile as the running one.
    ///
    /// # Errors
    /// It was not built.
    pub fn built(package: &str) -> anyhow::Result<Self> {
        let this = std::env::current_exe().context("could not find this program's file")?;
        let beside = directory_of_programs(&this).join(package);
        anyhow::ensure!(
            beside.is_file(),
            "there is no {}: `cargo build --package {package}` makes it",
            beside.display()
        );
        Ok(Self::at(beside))
    }

    /// A service of this workspace in this file, that listens on free ports of the loopback only, in the clear,
    /// and tells on stderr, as JSON, where.
    pub fn service(path: impl Into<PathBuf>) -> Self {
        Self::at(path).as_service()
    }

    /// The same for a program that was found already.
    #[must_use]
    pub fn as_service(self) -> Self {
        const TOKEN_KEY: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
        ["GRPC_ADDR", "HEALTH_ADDR", "ADMIN_ADDR"]
            .into_iter()
            .fold(self, |service, name| service.env(name, "127.0.0.1:0"))
            .env("TOKEN_KEYS", TOKEN_KEY)
            .env("RUST_LOG", "warn,platform::process=info")
            .env("LOG_FORMAT", "json")
    }

    /// With these arguments after those it has.
    #[must_use]
    pub fn args<A: Into<OsString>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }

    /// With this in its environment, in place of what it had under the name.
    #[must_use]
    pub fn env(mut self, name: &str, value: impl Into<String>) -> Self {
        self.environment.retain(|(other, _)| other != name);
        self.environment.push((name.to_owned(), value.into()));
        self
    }

    /// What it says is added to this file too.
    #[must_use]
    pub fn logging_to(mut self, file: impl Into<PathBuf>) -> Self {
        self.log = Some(file.into());
        self
    }

    /// The command that runs it.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.path);
        command
            .args(&self.arguments)
            .env_clear()
            .envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Starts it and waits until it tells where it listens.
    ///
    /// # Errors
    /// It cannot be run, ended, or told nothing within `limit`.
    pub async fn start(&self, limit: Duration) -> anyhow::Result<Running> {
        let mut running = self.spawn()?;
        let listens = running.listens(limit).await;
        listens.with_context(|| format!("could not start {}", self.path.display()))?;
        Ok(running)
    }

    /// Starts it and waits for nothing.
    ///
    /// # Errors
    /// It cannot be run.
    pub fn spawn(&self) -> anyhow::Result<Running> {
        Running::spawn(self.command(), self.log.as_deref())
    }

    /// Runs it to its end.
    ///
    /// # Errors
    /// It cannot be run, or did not succeed.
    pub async fn run(&self) -> anyhow::Result<()> {
        let mut command = self.command();
        let output = tokio::task::spawn_blocking(move || command.output()).await??;
        anyhow::ensure!(
            output.status.success(),
            "{} ended with {}: {}",
            self.path.display(),
            output.status,
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(())
    }
}

/// Programs stand in the profile's directory, test programs in `deps` below it.
fn directory_of_programs(program: &Path) -> &Path {
    let directory = program.parent().unwrap_or(program);
    if directory.ends_with("deps") {
        directory.parent().unwrap_or(directory)
    } else {
        directory
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_found_from_a_test_and_from_another_program() {
        for from in ["/target/debug/deps/it-0123", "/target/debug/campaign"] {
            assert_eq!(directory_of_programs(Path::new(from)), Path::new("/target/debug"));
        }
    }

    #[test]
    fn a_program_that_was_not_built_is_told_with_the_remedy() {
        let missing = Program::built("nosuchsvc").unwrap_err().to_string();
        assert!(
            missing.contains("`cargo build --package nosuchsvc` makes it"),
            "{missing}"
        );
    }

    #[test]
    fn a_later_value_takes_the_place_of_an_earlier_one() {
        let program = Program::at("x").env("A", "1").env("B", "2").env("A", "3");
        assert_eq!(
            program.environment,
            [("B".into(), "2".into()), ("A".into(), "3".into())]
        );
    }
}
