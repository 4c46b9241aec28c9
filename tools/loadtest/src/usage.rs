//! What processes take of the machine, as `/proc` tells it. Without `/proc` there is nothing to tell.

use std::{collections::BTreeMap, fs, path::Path};

use tokio::time::Instant;

/// Ticks of `/proc/<pid>/stat` in a second, the same on every Linux that runs this.
const TICKS: f64 = 100.0;

/// What the processes of one name took.
#[derive(Debug, Clone, PartialEq)]
pub struct Used {
    /// How many there are.
    pub processes: usize,
    /// Processors kept busy, on average.
    pub cores: f64,
    /// Memory in use at the end, without what is shared, in bytes.
    pub resident: u64,
    /// The most memory that was ever in use, in bytes.
    pub peak: u64,
}

/// Looks at the processes of these names from when it was made.
#[derive(Debug)]
pub struct Watch {
    names: Vec<String>,
    ticks: BTreeMap<u32, u64>,
    began: Instant,
}

#[derive(Debug)]
struct Process {
    id: u32,
    name: String,
    ticks: u64,
    resident: u64,
    peak: u64,
}

impl Watch {
    /// Watches every process that is called so.
    pub fn of(names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let names: Vec<String> = names.into_iter().map(Into::into).collect();
        let ticks = processes(&names)
            .into_iter()
            .map(|process| (process.id, process.ticks))
            .collect();
        Self {
            names,
            ticks,
            began: Instant::now(),
        }
    }

    /// What they took since, by name.
    pub fn used(&self) -> BTreeMap<String, Used> {
        let elapsed = self.began.elapsed().as_secs_f64();
        let mut used: BTreeMap<String, Used> = BTreeMap::new();
        for process in processes(&self.names) {
            let before = self.ticks.get(&process.id).copied().unwrap_or_default();
            let all = used.entry(process.name).or_insert(Used {
                processes: 0,
                cores: 0.0,
                resident: 0,
                peak: 0,
            });
            #[expect(clippy::cast_precision_loss, reason = "not before a process ran for ages")]
            let ticks = process.ticks.saturating_sub(before) as f64;
            all.processes += 1;
            all.cores += ticks / TICKS / elapsed;
            all.resident += process.resident;
            all.peak += process.peak;
        }
        used
    }
}

/// The most memory that this process ever had in use, in bytes.
pub fn peak(id: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    kib(&status, "VmHWM")
}

/// The memory that this process has in use, in bytes.
pub fn resident(id: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    kib(&status, "VmRSS")
}

fn processes(names: &[String]) -> Vec<Process> {
    let Ok(entries) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    entries
        .flatten()
        .filter_map(|entry| process(&entry.path()))
        .filter(|process| names.contains(&process.name))
        .collect()
}

fn process(directory: &Path) -> Option<Process> {
    let id = directory.file_name()?.to_str()?.parse().ok()?;
    let read = |file: &str| fs::read_to_string(directory.join(file)).ok();
    let status = read("status")?;
    Some(Process {
        id,
        name: read("comm")?.trim().to_owned(),
        ticks: ticks(&read("stat")?)?,
        resident: kib(&status, "RssAnon")? + kib(&status, "RssFile")?,
        peak: kib(&status, "VmHWM")?,
    })
}

/// Of `pid (name) state …`, user and system time; a name may hold anything, parentheses too.
fn ticks(stat: &str) -> Option<u64> {
    let (_, after_name) = stat.rsplit_once(") ")?;
    let mut fields = after_name.split(' ').skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(user + system)
}

fn kib(status: &str, name: &str) -> Option<u64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    let number: u64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(number * 1_024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_whatever_the_process_is_called() {
        let stat = "17 (a (b) c) S 1 17 17 0 -1 4194560 100 0 0 0 250 50 0 0 20 0 5 0 1000 1 1";
        assert_eq!(ticks(stat), Some(300));
    }

    #[test]
    fn sizes_are_read_in_bytes() {
        let status = "Name:\tx\nVmHWM:\t    2048 kB\nVmRSS:\t 1024 kB\n";
        assert_eq!(kib(status, "VmHWM"), Some(2_097_152));
        assert_eq!(kib(status, "RssAnon"), None);
    }

    #[tokio::test]
    async fn this_process_is_seen() {
        let own = fs::read_to_string("/proc/self/comm").unwrap();
        let used = Watch::of([own.trim()]).used();
        assert!(used[own.trim()].resident > 1_000_000, "{used:?}");
    }
}
