//! The real program, killed and orphaned.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Read},
    path::Path,
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures::future::join_all;
use serde_json::{Value, json};
use testkit::wait_for;

use crate::world::{Answered, Client, charge};

const PATIENCE: Duration = Duration::from_secs(30);

/// A running provider; killed and waited for when dropped.
pub(crate) struct Provider {
    pub(crate) child: Child,
    pub(crate) client: Client,
}

pub(crate) fn command(directory: &Path) -> Command {
    logging("warn", directory)
}

pub(crate) fn logging(filter: &str, directory: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sandbox-psp"));
    command
        .args(["--listen", "127.0.0.1:0", "--log", filter, "--data"])
        .arg(directory);
    command
}

impl Provider {
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        let told: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(told["message"], "serving");
        let client = Client::new(format!("http://{}", told["address"].as_str().unwrap()));
        Self { child, client }
    }

    /// SIGKILL: nothing of it runs any more when this returns.
    fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// What somebody asked for, and what was answered, if anything.
#[derive(Debug, Clone)]
struct Asked {
    path: String,
    key: String,
    body: Value,
    answer: Option<Answered>,
}

/// Charges, captures and gives back until the provider is gone.
async fn play(client: &Client, player: usize, log: &Mutex<Vec<Asked>>, answered: &AtomicUsize) {
    for round in 0.. {
        let mut id = String::new();
        for step in ["charge", "capture", "refunds"] {
            let key = format!("{player}-{round}-{step}");
            let (path, body) = match step {
                "charge" => {
                    let mut order = charge(100, "pm_card_visa");
                    order["reference"] = json!(key);
                    ("/v1/charges".to_owned(), order)
                }
                step => (format!("/v1/charges/{id}/{step}"), json!({"amount": 60})),
            };
            let answer = client.try_post(&path, &key, body.clone()).await;
            let goes_on = answer.is_some();
            if let Some(answer) = &answer {
                assert_eq!(answer.status, 200, "{answer:?}");
                if step == "charge" {
                    id = answer.id();
                }
                answered.fetch_add(1, Ordering::SeqCst);
            }
            let asked = Asked {
                path,
                key,
                body,
                answer,
            };
            log.lock().unwrap().push(asked);
            if !goes_on {
                return;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_under_load_it_loses_nothing_that_was_acknowledged() {
    const PLAYERS: usize = 24;
    let directory = tempfile::tempdir().unwrap();
    let log: Arc<Mutex<Vec<Asked>>> = Arc::default();
    for round in 0..5 {
        let mut provider = Provider::start(&mut command(directory.path()));
        let answered = AtomicUsize::new(0);
        let clients: Vec<_> = (0..PLAYERS).map(|_| provider.client.clone()).collect();
        let playing = join_all(
            clients
                .iter()
                .enumerate()
                .map(|(number, client)| play(client, round * PLAYERS + number, &log, &answered)),
        );
        let killing = async {
            wait_for(|| answered.load(Ordering::SeqCst) > 300 + round * 37, PATIENCE).await;
            provider.kill();
        };
        futures::join!(playing, killing);
    }

    let provider = Provider::start(&mut command(directory.path()));
    let log = log.lock().unwrap().clone();
    let unanswered = log.iter().filter(|asked| asked.answer.is_none()).count();
    assert!(unanswered > 0, "it was not killed under load");
    for asked in &log {
        let again = provider.client.post(&asked.path, &asked.key, asked.body.clone()).await;
        match &asked.answer {
            Some(answer) => assert_eq!(&again, answer, "{asked:?}"),
            None => assert_eq!(again.status, 200, "{asked:?}"),
        }
    }
    let mut charges: BTreeMap<String, Value> = BTreeMap::new();
    for charge in provider.client.charges().await {
        let reference = charge["reference"].as_str().unwrap().to_owned();
        assert!(
            charges.insert(reference.clone(), charge).is_none(),
            "{reference} was charged twice"
        );
    }
    let asked_for = log.iter().filter(|asked| asked.path == "/v1/charges").count();
    assert_eq!(charges.len(), asked_for);
    let sum = |name: &str| {
        charges
            .values()
            .map(|charge| charge[name].as_i64().unwrap())
            .sum::<i64>()
    };
    let steps = |name: &str| log.iter().filter(|asked| asked.path.ends_with(name)).count() as i64;
    assert_eq!(
        (sum("captured"), sum("refunded")),
        (60 * steps("/capture"), 60 * steps("/refunds"))
    );
}

#[tokio::test]
async fn ended_around_its_journal_it_has_done_all_of_it_or_nothing() {
    for (place, done) in [
        ("journal.before", false),
        ("journal.after", true),
        ("answer.before", true),
    ] {
        let directory = tempfile::tempdir().unwrap();
        let mut dies = Provider::start(
            command(directory.path())
                .env("FAILPOINT", format!("{place}=2"))
                .stderr(Stdio::null()),
        );
        let kept = dies.client.charge("kept", 500, "pm_card_visa").await;
        let order = charge(700, "pm_card_visa");
        assert_eq!(
            dies.client.try_post("/v1/charges", "a", order.clone()).await,
            None,
            "{place}"
        );
        wait_for(|| dies.has_ended(), PATIENCE).await;

        let provider = Provider::start(&mut command(directory.path()));
        assert_eq!(provider.client.charges().await.len(), 1 + usize::from(done), "{place}");
        assert_eq!(provider.client.charge("kept", 500, "pm_card_visa").await, kept);
        assert_eq!(provider.client.post("/v1/charges", "a", order).await.status, 200);
        assert_eq!(provider.client.charges().await.len(), 2, "{place}");
    }
}

#[tokio::test]
async fn it_ends_with_its_parent_and_only_when_told_to() {
    let directory = tempfile::tempdir().unwrap();
    let mut orphan = Provider::start(
        command(directory.path())
            .arg("--exit-with-parent")
            .stdin(Stdio::piped()),
    );
    assert_eq!(orphan.client.get("/healthz").await.status, 200);
    assert!(!orphan.has_ended());
    drop(orphan.child.stdin.take());
    wait_for(|| orphan.has_ended(), PATIENCE).await;
    assert!(orphan.child.wait().unwrap().success());

    let mut alone = Provider::start(command(directory.path()).stdin(Stdio::null()));
    assert_eq!(alone.client.get("/healthz").await.status, 200);
    assert!(!alone.has_ended());
}

#[tokio::test]
async fn asked_to_end_it_ends_and_a_second_one_says_why_it_does_not_start() {
    let directory = tempfile::tempdir().unwrap();
    let mut first = Provider::start(&mut command(directory.path()));
    let second = command(directory.path()).output().unwrap();
    assert_eq!(second.status.code(), Some(1));
    let said = String::from_utf8(second.stderr).unwrap();
    assert!(said.contains("another sandbox-psp is running on"), "{said}");
    let kill = format!("kill -s TERM {}", first.child.id());
    assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    wait_for(|| first.has_ended(), PATIENCE).await;
    assert!(first.child.wait().unwrap().success());
}

#[tokio::test]
async fn a_full_disk_is_told_and_what_was_acknowledged_before_is_kept() {
    let directory = tempfile::tempdir().unwrap();
    // A file may have 8 KiB, and writing more fails as on a full disk.
    let limited = "trap '' XFSZ; ulimit -f 16; exec \"$0\" \"$@\"";
    let mut shell = Command::new("sh");
    shell.args(["-c", limited, env!("CARGO_BIN_EXE_sandbox-psp")]);
    shell
        .args(["--listen", "127.0.0.1:0", "--log", "error", "--data"])
        .arg(directory.path());
    let mut provider = Provider::start(shell.stderr(Stdio::piped()));
    let mut kept = Vec::new();
    let full = loop {
        let key = format!("key-{}", kept.len());
        let answer = provider.client.charge(&key, 500, "pm_card_visa").await;
        if answer.status != 200 {
            assert_eq!((answer.status, answer.code()), (503, "unavailable"));
            break key;
        }
        assert!(kept.len() < 1_000, "the disk was never full");
        kept.push((key, answer));
    };
    assert!(!kept.is_empty());
    assert_eq!(provider.client.get(&format!("/v1/operations/{full}")).await.status, 404);
    assert_eq!(provider.client.charges().await.len(), kept.len());
    provider.kill();
    let mut said = String::new();
    provider.child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert!(said.contains("the journal cannot be written"), "{said}");

    let provider = Provider::start(&mut command(directory.path()));
    assert_eq!(provider.client.charges().await.len(), kept.len());
    for (key, answer) in kept {
        assert_eq!(provider.client.charge(&key, 500, "pm_card_visa").await, answer);
    }
    assert_eq!(provider.client.charge(&full, 500, "pm_card_visa").await.status, 200);
}
