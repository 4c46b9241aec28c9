//! Load inside the cluster: a Job of `loadtest steady`, and what it tells.

use std::{
    fs::{self, File},
    io::{BufRead, BufReader, BufWriter, Write},
    path::{Path, PathBuf},
    process::Child,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread::{self, JoinHandle},
    time::Duration,
};

use anyhow::{Context, ensure};
use loadtest::steady::{Failure, Line, Tally};

use crate::{
    cluster::Namespace,
    program::{Program, until},
};

const BEGINS_WITHIN: Duration = Duration::from_secs(90);
const ENDS_WITHIN: Duration = Duration::from_secs(60);

/// A Job at work; it is removed when dropped.
#[derive(Debug)]
pub struct Load {
    namespace: Namespace,
    logs: Child,
    reading: Option<JoinHandle<()>>,
    told: Arc<Mutex<Told>>,
    attempts: PathBuf,
}

#[derive(Debug, Default)]
struct Told {
    tally: Tally,
    /// How often a tally was told.
    seconds: u64,
    /// The slowest answer of each second.
    longest_millis: Vec<u64>,
    failures: Vec<Failure>,
}

/// What came of calls while something was done.
#[derive(Debug)]
pub(crate) struct Meanwhile {
    pub(crate) tally: Tally,
    failures: Vec<Failure>,
}

impl Meanwhile {
    /// `1204 calls, none failed, the slowest 320 ms`.
    pub(crate) fn without_failure(&self) -> anyhow::Result<String> {
        let first = self.failures.first();
        let told = first.map(|first| {
            format!(
                ", the first at {}: {} after {} ms",
                first.at, first.text, first.after_millis
            )
        });
        ensure!(
            self.tally.failures() == 0,
            "{} of {} calls failed: {:?}{}",
            self.tally.failures(),
            self.tally.failures() + self.tally.answers(),
            self.tally.failed,
            told.unwrap_or_default()
        );
        ensure!(self.tally.answers() > 0, "no call was made meanwhile");
        Ok(format!(
            "{} calls, none failed, the slowest {} ms",
            self.tally.answers(),
            self.tally.longest_millis
        ))
    }
}

