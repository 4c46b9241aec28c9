#![expect(clippy::print_stderr, reason = "who has no pgbench learns how to get it")]

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::Context;

use super::{
    Speed,
    statement::Script,
    system::{SERVER, System},
};

/// PostgreSQL's own load generator, for the same statements without a service around them.
#[derive(Debug, Clone)]
pub(super) struct Pgbench {
    program: PathBuf,
    host: String,
    port: u16,
    directory: PathBuf,
}

impl Pgbench {
    /// The pgbench of this machine; `None`, and a word of advice, when there is none.
    pub(super) fn find(system: &System) -> Option<Self> {
        let Some(program) = installed() else {
            eprintln!(
                "pgbench is not installed, so nothing is compared with it: Debian has it in postgresql-contrib, \
                 Fedora in postgresql-contrib, Homebrew in postgresql@18"
            );
            return None;
        };
        let (host, port) = system.postgres();
        Some(Self {
            program,
            host: host.to_owned(),
            port,
            directory: system.directory().to_owned(),
        })
    }

    /// Runs a script with so many clients for so long.
    pub(super) async fn run(
        &self,
        script: &Script,
        variables: &[(&str, u64)],
        clients: usize,
        turn: Duration,
    ) -> anyhow::Result<Speed> {
        let file = self.directory.join("script.sql");
        std::fs::write(&file, &script.text)?;
        let mut command = Command::new(&self.program);
        command
            .args(["--no-vacuum", "--protocol=prepared", "--jobs=2"])
            .arg(format!("--client={clients}"))
            .arg(format!("--time={}", turn.as_secs().max(1)))
            .arg("--file")
            .arg(&file)
            .args(["--host", &self.host])
            .args(["--port", &self.port.to_string()])
            .args(["--username", SERVER.name])
            .env("PGPASSWORD", SERVER.password)
            .env("PGSSLMODE", "disable");
        for (name, value) in &script.variables {
            command.arg(format!("--define={name}={value}"));
        }
        for (name, value) in variables {
            command.arg(format!("--define={name}={value}"));
        }
        command.arg("orders_db");
        let output = tokio::task::spawn_blocking(move || command.output()).await??;
        let told = String::from_utf8_lossy(&output.stdout);
        let complained = String::from_utf8_lossy(&output.stderr);
        anyhow::ensure!(output.status.success(), "pgbench failed: {complained}");
        speed(&told).with_context(|| format!("pgbench did not say how fast it was: {told}{complained}"))
    }
}

fn installed() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path)
        .map(|directory| directory.join("pgbench"))
        .find(|file| file.is_file());
    found.or_else(|| {
        // Debian keeps each version in a place of its own.
        let versions = std::fs::read_dir(Path::new("/usr/lib/postgresql")).ok()?;
        versions
            .flatten()
            .map(|version| version.path().join("bin/pgbench"))
            .find(|file| file.is_file())
    })
}

fn speed(told: &str) -> Option<Speed> {
    let number = |start: &str| {
        let line = told.lines().find_map(|line| line.strip_prefix(start))?;
        line.split_whitespace().next()?.parse::<f64>().ok()
    };
    let failed = number("number of failed transactions: ").unwrap_or_default();
    let average = Duration::from_secs_f64(number("latency average = ")? / 1_000.0);
    (failed == 0.0).then_some(Speed {
        per_second: number("tps = ")?,
        p50: average,
        p99: average,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_speed_is_read_from_what_it_prints() {
        let told = "number of transactions actually processed: 5000
number of failed transactions: 0 (0.000%)
latency average = 2.500 ms
initial connection time = 12.0 ms
tps = 12800.250000 (without initial connection time)
";
        let speed = speed(told).unwrap();
        assert!((speed.per_second - 12_800.25).abs() < 0.01);
        assert_eq!(speed.p50.as_micros(), 2_500);
        assert!(super::speed(&told.replace("transactions: 0", "transactions: 3")).is_none());
    }
}
