use std::{fmt, fs};

use serde::{Deserialize, Serialize};

/// What a run ran on, and what else ran there.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Machine {
    processors: usize,
    model: String,
    memory: String,
    kernel: String,
    /// The load averages when the run began.
    load: String,
}

impl Machine {
    pub(super) fn here() -> Self {
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let field = |text: &str, name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name)?.split_once(':'));
            line.map_or_else(|| "unknown".to_owned(), |(_, value)| value.trim().to_owned())
        };
        let load = read("/proc/loadavg");
        let averages: Vec<&str> = load.split(' ').take(3).collect();
        Self {
            processors: std::thread::available_parallelism().map_or(1, usize::from),
            model: field(&read("/proc/cpuinfo"), "model name"),
            memory: field(&read("/proc/meminfo"), "MemTotal"),
            kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
            load: averages.join(" "),
        }
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} x {}, {}, Linux {}, load averages before: {}",
            self.processors, self.model, self.memory, self.kernel, self.load
        )
    }
}