impl Load {
    /// Starts it, and waits for the first answers. What the auditor can judge is written to a file.
    ///
    /// # Errors
    /// The Job does not start, or nothing is answered.
    pub(crate) fn start(namespace: &Namespace, scheme: &str, rate: u32, directory: &Path) -> anyhow::Result<Self> {
        let mut arguments = vec![
            "steady".to_owned(),
            format!("--address={scheme}://{{service}}:{{port}}"),
            format!("--rate={rate}"),
            "--attempts".to_owned(),
        ];
        if scheme == "https" {
            arguments.push("--ca=/secrets/authority/ca.crt".to_owned());
        }
        let manifests = fs::read_to_string(namespace.cluster().file("deploy/e2e/load.yaml"))?
            .replace("LOADTEST_IMAGE", "loadtest:dev")
            .replace("[LOADTEST_ARGUMENTS]", &serde_json::to_string(&arguments)?);
        namespace.apply(&manifests)?;
        until(BEGINS_WITHIN, || {
            let pods = namespace.list(["pods", "--selector", "app.kubernetes.io/name=load"])?;
            let phase = pods.first().and_then(|pod| pod.pointer("/status/phase")?.as_str());
            ensure!(
                phase.is_some_and(|phase| phase != "Pending"),
                "the load has not started"
            );
            Ok(())
        })?;
        fs::create_dir_all(directory)?;
        let attempts = directory.join(format!("{}-attempts.jsonl", namespace.name()));
        let mut logs = follow(namespace).start()?;
        let told = Arc::default();
        let stdout = logs.stdout.take().context("kubectl logs has no output")?;
        let reading = thread::spawn({
            let (told, file) = (Arc::clone(&told), BufWriter::new(File::create(&attempts)?));
            let log = BufWriter::new(File::create(directory.join(format!("{}-load.log", namespace.name())))?);
            move || listen(BufReader::new(stdout), &told, file, log)
        });
        let load = Self {
            namespace: namespace.clone(),
            logs,
            reading: Some(reading),
            told,
            attempts,
        };
        until(BEGINS_WITHIN, || {
            ensure!(
                load.told().tally.answers() > 0,
                "nothing was answered yet: {:?}",
                load.told().failures.last()
            );
            Ok(())
        })?;
        Ok(load)
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a tally that was made from now on.
    fn next_tally(&self) -> anyhow::Result<(Tally, u64, usize)> {
        let seconds = self.told().seconds;
        until(Duration::from_secs(20), || {
            let told = self.told();
            // The next one may have been on its way.
            ensure!(told.seconds > seconds + 1, "the load tells nothing any more");
            Ok((told.tally.clone(), told.seconds, told.failures.len()))
        })
    }

    /// Does something, and answers what came of the calls meanwhile.
    pub(crate) fn during(&self, act: impl FnOnce() -> anyhow::Result<()>) -> anyhow::Result<Meanwhile> {
        let (before, first, failed) = self.next_tally()?;
        act()?;
        let (after, last, _) = self.next_tally()?;
        let told = self.told();
        let seconds = usize::try_from(first).unwrap_or_default()..usize::try_from(last).unwrap_or_default();
        let longest = told
            .longest_millis
            .get(seconds)
            .and_then(|longest| longest.iter().max().copied());
        Ok(Meanwhile {
            tally: Tally {
                longest_millis: longest.unwrap_or_default(),
                ..after.since(&before)
            },
            failures: told.failures[failed..].to_vec(),
        })
    }

    /// Lets it come to its end; the file with every attempt to place and to pay for an order.
    pub(crate) fn end(mut self) -> anyhow::Result<PathBuf> {
        self.remove()?;
        let reading = self.reading.take();
        until(ENDS_WITHIN, || {
            ensure!(
                reading.as_ref().is_none_or(JoinHandle::is_finished),
                "the load does not end"
            );
            Ok(())
        })?;
        Ok(self.attempts.clone())
    }

    fn remove(&self) -> anyhow::Result<()> {
        let names = ["job/load", "networkpolicy/load", "networkpolicy/called-by-load"];
        self.namespace
            .kubectl()
            .args(["delete", "--ignore-not-found"])
            .args(names)
            .run()?;
        Ok(())
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        // The namespace goes too, in the end.
        let _ = self.remove();
        let _ = self.logs.kill();
        let _ = self.logs.wait();
    }
}

fn follow(namespace: &Namespace) -> Program {
    namespace.kubectl().args(["logs", "--follow", "job/load"])
}

fn listen(lines: impl BufRead, told: &Mutex<Told>, mut attempts: impl Write, mut log: impl Write) {
    for line in lines.lines().map_while(Result::ok) {
        let mut told = told.lock().unwrap_or_else(PoisonError::into_inner);
        match serde_json::from_str(&line) {
            Ok(Line::Tally(tally)) => {
                told.seconds += 1;
                told.longest_millis.push(tally.longest_millis);
                told.tally = tally;
            }
            Ok(Line::Failure(failure)) => {
                let _ = writeln!(log, "{line}");
                told.failures.push(failure);
            }
            // What is missing in the file, the auditor misses.
            Ok(Line::Attempt(attempt)) => {
                let _ = serde_json::to_string(&attempt).map(|text| writeln!(attempts, "{text}"));
            }
            Err(_) => {
                let _ = writeln!(log, "{line}");
            }
        }
        let _ = log.flush();
    }
    let _ = attempts.flush();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_job_tells_is_counted_and_attempts_are_kept_for_the_auditor() {
        let lines = concat!(
            r#"{"tally":{"answered":{"GetOrder":4},"failed":{},"longest_millis":90}}"#,
            "\n",
            r#"{"failure":{"at":"t","what":"GetOrder Unavailable","text":"away","after_millis":5}}"#,
            "\n",
            "could not register\n",
            r#"{"tally":{"answered":{"GetOrder":9},"failed":{"GetOrder Unavailable":1},"longest_millis":30}}"#,
            "\n",
        );
        let told = Mutex::default();
        let mut log = Vec::new();
        listen(lines.as_bytes(), &told, Vec::new(), &mut log);
        let told = told.into_inner().unwrap();
        assert_eq!((told.seconds, told.tally.answers(), told.failures.len()), (2, 9, 1));
        assert!(String::from_utf8(log).unwrap().contains("could not register"));
        let meanwhile = Meanwhile {
            tally: told.tally,
            failures: told.failures,
        };
        let refused = meanwhile.without_failure().unwrap_err().to_string();
        assert!(
            refused.starts_with("1 of 10 calls failed") && refused.contains("away"),
            "{refused}"
        );
    }
}
