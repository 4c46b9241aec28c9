//! What a person sees.

use std::{
    collections::BTreeMap,
    fmt::{self, Display},
    time::Duration,
};

use crate::{load::Outcome, usage::Used};

/// An outcome and what it took of the machine, as a table.
#[derive(Debug)]
pub struct Report<'a> {
    /// What came of the load.
    pub outcome: &'a Outcome,
    /// What the servers took, by name.
    pub used: &'a BTreeMap<String, Used>,
}

impl Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.outcome.took.as_secs_f64();
        writeln!(
            f,
            "{:<10} {:>9} {:>7} {:>10} {:>9} {:>9} {:>9} {:>9} {:>9}",
            "operation", "answered", "failed", "a second", "p50", "p90", "p99", "p99.9", "longest"
        )?;
        for (name, calls) in self.outcome.record.all() {
            #[expect(clippy::cast_precision_loss, reason = "a rate")]
            let rate = calls.answered() as f64 / seconds;
            write!(
                f,
                "{name:<10} {:>9} {:>7} {rate:>10.1}",
                calls.answered(),
                calls.failed()
            )?;
            for part in [0.5, 0.9, 0.99, 0.999, 1.0] {
                write!(f, " {:>9}", Millis(calls.quantile(part)))?;
            }
            writeln!(f)?;
        }
        writeln!(f, "in {seconds:.1} s")?;
        for (failure, count) in self.outcome.record.failures() {
            writeln!(f, "failed {count} times: {failure}")?;
        }
        for (name, used) in self.used {
            writeln!(
                f,
                "{name:<16} {:.2} processors, {} MiB in use, {} MiB at most{}",
                used.cores,
                mebibytes(used.resident),
                mebibytes(used.peak),
                if used.processes > 1 {
                    format!(", {} processes", used.processes)
                } else {
                    String::new()
                }
            )?;
        }
        Ok(())
    }
}

struct Millis(Duration);

impl Display for Millis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{:.2} ms", self.0.as_secs_f64() * 1_000.0))
    }
}

/// Bytes as people read them.
pub(crate) fn mebibytes(bytes: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "one digit after the point is shown")]
    let mebibytes = bytes as f64 / 1_048_576.0;
    format!("{mebibytes:.1}")
}
